// SPDX-License-Identifier: Apache-2.0

/// Options that cannot be used as they are.
public struct OptionsError: Error, Sendable, Hashable, CustomStringConvertible {
    /// One option: which, what is wrong with which value, and what to do.
    public struct Problem: Sendable, Hashable, CustomStringConvertible {
        /// The property of ``Options``.
        public let option: String
        /// The environment variable or the key of a configuration that the value came from; nil: code set it.
        public let source: String?
        /// One sentence without the option's name.
        public let text: String

        package init(option: String, source: String? = nil, text: String) {
            self.option = option
            self.source = source
            self.text = text
        }

        /// `option: text`, or `option (source): text`.
        public var description: String { source.map { "\(option) (\($0)): \(text)" } ?? "\(option): \(text)" }
    }

    /// Those of what code and configuration set, then those of the environment; each in the order of the properties of
    /// ``Options``. Never empty.
    public let problems: [Problem]

    /// One line for each problem.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
