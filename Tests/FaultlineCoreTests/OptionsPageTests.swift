// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// `docs/options.md` has one row for each option, made of its documentation. With `FAULTLINE_OPTIONS_PAGE=write` the test
/// writes the rows; without it, it fails where page and source differ.
@Suite struct OptionsPageTests {
    private static let marker = "<!-- What follows is written by the test OptionsPageTests. -->\n"

    private static func file(_ path: String) -> URL {
        var root = URL(filePath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        return root.appending(path: path)
    }

    @Test func `the page of options says what the source says`() throws {
        let source = try String(contentsOf: Self.file("Sources/FaultlineCore/API/Options.swift"), encoding: .utf8)
        let rows = Self.rows(of: source)
        #expect(rows.count > 20)
        let page = try String(contentsOf: Self.file("docs/options.md"), encoding: .utf8)
        let parts = page.components(separatedBy: Self.marker)
        let table = "\n| option | default | environment | meaning |\n|---|---|---|---|\n" + rows.joined()
        if ProcessInfo.processInfo.environment["FAULTLINE_OPTIONS_PAGE"] == "write" {
            try (parts[0] + Self.marker + table).write(
                to: Self.file("docs/options.md"), atomically: true, encoding: .utf8)
            return
        }
        #expect(
            parts.last == table,
            "run `FAULTLINE_OPTIONS_PAGE=write swift test --filter OptionsPageTests`, and look at what it wrote")
    }

    private static func rows(of source: String) -> [String] {
        var rows: [String] = []
        var documentation: [Substring] = []
        for line in source.split(separator: "\n", omittingEmptySubsequences: false) {
            let text = line.drop { $0 == " " }
            if text.hasPrefix("/// ") {
                documentation.append(text.dropFirst(4))
            } else {
                if line.hasPrefix("    public var ") { rows.append(row(text.dropFirst(11), documentation)) }
                documentation = []
            }
        }
        return rows
    }

    /// - Parameter declaration: `name: Type = value`.
    private static func row(_ declaration: Substring, _ documentation: [Substring]) -> String {
        let name = declaration.prefix { $0 != ":" && $0 != " " }
        let value = declaration.firstRange(of: " = ").map { declaration[$0.upperBound...] } ?? "nil"
        let prose = documentation.filter { !$0.hasPrefix("Source: ") }.joined(separator: " ")
        let plain = prose.replacing("``", with: "`").replacing("|", with: "\\|")
        let variables = plain.matches(of: /`\$?([A-Z][A-Z0-9]*_[A-Z0-9_]+|https?_proxy|no_proxy)`/).map { "`\($0.1)`" }
        return "| `\(name)` | `\(value)` | \(variables.joined(separator: ", ")) | \(plain) |\n"
    }
}
