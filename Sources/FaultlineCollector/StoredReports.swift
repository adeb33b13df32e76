// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import FaultlineProtocol
internal import Foundation
internal import GRDB

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// What is in a store, read only: also while another process writes it.
package struct StoredReports: Sendable {
    private let directory: String
    private let database: any DatabaseReader

    /// The store of a directory, which a `faultline serve` may be writing. Makes nothing.
    /// - Throws: ``CollectorError/noData(directory:)``, ``CollectorError/unusableData(directory:reason:)``.
    package init(directory: String) throws(CollectorError) {
        let path = Store.path(in: directory)
        guard access(path, F_OK) == 0 else { throw .noData(directory: directory) }
        var configuration = Configuration()
        configuration.readonly = true
        // The last writer to leave holds a lock while it tidies up.
        // Source: https://www.sqlite.org/wal.html#sometimes_queries_return_sqlite_busy_in_wal_mode
        configuration.busyMode = .timeout(10)
        do {
            database = try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw .unusableData(directory: directory, reason: Store.reason(of: error))
        }
        self.directory = directory
    }

    /// Of a store that this process writes.
    init(_ store: Store) {
        directory = ""
        database = store.database
    }

    /// The newest come first.
    /// - Parameter limit: 100 by default.
    package func issues(limit: Int = 100) async throws -> [IssueSummary] {
        try await database.read { db in
            guard try Self.isReady(db) else { return [] }
            return try Row.fetchAll(
                db,
                sql: "select \(IssueSummary.columns) from issue order by last_seen desc, issue.id desc limit ?",
                arguments: [limit]
            ).map { IssueSummary($0) }
        }
    }

    /// The event that came last.
    /// - Parameter prefix: the first digits of its id, any case, dashes allowed; nil for any event.
    /// - Throws: ``CollectorError/noReports(directory:)``, ``CollectorError/noReport(id:directory:)``, and
    ///   ``CollectorError/severalReports(id:matches:)`` when the digits do not tell which.
    package func newest(idPrefix prefix: String? = nil) async throws -> StoredReport {
        let digits = prefix.map { $0.lowercased().filter { $0 != "-" } }
        let found = try await database.read { db in try Self.events(digits, db) }
        guard let newest = found.first else {
            throw prefix.map { CollectorError.noReport(id: $0, directory: directory) }
                ?? .noReports(directory: directory)
        }
        if let prefix, found.count > 1 {
            throw CollectorError.severalReports(id: prefix, matches: found.compactMap { $0.event.eventID?.description })
        }
        return newest
    }

    /// All envelopes, as they came, decompressed; the oldest first.
    package func envelopes() async throws -> [[UInt8]] {
        try await database.read { db in
            guard try Self.isReady(db) else { return [] }
            return try Data.fetchAll(db, sql: "select body from envelope order by id").map { Array($0) }
        }
    }

    private static func events(_ digits: String?, _ db: Database) throws -> [StoredReport] {
        guard try isReady(db) else { return [] }
        let isHexadecimal = digits?.allSatisfy { $0.isHexDigit && $0.isASCII } ?? true
        guard isHexadecimal else { return [] }
        // Ids are lower-case hexadecimal: `g` sorts behind every digit that can follow.
        let condition = digits == nil ? "" : "where event_id >= :first and event_id < :first || 'g'"
        return try Row.fetchAll(
            db,
            sql: """
                select event.payload, \(IssueSummary.columns) from event join issue on issue.id = event.issue
                \(condition) order by event.id desc limit \(digits == nil ? 1 : 5)
                """,
            arguments: digits.map { ["first": $0] } ?? StatementArguments()
        ).map { try StoredReport($0) }
    }

    /// A store that is being made has no tables yet.
    private static func isReady(_ db: Database) throws -> Bool {
        try db.tableExists("event")
    }
}

extension StoredReports {
    /// Like ``newest(idPrefix:)``, but waits for the event, and for the store.
    /// - Parameter limit: after this long the reason why there is none is thrown.
    package static func waited(
        for prefix: String?, in directory: String, upTo limit: Duration
    ) async throws -> StoredReport {
        let deadline = ContinuousClock.now.advanced(by: limit)
        while true {
            do {
                return try await StoredReports(directory: directory).newest(idPrefix: prefix)
            } catch CollectorError.noData, CollectorError.noReports, CollectorError.noReport {
                // Nothing tells one process of another's commit: SQLite has to be asked.
                guard ContinuousClock.now < deadline else {
                    return try await StoredReports(directory: directory).newest(idPrefix: prefix)
                }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }
}
#endif
