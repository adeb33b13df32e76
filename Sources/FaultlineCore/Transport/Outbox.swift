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

/// Envelopes on disk that wait to be sent: `<time>-<event id>.envelope`, 0600, oldest first by name.
///
/// Several processes may share the directory. A file is whole as soon as it has its name (written under another one, then
/// renamed) and is sent by whoever holds its lock (``OutboxClaim``). All functions block on the disk, none on another
/// process.
final class Outbox: Sendable {
    struct Limits: Sendable {
        var files = 1000
        var bytes = 100 << 20
        /// 30 days: a server takes an older event for one of the moment of its arrival (`max_secs_in_past` in
        /// https://github.com/getsentry/relay/blob/master/relay-event-normalization/src/event.rs), which misleads.
        var age = Duration.seconds(30 * 86_400)
        /// A file beyond it is not read at all: no server takes an envelope of that size.
        var fileBytes = 64 << 20
    }

    /// What had to go.
    struct Dropped: Sendable, Hashable {
        var files = 0
        var losses: [DataCategory: Int] = [:]

        mutating func add(_ other: Dropped) {
            files += other.files
            losses.merge(other.losses) { $0.addingReportingOverflow($1).partialValue }
        }
    }

    let directory: String
    let quarantine: Quarantine
    let limits: Limits
    /// What lies in the directory as far as this process knows; nil: to be counted.
    private let known = Lock<Usage?>(nil)

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
    /// - Returns: the oldest, which had to go to make room.
    @discardableResult
    func store(_ envelope: Envelope) throws(SystemError) -> Dropped {
        let bytes = envelope.serialized()
        try WholeFile.write(bytes, to: newPath(envelope.eventID ?? EventID()))
        return makeRoom(added: bytes.count)
    }

    /// Takes over the file of a whole envelope, from the same file system and in one step: it waits in one place.
    /// - Returns: the oldest, which had to go to make room.
    @discardableResult
    func adopt(_ file: String, _ eventID: EventID) throws(SystemError) -> Dropped {
        let size = WholeFile.status(file)?.size ?? 0
        try WholeFile.move(file, to: newPath(eventID))
        return makeRoom(added: size)
    }

    private func newPath(_ eventID: EventID) -> String {
        path("\(Self.prefix(.now()))-\(eventID)\(Self.suffix)")
    }

    private static func prefix(_ time: Timestamp) -> String {
        time.description.filter { $0 != "-" && $0 != ":" }
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
    func tidy() -> Dropped {
        WholeFile.removeUnfinished(in: directory)
        var dropped = dropOld()
        known.withLock { $0 = nil }
        dropped.add(makeRoom(added: 0))
        return dropped
    }

    // MARK: - Caps

    /// Files that have waited for longer than ``Limits/age``, as their names or their last writes say, whichever is
    /// later: a machine without a clock writes names of 1970.
    func dropOld() -> Dropped {
        let limit = Int(limits.age.components.seconds)
        let oldest = Self.prefix(Timestamp.now().advanced(by: .zero - limits.age))
        var dropped = Dropped()
        // Names begin with their times: the first one that is young enough ends it.
        for name in names() {
            guard name < oldest else { break }
            guard let status = WholeFile.status(path(name)), status.age > limit else { continue }
            drop(name, &dropped)
        }
        if dropped.files > 0 { known.withLock { $0 = nil } }
        return dropped
    }

    /// Other processes add and remove too: the truth is counted anew when this one's count says that a cap is reached,
    /// and from time to time.
    private func makeRoom(added: Int) -> Dropped {
        let enough = known.withLock { usage in
            guard usage != nil else { return false }
            usage?.files += 1
            usage?.bytes += added
            usage?.storedSince += 1
            guard let usage else { return false }
            return usage.files <= limits.files && usage.bytes <= limits.bytes && usage.storedSince < 100
        }
        var dropped = Dropped()
        if enough { return dropped }

        var waiting = names().map { (name: $0, size: WholeFile.status(path($0))?.size ?? 0) }[...]
        var bytes = waiting.reduce(0) { $0 + $1.size }
        while waiting.count > limits.files || (bytes > limits.bytes && waiting.count > 1),
            let oldest = waiting.popFirst()
        {
            drop(oldest.name, &dropped)
            bytes -= oldest.size
        }
        known.withLock { $0 = Usage(files: waiting.count, bytes: bytes) }
        return dropped
    }

    /// One that another process is sending goes, too: what it has read, it sends.
    private func drop(_ name: String, _ dropped: inout Dropped) {
        let bytes = Self.contents(path(name), limit: limits.fileBytes)
        guard unlink(path(name)) == 0 else { return }
        dropped.files += 1
        guard let bytes, let envelope = try? Envelope(parsing: bytes) else { return }
        for (category, quantity) in envelope.items.flatMap(\.outcomes) {
            dropped.losses[category, default: 0] += quantity
        }
    }

    private static func contents(_ path: String, limit: Int) -> [UInt8]? {
        guard WholeFile.status(path)?.isRegular == true else { return nil }
        let descriptor = WholeFile.retried { open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return WholeFile.read(descriptor, limit: limit)
    }
}
