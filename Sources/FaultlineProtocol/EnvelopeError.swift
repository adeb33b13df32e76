// SPDX-License-Identifier: Apache-2.0

/// Bytes that are not a whole envelope.
public struct EnvelopeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where, in bytes from the beginning.
    public let offset: Int
    /// What is wrong there.
    public let problem: String

    /// What is wrong, and where.
    public var description: String { "not an envelope at byte \(offset): \(problem)" }
}
