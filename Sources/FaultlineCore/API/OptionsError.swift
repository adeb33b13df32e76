// SPDX-License-Identifier: Apache-2.0

/// Options that cannot be used as they are.
public struct OptionsError: Error, Sendable, Hashable, CustomStringConvertible {
    /// One option: which, what is wrong with which value, and what to do.
    public struct Problem: Sendable, Hashable, CustomStringConvertible {
        /// The property of ``Options``.
        public let option: String
        /// One sentence without the option's name.
        public let text: String

        /// `option: text`.
        public var description: String { "\(option): \(text)" }
    }

    /// In the order of the properties of ``Options``; never empty.
    public let problems: [Problem]

    /// One line for each problem.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
