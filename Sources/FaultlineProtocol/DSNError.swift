// SPDX-License-Identifier: Apache-2.0

/// A DSN that cannot be used: what is wrong, in which value, and what to do.
public struct DSNError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Problem: Sendable, Hashable {
        /// It does not begin with `http://` or `https://`.
        case scheme
        /// Nothing stands where the host should, or characters that no host name has (an international one: as `xn--…`).
        case host
        /// Not 1 … 65535.
        case port
        /// Nothing stands before an @, or characters that a header field cannot carry.
        case publicKey
        /// The path has blanks, backslashes or characters that are not ASCII.
        case path
        /// It does not end with the project's number.
        case project
    }

    /// What is wrong.
    public let problem: Problem
    /// The value, as it was given.
    public let dsn: String

    /// One sentence for a log. A secret key is not repeated.
    public var description: String {
        let what =
            switch problem {
            case .scheme: "no http:// or https:// at the beginning"
            case .host: "no usable host"
            case .port: "the port is not a number from 1 to 65535"
            case .publicKey: "no usable public key before an @"
            case .path: "a path with characters that a URL cannot have"
            case .project: "no project number at the end"
            }
        return "dsn: \(what) in `\(shown)`; copy it from your server's Settings → Client Keys"
    }

    private var shown: String {
        let start = dsn.firstRange(of: "://")?.upperBound ?? dsn.startIndex
        guard let at = dsn.lastIndex(of: "@"), start < at, let colon = dsn[start..<at].firstIndex(of: ":")
        else { return dsn }
        return dsn[...colon] + "…" + dsn[at...]
    }
}
