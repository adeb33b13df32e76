// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import FaultlineProtocol
internal import GRDB

/// One issue: events that have the same reason at the same place.
package struct IssueSummary: Sendable, Hashable {
    /// Its number in this store.
    package let id: Int64
    /// What went wrong, on one line.
    package let title: String
    /// Where: a function or a transaction; empty when neither is known.
    package let culprit: String
    /// Of the newest event: `fatal`, `error` …
    package let level: String
    /// How many events there are.
    package let events: Int
    /// When it was first seen: RFC 3339, UTC.
    package let firstSeen: String
    /// When it was last seen: RFC 3339, UTC.
    package let lastSeen: String
    /// The id of the event that came last.
    package let lastEvent: String

    init(_ row: Row) {
        id = row["id"]
        title = row["title"]
        culprit = row["culprit"]
        level = row["level"]
        events = row["events"]
        firstSeen = row["first_seen"]
        lastSeen = row["last_seen"]
        lastEvent = row["last_event"] ?? ""
    }

    /// The columns that `init` reads, for a `select` from `issue`.
    static let columns = """
        issue.id, title, culprit, level, events, first_seen, last_seen,
        (select event_id from event where event.issue = issue.id order by event.id desc limit 1) as last_event
        """

    var json: JSONValue {
        [
            "id": .integer(id), "title": .string(title), "culprit": .string(culprit), "level": .string(level),
            "events": .integer(Int64(events)), "first_seen": .string(firstSeen), "last_seen": .string(lastSeen),
            "last_event": .string(lastEvent),
        ]
    }

    /// A JSON array on one line.
    package static func json(_ issues: [IssueSummary]) -> String {
        String(decoding: JSONValue.array(issues.map(\.json)).serialized(), as: UTF8.self)
    }
}
#endif
