// SPDX-License-Identifier: Apache-2.0

/// One update of a session: how a process, or what else was measured, fares.
///
/// Source: [Sessions](https://develop.sentry.dev/sdk/telemetry/sessions/).
package struct Session: Sendable, Hashable {
    package enum Status: String, Sendable {
        /// It goes on.
        case ok
        case exited
        case crashed
        /// It ended, and nobody knows how.
        case abnormal
    }

    /// Names the session in all its updates; 32 hexadecimal digits.
    package var id: EventID
    /// Whose session it is; a server keeps a hash of it.
    package var distinctID: String?
    /// The first update that a server gets, and no other, is initial.
    package var isInitial = true
    package var started: Timestamp
    /// When this was so.
    package var timestamp: Timestamp
    package var status = Status.ok
    package var errors: Int64 = 0
    /// Why it is abnormal, in a word.
    package var abnormalMechanism: String?
    /// `release`, which a server requires, `environment`, `ip_address`.
    package var attributes: Fields

    /// A server refuses what began, or happened, longer ago (`max_session_secs_in_past` of
    /// [Relay](https://github.com/getsentry/relay/blob/master/relay-config/src/config.rs)).
    package static let longestAge = Duration.seconds(5 * 24 * 3600)

    /// A session that begins.
    package init(attributes: Fields, started: Timestamp = .now()) {
        id = EventID()
        self.started = started
        timestamp = started
        self.attributes = attributes
    }

    /// From its JSON; nil where what a server requires is missing.
    package init?(fields: Fields) {
        guard let id = fields["sid"]?.stringValue.flatMap({ EventID($0) }),
            let started = fields["started"].flatMap({ Timestamp($0) }),
            let attributes = fields["attrs"]?.objectValue, attributes["release"]?.stringValue != nil
        else { return nil }
        self.id = id
        self.started = started
        self.attributes = attributes
        distinctID = fields["did"]?.stringValue
        if case .bool(let initial) = fields["init"] { isInitial = initial } else { isInitial = false }
        timestamp = fields["timestamp"].flatMap { Timestamp($0) } ?? started
        status = fields["status"]?.stringValue.flatMap { Status(rawValue: $0) } ?? .ok
        errors = max(0, fields["errors"]?.integerValue ?? 0)
        abnormalMechanism = fields["abnormal_mechanism"]?.stringValue
    }

    /// Exited, crashed and abnormal are final: no update follows.
    package var isOver: Bool { status != .ok }

    /// What the server hashes of a user to count users: the id, else the address, else the name.
    package static func distinctID(of user: User) -> String? {
        [user.id, user.email, user.username].compactMap(\.self).first { !$0.isEmpty }
    }

    /// As the protocol has it; members that say nothing are left out.
    package var json: JSONValue {
        var fields: Fields = ["sid": .string(id.description)]
        fields["did"] = distinctID.map { .string($0) }
        fields["init"] = .bool(isInitial)
        fields["started"] = .string(started.description)
        fields["timestamp"] = .string(timestamp.description)
        fields["status"] = .string(status.rawValue)
        if errors > 0 { fields["errors"] = .integer(errors) }
        if isOver { fields["duration"] = .number(max(0, timestamp.secondsSince1970 - started.secondsSince1970)) }
        fields["abnormal_mechanism"] = abnormalMechanism.map { .string($0) }
        fields["attrs"] = .object(attributes)
        return .object(fields)
    }

    /// As it travels.
    package var item: EnvelopeItem {
        EnvelopeItem(type: "session", payload: json.serialized())
    }
}
