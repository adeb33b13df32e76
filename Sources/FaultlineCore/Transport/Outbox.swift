// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
internal import FaultlineFiles
internal import FaultlineProtocol
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Envelopes on disk that wait to be sent: `<time>-<event id>.envelope`, 0600, oldest first by name.
///
/// Several processes may share the directory. A file is whole as soon as it has its name (written under another one, then
/// renamed) and is sent by whoever holds its lock (``OutboxClaim``). All functions block on the disk, none on another
/// process.
final class Outbox: Sendable {
    struct Limits: Sendable {
        var files = 1000
        var bytes = 100 << 20
        /// A file beyond it is not read at all: no server takes an envelope of that size.
        var fileBytes = 64 << 20
    }

    let directory: String
    let quarantine: Quarantine
    let limits: Limits
    /// What lies in the directory as far as this process knows; nil: to be counted.
    private let known = Mutex<Usage?>(nil)

    private struct Usage {
        var files: Int
        var bytes: Int
        var storedSince = 0
    }

    static let suffix = ".envelope"

    init(directory: String, quarantine: Quarantine, limits: Limits = Limits()) {
        self.directory = directory
        self.quarantine = quarantine
        self.limits = limits
    }

    /// Keeps an envelope.
    /// - Returns: how many of the oldest had to go to make room.
    @discardableResult
    func store(_ envelope: Envelope) throws(SystemError) -> Int {
        let bytes = envelope.serialized()
        try WholeFile.write(bytes, to: newPath(envelope.eventID ?? EventID()))
        return makeRoom(added: bytes.count)
    }

    /// Takes over the file of a whole envelope, from the same file system and in one step: it waits in one place.
    /// - Returns: how many of the oldest had to go to make room.
    @discardableResult
    func adopt(_ file: String, _ eventID: EventID) throws(SystemError) -> Int {
        let size = WholeFile.status(file)?.size ?? 0
        try WholeFile.move(file, to: newPath(eventID))
        return makeRoom(added: size)
    }

    private func newPath(_ eventID: EventID) -> String {
        let time = Timestamp.now().description.filter { $0 != "-" && $0 != ":" }
        return path("\(time)-\(eventID)\(Self.suffix)")
    }

    /// The files that wait, oldest first.
    func names() -> [String] {
        WholeFile.names(in: directory).filter { $0.hasSuffix(Self.suffix) && !$0.hasPrefix(".") }.sorted()
    }

    func remove(_ claim: OutboxClaim) {
        if unlink(path(claim.name)) == 0 {
            known.withLock { usage in
                usage?.files -= 1
                usage?.bytes -= claim.size
            }
        }
    }

    /// Out of the way, with the reason beside it.
    func quarantine(_ name: String, reason: String) {
        quarantine.take(path(name), name: name, reason: reason)
        known.withLock { $0 = nil }
    }

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    /// Files that a process left half-written when it died, and files beyond the caps.
    func tidy() {
        WholeFile.removeUnfinished(in: directory)
        known.withLock { $0 = nil }
        _ = makeRoom(added: 0)
    }

    // MARK: - Caps

    /// Other processes add and remove too: the truth is counted anew when this one's count says that a cap is reached,
    /// and from time to time.
    private func makeRoom(added: Int) -> Int {
        let enough = known.withLock { usage in
            guard usage != nil else { return false }
            usage?.files += 1
            usage?.bytes += added
            usage?.storedSince += 1
            guard let usage else { return false }
            return usage.files <= limits.files && usage.bytes <= limits.bytes && usage.storedSince < 100
        }
        if enough { return 0 }

        var waiting = names().map { (name: $0, size: WholeFile.status(path($0))?.size ?? 0) }[...]
        var bytes = waiting.reduce(0) { $0 + $1.size }
        var dropped = 0
        while waiting.count > limits.files || (bytes > limits.bytes && waiting.count > 1),
            let oldest = waiting.popFirst()
        {
            if unlink(path(oldest.name)) == 0 { dropped += 1 }
            bytes -= oldest.size
        }
        known.withLock { $0 = Usage(files: waiting.count, bytes: bytes) }
        return dropped
    }
}
