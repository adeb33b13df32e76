// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// The names of the flags that a scope holds, the one evaluated last at the end. The results lie in the black box.
struct FeatureFlags: Sendable {
    /// A longer name is cut, as the server would
    /// (https://develop.sentry.dev/sdk/data-model/event-payloads/contexts/#feature-flag-context).
    static let nameLimit = 32
    /// ``Options/maxFeatureFlags`` of the process's client: scopes are there before it is.
    static let limit = Atomic(100)

    private(set) var names: [String] = []

    /// - Returns: those that had to go, so that no more than `limit` are left.
    mutating func note(_ name: String, limit: Int) -> ArraySlice<String> {
        if names.last == name, limit > 0 { return [] }
        if let index = names.firstIndex(of: name) { names.remove(at: index) }
        names.append(name)
        let excess = names.prefix(max(0, names.count - limit))
        names.removeFirst(excess.count)
        return excess
    }

    static func cut(_ name: String) -> String {
        guard name.utf8.count > nameLimit, name.count > nameLimit else { return name }
        return name.prefix(nameLimit - 3) + "..."
    }
}
