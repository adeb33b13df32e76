// SPDX-License-Identifier: Apache-2.0
#if Tools
import FoundationEssentials

/// A place in the example's source, found by its text, so that the tests need not know line numbers.
struct SourceLine: Sendable {
    let file: String
    let number: Int

    /// Of the repository.
    static let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

    /// - Parameters:
    ///   - text: occurs in one line of the file.
    ///   - path: from the repository's root.
    init(of text: String, in path: String) throws {
        let source = try String(contentsOfFile: Self.root + "/" + path, encoding: .utf8)
        let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
        let found = lines.indices.filter { lines[$0].contains(text) }
        guard found.count == 1 else { throw NotFound(text: text, path: path, times: found.count) }
        file = path.split(separator: "/").last.map(String.init) ?? path
        number = found[0] + 1
    }

    struct NotFound: Error {
        let text: String
        let path: String
        let times: Int
    }
}
#endif
