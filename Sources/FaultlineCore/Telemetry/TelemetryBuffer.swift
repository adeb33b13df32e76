// SPDX-License-Identifier: Apache-2.0

internal import FaultlineFiles
internal import FaultlineProtocol

/// Collects logs, or metrics, and sends many in one envelope: as soon as there are enough for one, or after some seconds.
///
/// Adding takes one short lock and wakes at most a task; it never waits for the sender. What is added faster than the task
/// can hand on is dropped and counted. Source: [Logs](https://develop.sentry.dev/sdk/telemetry/logs/#buffering).
final class TelemetryBuffer: Sendable {
    struct Kind: Sendable {
        /// Of the envelope item.
        let type: String
        let contentType: String
        /// So many are sent together.
        let batch: Int
        /// When so many wait, further ones are dropped.
        let capacity: Int
        let category: DataCategory
        let byteCategory: DataCategory

        static let logs = Kind(
            type: "log", contentType: "application/vnd.sentry.items.log+json", batch: 100, capacity: 1000,
            category: .logItem, byteCategory: .logByte)
        static let metrics = Kind(
            type: "trace_metric", contentType: "application/vnd.sentry.items.trace-metric+json", batch: 100,
            capacity: 10_000, category: .traceMetric, byteCategory: .traceMetricByte)
    }

    /// Of one item's payload. A server takes 1 MiB
    /// (https://develop.sentry.dev/sdk/data-model/envelopes/#size-limits).
    static let payloadLimit = 1_000_000
    /// Of everything that waits, in bytes.
    static let byteLimit = 8 << 20
    /// The first one of a batch waits this long, and up to a second more, so that many processes do not send at once.
    static let patience = Duration.seconds(5)

    private struct State {
        /// Serialised, oldest first.
        var waiting: [[UInt8]] = []
        var bytes = 0
        /// There is a task that will look.
        var isAttended = false
    }

    private let kind: Kind
    private let sender: Sender
    private let pause: @Sendable (Signal, Duration) async -> Void
    private let state = Lock(State())
    private let signal = Signal()

    /// - Parameter pause: waits until the signal is raised or the time is over; for tests.
    init(
        _ kind: Kind, _ sender: Sender,
        pause: @escaping @Sendable (Signal, Duration) async -> Void = { await $0.wait(upTo: $1) }
    ) {
        self.kind = kind
        self.sender = sender
        self.pause = pause
    }

    /// - Parameter item: one JSON object.
    func add(_ item: [UInt8]) {
        guard item.count < Self.payloadLimit - Self.frame else {
            count(.invalid, item.count)
            return
        }
        enum Next {
            case drop, wait, attend, wake
        }
        let next = state.withLock { state -> Next in
            guard state.waiting.count < kind.capacity, state.bytes + item.count <= Self.byteLimit else { return .drop }
            state.waiting.append(item)
            state.bytes += item.count
            guard state.isAttended else {
                state.isAttended = true
                return .attend
            }
            let isEnough = state.waiting.count == kind.batch || state.bytes >= Self.payloadLimit
            return isEnough ? .wake : .wait
        }
        switch next {
        case .drop: count(.queueOverflow, item.count)
        case .wait: break
        case .attend: Task.detached(priority: .utility) { [self] in await attend() }
        case .wake: signal.raise()
        }
    }

    /// Counts the loss of some that were never added.
    /// - Parameter bytes: as they would have been sent.
    func count(_ reason: DiscardReason, _ bytes: Int, quantity: Int = 1) {
        sender.reports.record(reason, kind.category, quantity: quantity)
        sender.reports.record(reason, kind.byteCategory, quantity: bytes)
    }

    /// Hands everything that waits to the sender now. Any thread; a flush of the sender that begins afterwards waits for it.
    func flush() {
        while let batch = take() {
            _ = sender.enqueue(envelope(batch))
            sender.producerEnded(outbox: false)
        }
    }

    /// The same, with what `body` adds.
    func flush(_ body: () -> Void) {
        sender.producerBegan()
        body()
        flush()
        sender.producerEnded(outbox: false)
    }

    // MARK: - The task

    /// Lives as long as something waits.
    private func attend() async {
        repeat {
            await pause(signal, Self.patience + .milliseconds(Int.random(in: 0...1000)))
            flush()
        } while !state.withLock { state in
            if state.waiting.isEmpty { state.isAttended = false }
            return state.waiting.isEmpty
        }
    }

    /// The oldest ones, and the sender told that they are on their way to it: between here and there a flush waits.
    private func take() -> [[UInt8]]? {
        state.withLock { state in
            var bytes = Self.frame
            let batch = state.waiting.prefix(kind.batch).prefix { item in
                bytes += item.count + 1
                return bytes <= Self.payloadLimit
            }
            guard !batch.isEmpty else { return nil }
            state.waiting.removeFirst(batch.count)
            for item in batch { state.bytes -= item.count }
            sender.producerBegan()
            return Array(batch)
        }
    }

    private static let opening = #"{"items":["#
    private static let closing = "]}"
    /// Room for both.
    private static let frame = 16

    /// Without a trace: its items may belong to several.
    private func envelope(_ batch: [[UInt8]]) -> Envelope {
        var payload: [UInt8] = []
        payload.reserveCapacity(batch.reduce(Self.frame) { $0 + $1.count + 1 })
        payload.append(contentsOf: Self.opening.utf8)
        for (index, item) in batch.enumerated() {
            if index > 0 { payload.append(UInt8(ascii: ",")) }
            payload.append(contentsOf: item)
        }
        payload.append(contentsOf: Self.closing.utf8)
        var item = EnvelopeItem(type: kind.type, contentType: kind.contentType, payload: payload)
        item.header["item_count"] = .integer(Int64(batch.count))
        return Envelope(header: ["sdk": .object(SDKInfo.fields)], items: [item])
    }
}
