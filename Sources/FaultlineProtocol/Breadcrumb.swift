// SPDX-License-Identifier: Apache-2.0

/// One thing that happened before an event.
///
/// Source: [Breadcrumbs](https://develop.sentry.dev/sdk/data-model/event-payloads/breadcrumbs/).
public struct Breadcrumb: Sendable, Hashable {
    /// What happened.
    public var message: String?
    /// Where, in dots: `http.client`, `db.query`.
    public var category: String?
    /// nil: the server takes ``Level/info``.
    public var level: Level?
    /// How a server shows it: `default`, `http`, `navigation`, `query` … nil: `default`.
    public var type: String?
    /// Details.
    public var data: Fields
    /// nil: the moment it is added.
    public var timestamp: Timestamp?

    /// Every part can be left out.
    public init(
        message: String? = nil, category: String? = nil, level: Level? = nil, type: String? = nil, data: Fields = [:],
        timestamp: Timestamp? = nil
    ) {
        self.message = message
        self.category = category
        self.level = level
        self.type = type
        self.data = data
        self.timestamp = timestamp
    }

    /// Whether it says nothing: such a one is not kept.
    package var isEmpty: Bool {
        message == nil && category == nil && level == nil && type == nil && data.isEmpty && timestamp == nil
    }

    /// From the wire; what has another type than expected is left out.
    public init(fields: Fields) {
        self.init(
            message: fields["message"]?.stringValue, category: fields["category"]?.stringValue,
            level: fields["level"]?.stringValue.flatMap { Level(rawValue: $0) }, type: fields["type"]?.stringValue,
            data: fields["data"]?.objectValue ?? [:], timestamp: fields["timestamp"].flatMap { Timestamp($0) })
    }

    /// As the protocol has it.
    public var json: JSONValue {
        var fields: Fields = [:]
        fields["timestamp"] = timestamp.map { .string($0.description) }
        fields["type"] = type.map { .string($0) }
        fields["category"] = category.map { .string($0) }
        fields["level"] = level.map { .string($0.rawValue) }
        fields["message"] = message.map { .string($0) }
        if !data.isEmpty { fields["data"] = .object(data) }
        return .object(fields)
    }
}
