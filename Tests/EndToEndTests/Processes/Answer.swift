// SPDX-License-Identifier: Apache-2.0
#if Tools
import Subprocess

/// An answer over HTTP. By curl, which asks once and keeps no connection: a request that kills its server is not sent again.
struct Answer: Sendable {
    let status: Int
    let body: String

    /// nil: the server closed the connection without an answer, or there is none.
    static func get(_ url: String, headers: [String] = []) async throws -> Answer? {
        let result = try await run(
            .name("curl"),
            arguments: Arguments(
                ["--silent", "--noproxy", "*", "--max-time", "60", "--write-out", "\n%{http_code}"]
                    + headers.flatMap { ["--header", $0] } + [url]),
            output: .string(limit: 1 << 20))
        guard case .exited(0) = result.terminationStatus else { return nil }
        let text = result.standardOutput
        guard let newline = text.lastIndex(of: "\n"), let status = Int(text[text.index(after: newline)...]) else {
            return nil
        }
        return Answer(status: status, body: String(text[..<newline]))
    }
}
#endif
