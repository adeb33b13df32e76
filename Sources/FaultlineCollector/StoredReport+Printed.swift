// SPDX-License-Identifier: Apache-2.0
#if Tools
package import FaultlineReports

extension StoredReport {
    /// The report as text, with how often its issue was seen.
    package var printed: PrintedReport {
        let time = IssueTable.time(issue.firstSeen) + " UTC"
        let seen = issue.events == 1 ? "seen for the first time" : "seen \(issue.events) times since \(time)"
        return PrintedReport(event, issue: (title: issue.title, seen: "\(issue.id), \(seen)"))
    }
}
#endif
