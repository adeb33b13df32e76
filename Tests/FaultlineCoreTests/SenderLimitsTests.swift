// SPDX-License-Identifier: Apache-2.0

import FaultlineCrash
import FaultlineFiles
import FaultlineProtocol
import Logging
import Synchronization
import TestSupport
import Testing

@testable import FaultlineCore

/// What the sender does with limits and losses.
@Suite struct SenderLimitsTests {
    let directory = TemporaryDirectory()
    let recorder = LogRecorder()
    let transport = KeptTransport()

    private func sender(outbox: Outbox? = nil, queueSize: Int = 100) -> Sender {
        let sender = Sender(
            Sender.Configuration(
                transport: transport, outbox: outbox, queueSize: queueSize, logger: recorder.logger, gap: .zero))
        sender.start()
        return sender
    }

    private static let hour = RateLimits(categories: [.error: .seconds(3600)])

    /// Rows of the client reports that were accepted.
    private var reported: [String] {
        transport.envelopes.flatMap(\.items).filter { $0.type == "client_report" }.flatMap { item in
            let rows = (try? JSONValue(parsing: item.payload))?.objectValue?["discarded_events"]?.arrayValue ?? []
            return rows.compactMap(\.objectValue).map { row in
                "\(row["reason"]?.stringValue ?? "") \(row["category"]?.stringValue ?? "") \(row["quantity"]?.integerValue ?? 0)"
            }
        }
    }

