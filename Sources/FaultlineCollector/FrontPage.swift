// SPDX-License-Identifier: Apache-2.0
#if Tools

/// What a browser, or `curl`, sees at `/`.
struct FrontPage: CustomStringConvertible {
    let issues: [IssueSummary]

    var description: String {
        """
        Faultline's local collector. It takes envelopes at /api/\(Store.projectID)/envelope/ and keeps them.

        faultline report [ID]    prints a report, the newest by default
        faultline issues         prints this table; as JSON: /api/0/issues/

        \(IssueTable(issues))
        """
    }
}
#endif
