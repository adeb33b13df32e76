// SPDX-License-Identifier: Apache-2.0

/// A text that is not JSON, or more deeply nested than is read.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where in the text, in bytes from its beginning.
    public let offset: Int
    /// What is wrong there.
    public let problem: String

    /// What is wrong, and where.
    public var description: String { "not JSON at byte \(offset): \(problem)" }
}
