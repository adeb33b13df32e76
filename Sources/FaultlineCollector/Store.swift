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

/// What was collected: one SQLite file in a directory, which other processes read while this one writes.
package struct Store: Sendable {
    /// The file's name in the data directory; beside it lie SQLite's `-wal` and `-shm`.
    package static let fileName = "collector.sqlite"
    /// The one project that there is.
    package static let projectID = "1"

    /// The key of the project's DSN: 32 hexadecimal digits, made when the file is, and the same ever after.
    package let publicKey: String
    let database: DatabasePool

    /// Opens the store of a directory, and makes both when they are not there: the directory for its owner alone, the
    /// file too.
    /// - Throws: ``CollectorError/unusableData(directory:reason:)``.
    package init(directory: String) throws(CollectorError) {
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let path = Self.path(in: directory)
            try Self.makeFile(path)
            var configuration = Configuration()
            configuration.label = "faultline.collector"
            // Another `faultline serve` on the same directory may be writing.
            configuration.busyMode = .timeout(10)
            database = try DatabasePool(path: path, configuration: configuration)
            try Self.migrator.migrate(database)
            publicKey = try database.write { db in try Self.publicKey(db) }
        } catch {
            throw .unusableData(directory: directory, reason: Self.reason(of: error))
        }
    }

    static func path(in directory: String) -> String { directory + "/" + fileName }

    /// SQLite would make it readable for everybody that the umask lets; `-wal` and `-shm` get the mode of the file.
    /// Source: `findCreateFileMode` in SQLite's os_unix.c.
    private static func makeFile(_ path: String) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CocoaError(.fileWriteNoPermission) }
        close(descriptor)
    }

    private static func publicKey(_ db: Database) throws -> String {
        // An event's id has the form of a key: 128 random bits as 32 digits.
        try db.execute(
            sql: "insert or ignore into project (id, public_key) values (?, ?)",
            arguments: [projectID, EventID().description])
        return try String.fetchOne(db, sql: "select public_key from project where id = ?", arguments: [projectID]) ?? ""
    }

    static func reason(of error: any Error) -> String {
        (error as? DatabaseError).map { $0.message ?? $0.resultCode.description } ?? error.localizedDescription
    }
}
#endif
