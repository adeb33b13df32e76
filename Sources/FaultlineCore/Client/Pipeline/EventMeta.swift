// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// `_meta` of an event: a tree like the event's own, in which the member `""` of a node says what was done to the value
/// there. Source: [Meta attribute](https://develop.sentry.dev/sdk/foundations/client/data-handling/).
struct EventMeta {
    static let key: StaticString = "_meta"

    private(set) var fields: Fields

    /// What an event says already.
    init(of event: Event) {
        self.init(event.fields["\(Self.key)"]?.objectValue ?? [:])
    }

    /// Replaces what the event says.
    func write(to event: inout Event) {
        event.fields["\(Self.key)"] = isEmpty ? nil : .object(fields)
    }

    /// - Parameter fields: what is noted already.
    init(_ fields: Fields = [:]) {
        self.fields = fields
    }

    var isEmpty: Bool { fields.isEmpty }

    /// - Parameter path: keys and, in lists, numbers, from the event's root.
    mutating func note(_ remark: Fields, at path: [String]) {
        fields = Self.noted(fields, remark, path[...])
    }

    /// Of an event that has fewer breadcrumbs than there were.
    static func cutBreadcrumbs(from count: Int) -> EventMeta {
        EventMeta(["breadcrumbs": ["": ["len": .integer(Int64(count))]]])
    }

    /// Replaced by something else for the sake of a rule: `s` a substitute.
    static let filtered: Fields = ["rem": [["!config", "s"]]]
    /// Cut for the sake of a limit.
    static let limited: Fields = ["rem": [["!limit", "x"]]]

    private static func noted(_ node: Fields, _ remark: Fields, _ path: ArraySlice<String>) -> Fields {
        var node = node
        let key = path.first ?? ""
        let child = node[key]?.objectValue ?? [:]
        node[key] = .object(path.isEmpty ? child.merging(remark) : noted(child, remark, path.dropFirst()))
        return node
    }
}
