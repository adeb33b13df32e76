// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
internal import FaultlineFiles
internal import FaultlineProtocol

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The sole right to send one file of the outbox, until it is let go of or the process dies.
///
/// A POSIX record lock (fcntl(2), F_SETLK): the kernel lets go of it when its process dies, it is no matter of pid
/// namespaces, and a forked child does not inherit it. Within one process such a lock excludes nobody, and closing *any*
/// descriptor of the file ends it: so a file is entered in ``held`` before it is opened.
final class OutboxClaim: Sendable {
    let name: String
    let envelope: Envelope
    let size: Int
    private let descriptor: Int32
    private let key: WholeFile.Key

    /// The locks of a forked child are its parent's.
    private static let held = Lock<Set<WholeFile.Key>>([], isForOneProcess: true)

    private init(name: String, envelope: Envelope, size: Int, descriptor: Int32, key: WholeFile.Key) {
        self.name = name
        self.envelope = envelope
        self.size = size
        self.descriptor = descriptor
        self.key = key
    }

    deinit {
        Self.release(descriptor, key)
    }

    enum Attempt {
        case claimed(OutboxClaim)
        /// Another process or client is sending it.
        case busy
        /// Sent by somebody else meanwhile.
        case gone
        /// No envelope: the reason. The file is no longer locked.
        case unreadable(String)
    }

    static func attempt(_ name: String, in outbox: Outbox) -> Attempt {
        let path = outbox.path(name)
        guard let status = WholeFile.status(path) else { return .gone }
        guard status.isRegular else { return .unreadable("not a regular file") }
        guard held.withLock({ $0.insert(status.key).inserted }) else { return .busy }
        // A lock for writing needs a descriptor for writing. O_NONBLOCK: if it has become a pipe meanwhile.
        let descriptor = WholeFile.retried { open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else {
            let code = errno
            held.withLock { _ = $0.remove(status.key) }
            switch code {
            case ENOENT: return .gone
            // The machine's trouble of this moment says nothing of the file.
            case EMFILE, ENFILE, ENOMEM, EIO, EINTR, EAGAIN: return .busy
            default: return .unreadable("open: \(String(cString: strerror(code)))")
            }
        }
        let found = read(name, descriptor, status.key, limit: outbox.limits.fileBytes)
        switch found {
        case .claimed: break
        case .busy, .gone, .unreadable: release(descriptor, status.key)
        }
        return found
    }

    private static func read(_ name: String, _ descriptor: Int32, _ key: WholeFile.Key, limit: Int) -> Attempt {
        guard lock(descriptor) else { return .busy }
        // Whoever had the lock before may have sent and removed the file between our look at it and our lock.
        guard let found = WholeFile.status(descriptor: descriptor), found.links > 0, found.status.key == key else {
            return .gone
        }
        guard found.status.size <= limit else { return .unreadable("\(found.status.size) bytes, more than \(limit)") }
        guard let bytes = WholeFile.read(descriptor, limit: limit) else { return .busy }
        do throws(EnvelopeError) {
            let envelope = try Envelope(parsing: bytes)
            guard !envelope.items.isEmpty else { return .unreadable("an envelope without items") }
            return .claimed(
                OutboxClaim(name: name, envelope: envelope, size: bytes.count, descriptor: descriptor, key: key))
        } catch {
            return .unreadable("no envelope: \(error)")
        }
    }

    /// On a file system without locks everybody gets it: sent twice under one event id is better than never.
    private static func lock(_ descriptor: Int32) -> Bool {
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        if WholeFile.retried({ fcntl(descriptor, F_SETLK, &lock) }) == 0 { return true }
        return errno != EACCES && errno != EAGAIN
    }

    private static func release(_ descriptor: Int32, _ key: WholeFile.Key) {
        close(descriptor)
        held.withLock { _ = $0.remove(key) }
    }
}
