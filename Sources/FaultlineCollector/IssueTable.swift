// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import FaultlineReports

/// Issues as a table for a terminal, the newest first.
package struct IssueTable: CustomStringConvertible {
    private let issues: [IssueSummary]

    /// A table of these issues, in this order.
    package init(_ issues: [IssueSummary]) {
        self.issues = issues
    }

    /// Ends with a line feed. An empty table is one sentence.
    package var description: String {
        var page = TextPage()
        guard !issues.isEmpty else {
            page.line("No issues yet.")
            return page.text
        }
        let counts = max(6, issues.map { String($0.events).count }.max() ?? 0)
        let margin = 8 + 2 + counts + 2 + 19 + 2
        let header = "REPORT".padded(to: 10) + "EVENTS".rightAligned(to: counts) + "  "
        page.line(header + "LAST SEEN (UTC)".padded(to: 21) + "ISSUE")
        for issue in issues {
            let start = issue.lastEvent.prefix(8).padded(to: 10) + String(issue.events).rightAligned(to: counts) + "  "
            let title = TextPage.safe(issue.title).cut(to: TextPage.width - margin)
            page.line(start + Self.time(issue.lastSeen).padded(to: 21) + title)
            guard !issue.culprit.isEmpty else { continue }
            let culprit = TextPage.safe(issue.culprit).cut(to: TextPage.width - margin - 3)
            page.line(String(repeating: " ", count: margin) + "in " + culprit)
        }
        return page.text
    }

    /// `2026-08-21 09:30:00` of an RFC 3339 time.
    static func time(_ text: String) -> String {
        text.prefix(10) + " " + text.dropFirst(11).prefix(8)
    }
}
#endif
