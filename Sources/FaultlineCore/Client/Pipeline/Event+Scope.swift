// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

extension Event {
    /// Adds what the scopes say. The event's own values win, for they are the most specific
    /// (https://develop.sentry.dev/sdk/telemetry/scopes/); but a scope's level replaces the event's. Breadcrumbs of the
    /// event come behind the scopes', and the newest of them all stay.
    mutating func apply(scope members: Fields, maxBreadcrumbs: Int) {
        for (key, value) in members {
            switch key {
            case "tags", "extra", "contexts": fields[key] = Self.merged(value, fields[key])
            case "breadcrumbs": fields[key] = Self.joined(value, fields[key], maxBreadcrumbs)
            case "level": fields[key] = value
            default: if Self.isMissing(fields[key]) { fields[key] = value }
            }
        }
    }

    /// Adds the process's facts where the event has none.
    mutating func apply(facts: Fields) {
        for (key, value) in facts where Self.isMissing(fields[key]) { fields[key] = value }
    }

    private static func isMissing(_ value: JSONValue?) -> Bool {
        switch value {
        case nil, .null: true
        case .array(let values): values.isEmpty
        default: false
        }
    }

    /// Key by key; what is no object cannot be merged and stays as it is.
    private static func merged(_ scope: JSONValue, _ own: JSONValue?) -> JSONValue {
        guard let own, !isMissing(own) else { return scope }
        guard var result = scope.objectValue, let added = own.objectValue else { return own }
        for (key, value) in added { result[key] = value }
        return .object(result)
    }

    private static func joined(_ scope: JSONValue, _ own: JSONValue?, _ limit: Int) -> JSONValue {
        ["values": .array(Array((values(scope) + (own.map(values) ?? [])).suffix(limit)))]
    }

    /// Breadcrumbs come as `{"values":[…]}` or, from older clients, as a list.
    private static func values(_ breadcrumbs: JSONValue) -> [JSONValue] {
        breadcrumbs.objectValue?["values"]?.arrayValue ?? breadcrumbs.arrayValue ?? []
    }
}
