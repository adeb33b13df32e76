// SPDX-License-Identifier: Apache-2.0

/// Where the values of options came from that no code set, and what could not be read there.
package struct OptionOrigins: Sendable {
    /// One for each value that could not be read at all.
    package private(set) var problems: [OptionsError.Problem] = []
    private var places: [String: (name: String, value: String)] = [:]

    package mutating func note(_ option: String, from name: String, value: some Any) {
        places[option] = (name, String(describing: value))
    }

    /// - Parameter text: without the value where it may be a secret.
    package mutating func refuse(_ option: String, from name: String, _ text: String) {
        problems.append(OptionsError.Problem(option: option, source: name, text: text))
    }

    /// nil when code has set another value since.
    func source(of option: String, value: some Any) -> String? {
        places[option].flatMap { $0.value == String(describing: value) ? $0.name : nil }
    }
}