    @Test func `a limit that came with an accepted envelope drops the next one, which is reported at the flush`()
        async
    {
        transport.answer { _ in TransportResult(.accepted, limits: Self.hour) }
        let sender = sender()
        #expect(sender.enqueue(.test()))
        #expect(await sender.flush(timeout: .seconds(60)))
        for _ in 0..<3 { #expect(sender.enqueue(.test())) }
        #expect(await sender.flush(timeout: .seconds(60)))
        #expect(await sender.flush(timeout: .seconds(60)))
        #expect(transport.events.count == 1)
        #expect(reported == ["ratelimit_backoff error 3"])
        #expect(recorder.lines.map(\.level) == [.warning])
        #expect(recorder.lines.first?.text.contains("(error, for 3600 s)") == true)
        await sender.close(timeout: .seconds(1))
    }

    @Test func `what a 429 answers is dropped and not reported; while everything is limited nothing is sent at all`()
        async
    {
        let calls = Atomic(0)
        transport.answer { _ in
            calls.add(1, ordering: .relaxed)
            return .rateLimited(reason: "status 429")
        }
        let sender = sender()
        for _ in 0..<3 {
            #expect(sender.enqueue(.test()))
            _ = await sender.flush(timeout: .seconds(60))
        }
        #expect(calls.load(ordering: .relaxed) == 1)
        #expect(sender.reports.rows == ["ratelimit_backoff error 2"])
        #expect(recorder.lines.map(\.level) == [.warning])
        await sender.close(timeout: .zero)
    }

    @Test func `what lies in the outbox waits until the limit is over, and is sent whole`() async throws {
        let wait = Duration.milliseconds(200)
        transport.answer { request in
            String(decoding: request.body, as: UTF8.self).contains("first")
                ? TransportResult(.accepted, limits: RateLimits(categories: [.attachment: wait])) : .accepted
        }
        let outbox = Outbox(in: directory)
        try outbox.store(.test("first"))
        var crash = Envelope.test("crash")
        crash.items.append(EnvelopeItem(type: "attachment", payload: [1, 2, 3]))
        try outbox.store(crash)
        try outbox.store(.test("third"))
        let sender = sender(outbox: outbox)
        #expect(await !sender.flush(timeout: .seconds(60)))
        #expect(transport.envelopes.flatMap(\.items).map(\.type) == ["event", "event"])
        #expect(await eventually { outbox.names().isEmpty })
        #expect(transport.envelopes.last?.items.map(\.type) == ["event", "attachment"])
        #expect(sender.reports.isEmpty)
        await sender.close(timeout: .seconds(1))
    }

    @Test func `a file that is answered by 429 stays, and is sent later under its id`() async throws {
        let calls = Atomic(0)
        transport.answer { _ in
            calls.add(1, ordering: .relaxed).newValue == 1
                ? .rateLimited(RateLimits(all: .milliseconds(200)), reason: "status 429") : .accepted
        }
        let outbox = Outbox(in: directory)
        let id = EventID()
        try outbox.store(.test(id: id))
        let sender = sender(outbox: outbox)
        #expect(await !sender.flush(timeout: .seconds(60)))
        #expect(await eventually { outbox.names().isEmpty })
        #expect(transport.envelopes.compactMap(\.eventID) == [id])
        await sender.close(timeout: .seconds(1))
    }

    @Test func `a 429 that names no limit for a file does not make it sent again and again`() async throws {
        let calls = Atomic(0)
        transport.answer { _ in
            calls.add(1, ordering: .relaxed)
            return .rateLimited(RateLimits(categories: [.session: .seconds(60)]), reason: "status 429")
        }
        let outbox = Outbox(in: directory)
        try outbox.store(.test())
        let sender = sender(outbox: outbox)
        for _ in 0..<3 { #expect(await !sender.flush(timeout: .seconds(60))) }
        #expect(calls.load(ordering: .relaxed) == 1)
        #expect(outbox.names().count == 1)
        await sender.close(timeout: .seconds(1))
    }

    @Test func `what is refused is reported as send_error, with each of its parts`() async {
        transport.answer { request in
            String(decoding: request.body, as: UTF8.self).contains("hopeless")
                ? .rejected(status: 400, reason: "status 400") : .accepted
        }
        let sender = sender()
        var envelope = Envelope.test("hopeless")
        envelope.items.append(EnvelopeItem(type: "attachment", payload: [1, 2, 3]))
        #expect(sender.enqueue(envelope))
        #expect(await sender.flush(timeout: .seconds(60)))
        #expect(await sender.flush(timeout: .seconds(60)))
        #expect(reported.sorted() == ["send_error attachment 3", "send_error error 1"])
        await sender.close(timeout: .seconds(1))
    }

    @Test func `a report that could not be sent is sent again with what came since`() async {
        transport.answer { _ in .retryLater(reason: "down") }
        let sender = sender()
        sender.reports.record(.sampleRate, .error)
        #expect(await !sender.flush(timeout: .seconds(60)))
        sender.reports.record(.sampleRate, .error)
        transport.answer { _ in .accepted }
        #expect(await sender.flush(timeout: .seconds(60)))
        #expect(reported == ["sample_rate error 2"])
        await sender.close(timeout: .seconds(1))
    }

    @Test func `a report goes along with an envelope when the last one is half a minute old, and not before`() async {
        let sender = sender()
        sender.reports.record(.sampleRate, .error)
        #expect(sender.enqueue(.test()))
        #expect(await eventually { transport.envelopes.count == 1 })
        #expect(reported.isEmpty)
        sender.state.withLock { $0.reportedAt -= .seconds(30) }
        #expect(sender.enqueue(.test()))
        #expect(await eventually { transport.envelopes.count == 2 })
        #expect(transport.envelopes.last?.items.map(\.type) == ["event", "client_report"])
        #expect(reported == ["sample_rate error 1"])
        await sender.close(timeout: .seconds(1))
    }

    @Test func `without room, directory and server, events are counted as lost to the network`() async {
        let outbox = Outbox(directory: "/proc/nowhere", quarantine: Quarantine(directory: directory.path))
        transport.answer { _ in .retryLater(reason: "connection refused") }
        let sender = sender(outbox: outbox)
        #expect(sender.enqueue(.test()))
        #expect(await eventually { !sender.reports.isEmpty })
        #expect(sender.reports.rows == ["network_error error 1"])
        await sender.close(timeout: .zero)
    }

    @Test func `the oldest in a full outbox is counted`() async {
        transport.answer { _ in .retryLater(reason: "down") }
        let sender = sender(outbox: Outbox(in: directory, limits: Outbox.Limits(files: 1)))
        for _ in 0..<3 { #expect(sender.enqueue(.test())) }
        #expect(await !sender.flush(timeout: .seconds(60)))
        #expect(await eventually { !sender.reports.isEmpty })
        await sender.close(timeout: .zero)
        #expect(sender.reports.rows == ["cache_overflow error 2"])
    }

    @Test func `memory is bounded by bytes, too, and one envelope is taken whatever its size`() {
        var queue = SendQueue(limit: 100)
        func sized(_ bytes: Int) -> Envelope {
            Envelope(items: [EnvelopeItem(type: "attachment", payload: [UInt8](repeating: 0, count: bytes))])
        }
        let isTaken = queue.append(sized(SendQueue.byteLimit + 1))
        #expect(isTaken)
        let isSmallTaken = queue.append(sized(1))
        #expect(!isSmallTaken)
        let taken = queue.take()
        let whileOnItsWay = queue.append(sized(1))
        #expect(!whileOnItsWay)
        let settled = taken.map { queue.settle($0.ticket) }
        #expect(settled == true)
        #expect(queue.bytes == 0)
        let afterwards = queue.append(sized(1))
        #expect(afterwards)
    }

    @Test func `the queue is first in, first out, and what is put back goes behind the others`() {
        var queue = SendQueue(limit: 1000)
        let ids = (0..<500).map { _ in EventID() }
        for id in ids { _ = queue.append(.test(id: id)) }
        var taken: [EventID?] = []
        var again: [EventID?] = []
        for round in 0..<500 {
            guard let (ticket, envelope) = queue.take() else { break }
            _ = queue.settle(ticket)
            if round % 50 == 7 {
                queue.putBack(envelope)
                again.append(envelope.eventID)
            } else {
                taken.append(envelope.eventID)
            }
        }
        while let (ticket, envelope) = queue.take() {
            _ = queue.settle(ticket)
            taken.append(envelope.eventID)
        }
        #expect(again.count == 10)
        #expect(taken == ids.filter { !again.contains($0) } + again)
        #expect(queue.isEmpty)
        #expect(queue.bytes == 0)
    }

    @Test func `each decision is one debug line`() async {
        var logger = recorder.logger
        logger.logLevel = .debug
        let sender = Sender(
            Sender.Configuration(transport: transport, outbox: nil, queueSize: 1, logger: logger, gap: .zero))
        let ids = [EventID(), EventID(), EventID()]
        #expect(sender.enqueue(.test(id: ids[0])))
        #expect(!sender.enqueue(.test(id: ids[1])))
        transport.answer { _ in TransportResult(.accepted, limits: Self.hour) }
        sender.start()
        #expect(await sender.flush(timeout: .seconds(60)))
        #expect(sender.enqueue(.test(id: ids[2])))
        #expect(await sender.flush(timeout: .seconds(60)))
        let lines = recorder.all.filter { $0.level == .debug }.map(\.text)
        #expect(
            lines.filter { !$0.contains("report") } == [
                "queued event \(ids[0])", "dropped event \(ids[1]): the queue is full", "sent event \(ids[0])",
                "queued event \(ids[2])", "rate limited: dropped event",
            ])
        await sender.close(timeout: .seconds(1))
    }
}

@Suite struct SenderLanesTests {
    let recorder = LogRecorder()

    /// Answers nothing until it is opened.
    private final class Gate: Transport {
        let requiresDSN = false
        let concurrency = 3
        private let state = Mutex(
            (isOpen: false, waiting: [CheckedContinuation<Void, Never>](), most: 0, now: 0, calls: 0))
        let answer: TransportResult

        init(_ answer: TransportResult = .accepted) { self.answer = answer }

        func send(_ request: EnvelopeRequest) async -> TransportResult {
            await withCheckedContinuation { continuation in
                let isOpen = state.withLock { state in
                    state.calls += 1
                    state.now += 1
                    state.most = max(state.most, state.now)
                    if !state.isOpen { state.waiting.append(continuation) }
                    return state.isOpen
                }
                if isOpen { continuation.resume() }
            }
            state.withLock { $0.now -= 1 }
            return answer
        }

        func open() {
            let waiting = state.withLock { state in
                defer { state.waiting = [] }
                state.isOpen = true
                return state.waiting
            }
            for continuation in waiting { continuation.resume() }
        }

        var most: Int { state.withLock { $0.most } }
        var calls: Int { state.withLock { $0.calls } }
    }

    private func sender(_ transport: any Transport) -> Sender {
        let sender = Sender(Sender.Configuration(transport: transport, logger: recorder.logger, gap: .zero))
        sender.start()
        return sender
    }

    @Test func `while many wait, as many are on their way as the transport allows`() async {
        let gate = Gate()
        let sender = sender(gate)
        for _ in 0..<50 { #expect(sender.enqueue(.test())) }
        #expect(await eventually { gate.most == 3 })
        gate.open()
        #expect(await sender.flush(timeout: .seconds(60)))
        #expect(gate.most == 3)
        #expect(gate.calls == 50)
        #expect(sender.state.withLock { $0.lanes } == 0)
        await sender.close(timeout: .seconds(1))
    }

    @Test func `what failed together is one failure, and one envelope alone tries whether the server is back`() async {
        let gate = Gate(.retryLater(reason: "down"))
        let sender = sender(gate)
        for _ in 0..<50 { #expect(sender.enqueue(.test())) }
        #expect(await eventually { gate.most == 3 })
        gate.open()
        #expect(await !sender.flush(timeout: .seconds(60)))
        #expect(await eventually { sender.state.withLock { $0.lanes } == 0 })
        let calls = gate.calls
        #expect(await !sender.flush(timeout: .seconds(60)))
        #expect(await eventually { sender.state.withLock { $0.lanes } == 0 })
        #expect(gate.calls == calls + 1)
        #expect(sender.pending == 50)
        #expect(recorder.lines.map(\.level) == [.warning])
        await sender.close(timeout: .zero)
    }

    @Test func `attempts that were on their way together double the pause once`() {
        var round = SendingRound()
        let start = ContinuousClock.now
        let first = (
            round.failed(wish: nil, since: start, now: start + .seconds(1)), round.pause(now: start + .seconds(1))
        )
        #expect(first.0)
        let second = (
            round.failed(wish: nil, since: start, now: start + .seconds(1)), round.pause(now: start + .seconds(1))
        )
        #expect(!second.0)
        #expect(first.1 == second.1)
        let later = round.failed(wish: nil, since: start + .seconds(2), now: start + .seconds(3))
        #expect(!later)
        let pause = round.pause(now: start + .seconds(3))
        #expect(pause.map { $0 >= .seconds(1) && $0 <= .seconds(2) } == true)
    }
}
