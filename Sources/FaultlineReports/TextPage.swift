// SPDX-License-Identifier: Apache-2.0

/// Text for a terminal, built line by line. All of it passes through ``safe(_:)``: much of it is written by whoever sent
/// a request to the service that crashed.
package struct TextPage {
    /// Columns that a line should stay within.
    package static let width = 100

    package private(set) var text = ""

    /// Empty.
    package init() {}

    /// A line as it is; without blanks at its end.
    package mutating func line(_ line: String = "") {
        let end = line.lastIndex { $0 != " " }
        text += Self.safe(end.map { line[...$0] } ?? "")
        text += "\n"
    }

    /// A line, broken between words where it is too long; what follows begins at column `indent`.
    package mutating func wrapped(_ line: String, indent: Int) {
        var rest = Substring(line)
        var margin = ""
        // Not `count`: the rest may be long, and is looked at once for each line.
        while rest.index(rest.startIndex, offsetBy: Self.width - margin.count + 1, limitedBy: rest.endIndex) != nil {
            let room = rest.prefix(Self.width - margin.count + 1)
            // A word that is longer than a line, such as a path, stays whole: it will be copied.
            let gap = room.dropFirst(margin.isEmpty ? indent : 1).lastIndex(of: " ")
            guard let gap = gap ?? rest.dropFirst(room.count).firstIndex(of: " ") else { break }
            self.line(margin + rest[..<gap])
            rest = rest[gap...].drop { $0 == " " }
            margin = String(repeating: " ", count: indent)
        }
        self.line(margin + rest)
    }

    /// Rows of a name and a text, the texts below each other.
    package mutating func rows(_ rows: [(name: String, text: String)], indent: Int = 2) {
        let column = (rows.map(\.name.count).max() ?? 0) + 2
        for row in rows {
            let margin = String(repeating: " ", count: indent)
            wrapped(margin + row.name.padded(to: column) + row.text, indent: indent + column)
        }
    }

    /// The text with everything that a terminal would obey instead of show written as `\u{1b}`: control characters, and
    /// the invisible ones that reorder or join what stands around them.
    package static func safe(_ text: some StringProtocol) -> String {
        // Nearly all is, and ten thousand names wait.
        if text.utf8.allSatisfy({ 0x20..<0x7f ~= $0 }) { return String(text) }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if isSafe(scalar) {
                result.append(scalar)
            } else {
                result.append(contentsOf: escaped(scalar).unicodeScalars)
            }
        }
        return String(result)
    }

    private static func isSafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: false
        // The joiner of emoji is of this category and does no harm.
        case .format: scalar.value == 0x200d
        default: true
        }
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": " "
        default: "\\u{" + String(scalar.value, radix: 16) + "}"
        }
    }
}

extension StringProtocol {
    /// With blanks behind it, up to `width` columns.
    package func padded(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - count))
    }

    /// With blanks before it, up to `width` columns.
    package func rightAligned(to width: Int) -> String {
        String(repeating: " ", count: Swift.max(0, width - count)) + self
    }

    /// At most `limit` characters; `…` stands for the rest.
    package func cut(to limit: Int) -> String {
        // Not `count`: the text may be long, and only its beginning matters.
        guard index(startIndex, offsetBy: limit, limitedBy: endIndex).map({ $0 < endIndex }) == true else {
            return String(self)
        }
        return prefix(limit - 1) + "…"
    }
}
