// SPDX-License-Identifier: Apache-2.0
#if Tools
import Testing

@testable import FaultlineCollector
@testable import FaultlineReports

@Suite struct TextPageTests {
    @Test(arguments: [
        ("plain – ümläut 漢字 👩‍💻", "plain – ümläut 漢字 👩‍💻"),
        ("\u{1b}]0;title\u{7}", #"\u{1b}]0;title\u{7}"#),
        ("\u{9b}2J", #"\u{9b}2J"#),
        ("a\r\nb\tc", #"a\r\nb c"#),
        ("\u{202e}gnp.exe", #"\u{202e}gnp.exe"#),
        ("\u{7f}\u{0}", #"\u{7f}\u{0}"#),
    ])
    func `what a terminal would obey is shown instead`(text: String, expected: String) {
        #expect(TextPage.safe(text) == expected)
    }

    @Test func `a long line is broken between words, and goes on below its text`() {
        var page = TextPage()
        page.wrapped("  name  " + Array(repeating: "word", count: 30).joined(separator: " "), indent: 8)
        let lines = page.text.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { $0.count <= TextPage.width })
        #expect(lines[1].hasPrefix("        word"))
    }

    @Test func `a word longer than a line stays whole`() {
        var page = TextPage()
        let path = String(repeating: "/directory", count: 20)
        page.wrapped("file \(path) end", indent: 5)
        #expect(page.text.split(separator: "\n").contains { $0.contains(path) })
        #expect(page.text.hasSuffix("end\n"))
    }

    @Test(arguments: [("", ""), ("ab", "ab"), ("abc", "abc"), ("abcd", "ab…")])
    func `a text is cut to its limit`(text: String, expected: String) {
        #expect(text.cut(to: 3) == expected)
    }
}
#endif
