// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// Envelopes that wait in memory, first in, first out, and those that were taken and are on their way. Bounded by number
/// and by bytes; what is on its way counts for the bytes.
struct SendQueue: Sendable {
    /// 32 MiB: a server that is a hundred times too slow costs no more, whatever is attached to the events. One envelope is
    /// taken whatever its size.
    static let byteLimit = 32 << 20

    let limit: Int
    /// Those before `head` were taken.
    private var envelopes: [Envelope?] = []
    private var head = 0
    private var nextTicket: UInt64 = 0
    private(set) var bytes = 0
    /// Taken and not yet settled, by their tickets.
    private(set) var inFlight: [UInt64: Envelope] = [:]

    init(limit: Int) {
        self.limit = limit
    }

    var count: Int { envelopes.count - head }
    var isEmpty: Bool { count == 0 }
    var isFull: Bool { count >= limit }

    /// - Returns: false when there is no room.
    mutating func append(_ envelope: Envelope) -> Bool {
        let size = envelope.size
        guard count < limit, bytes == 0 || bytes + size <= Self.byteLimit else { return false }
        envelopes.append(envelope)
        bytes += size
        return true
    }

    /// The oldest, and a ticket for it.
    mutating func take() -> (ticket: UInt64, envelope: Envelope)? {
        guard head < envelopes.count, let envelope = envelopes[head] else { return nil }
        envelopes[head] = nil
        head += 1
        // Moving the rest to the front now and then costs less than always.
        if head == envelopes.count {
            envelopes.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 64, head * 2 > envelopes.count {
            envelopes.removeFirst(head)
            head = 0
        }
        nextTicket += 1
        inFlight[nextTicket] = envelope
        return (nextTicket, envelope)
    }

    /// What was taken has met its fate.
    /// - Returns: false when ``removeAll()`` took it over.
    mutating func settle(_ ticket: UInt64) -> Bool {
        guard let envelope = inFlight.removeValue(forKey: ticket) else { return false }
        bytes -= envelope.size
        return true
    }

    /// What was taken is to be taken again, behind the others: what always fails must not hold them up. The bounds do not
    /// count: it was in before.
    mutating func putBack(_ envelope: Envelope) {
        bytes += envelope.size
        envelopes.append(envelope)
    }

    /// Everything that waits, oldest first.
    mutating func removeWaiting() -> [Envelope] {
        let waiting = envelopes[head...].compactMap(\.self)
        for envelope in waiting { bytes -= envelope.size }
        envelopes = []
        head = 0
        return waiting
    }

    /// Also what is on its way, first.
    mutating func removeAll() -> [Envelope] {
        let all = inFlight.sorted { $0.key < $1.key }.map(\.value) + removeWaiting()
        inFlight = [:]
        bytes = 0
        return all
    }
}

extension Envelope {
    /// About as much memory as it takes, in bytes.
    fileprivate var size: Int { items.reduce(1024) { $0 + $1.payload.count + 256 } }
}
