// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import FaultlineProtocol
internal import Foundation
internal import GRDB

extension Store {
    /// Keeps an envelope and counts its event to an issue, in one transaction.
    ///
    /// An envelope whose event is here already changes nothing: a client that saw no answer sends it again.
    /// - Returns: whether it was new.
    @discardableResult
    func receive(_ received: ReceivedEnvelope, at now: Timestamp = .now()) async throws -> Bool {
        try await database.write { db in
            if received.event != nil, try Self.isKnown(received.eventID, db) { return false }
            try db.execute(
                sql: "insert into envelope (project, received_at, event_id, body) values (?, ?, ?, ?)",
                arguments: [
                    Self.projectID, now.description, received.eventID?.description, Data(received.bytes),
                ])
            if let event = received.event, let id = received.eventID {
                try Self.insert(event, id, envelope: db.lastInsertedRowID, now, db)
            }
            return true
        }
    }

    private static func isKnown(_ id: EventID?, _ db: Database) throws -> Bool {
        try Row.fetchOne(
            db, sql: "select 1 from event where project = ? and event_id = ?", arguments: [projectID, id?.description])
            != nil
    }

    private static func insert(
        _ event: Event, _ id: EventID, envelope: Int64, _ now: Timestamp, _ db: Database
    ) throws {
        let grouping = Grouping(event)
        // A clock that runs ahead would keep its issue the newest for ever.
        let seen = min(event.timestamp ?? now, now).description
        let issue = try Int64.fetchOne(
            db,
            sql: """
                insert into issue (project, fingerprint, title, culprit, level, events, first_seen, last_seen)
                values (?, ?, ?, ?, ?, 1, ?, ?)
                on conflict (project, fingerprint) do update set
                    title = excluded.title, culprit = excluded.culprit, level = excluded.level, events = events + 1,
                    first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen)
                returning id
                """,
            arguments: [
                projectID, grouping.fingerprint, grouping.title, grouping.culprit,
                (event.level ?? .error).rawValue, seen, seen,
            ])
        try db.execute(
            sql: """
                insert into event (project, event_id, issue, envelope, received_at, payload)
                values (?, ?, ?, ?, ?, ?)
                """,
            arguments: [projectID, id.description, issue, envelope, now.description, Data(event.serialized())])
    }
}
#endif
