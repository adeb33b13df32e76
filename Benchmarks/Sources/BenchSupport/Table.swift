// SPDX-License-Identifier: Apache-2.0

/// A Markdown table that can be read as it is.
package struct Table {
    private var rows: [[String]]

    package init(_ head: [String]) { rows = [head] }

    package mutating func add(_ row: [String]) { rows.append(row) }

    package var text: String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        func line(_ cells: [String], _ filler: Character) -> String {
            let padded = zip(cells, widths).map { $0 + String(repeating: filler, count: $1 - $0.count) }
            return "| " + padded.joined(separator: " | ") + " |"
        }
        var lines = [line(rows[0], " "), line(widths.map { _ in "" }, "-")]
        lines += rows.dropFirst().map { line($0, " ") }
        return lines.joined(separator: "\n")
    }
}
