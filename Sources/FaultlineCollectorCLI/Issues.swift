// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import ArgumentParser
internal import FaultlineCollector

/// `faultline issues`: what went wrong, how often, and when.
struct Issues: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the issues, the newest first.")

    @OptionGroup var data: DataOption

    @Flag(help: "Print a JSON array on one line.")
    var json = false

    func run() async throws {
        let issues = try await StoredReports(directory: data.directory).issues(limit: .max)
        if json {
            print(IssueSummary.json(issues))
        } else {
            print(IssueTable(issues), terminator: "")
        }
    }
}
#endif
