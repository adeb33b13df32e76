// SPDX-License-Identifier: Apache-2.0

import FaultlineCrash
import FaultlineFiles
import FaultlineProtocol
import Logging
import Synchronization
import TestSupport
import Testing

@testable import FaultlineCore

@Suite struct SenderTests {
    let directory = TemporaryDirectory()
    let recorder = LogRecorder()
    let transport = KeptTransport()
    static let dsn = try! DSN("https://newkey@errors.example.com/7")

    private func sender(outbox: Outbox?, dsn: DSN? = dsn, queueSize: Int = 100, start: Bool = true) -> Sender {
        let sender = Sender(
            Sender.Configuration(
                dsn: dsn, transport: transport, outbox: outbox, queueSize: queueSize, logger: recorder.logger,
                gap: .zero))
        if start { sender.start() }
        return sender
    }

    private var sentIDs: [EventID] { transport.envelopes.compactMap(\.eventID) }

    @Test func `a queued envelope is sent with sent_at and the present DSN`() async throws {
        let sender = sender(outbox: nil)
        #expect(sender.enqueue(.test()))
        #expect(await sender.flush(timeout: .seconds(60)))
        let header = try #require(transport.envelopes.first?.header)
        #expect(header["sent_at"]?.stringValue?.hasSuffix("Z") == true)
        #expect(header["dsn"]?.stringValue == "https://newkey@errors.example.com/7")
        await sender.close(timeout: .seconds(1))
    }

    @Test func `what waits in the outbox is sent at the start, oldest first, and deleted`() async throws {
        let outbox = Outbox(in: directory)
        let ids = (0..<3).map { _ in EventID() }
        for id in ids { try outbox.store(.test(id: id)) }
        let sender = sender(outbox: outbox)
        #expect(await sender.flush(timeout: .seconds(60)))
        #expect(sentIDs == ids)
        #expect(outbox.names().isEmpty)
        #expect(recorder.lines.isEmpty)
        await sender.close(timeout: .seconds(1))
    }

    @Test func `an envelope that waited under another key is sent under the present one`() async throws {
        let outbox = Outbox(in: directory)
        var envelope = Envelope.test()
        envelope.header["dsn"] = "https://oldkey@errors.example.com/7"
        envelope.header["trace"] = ["trace_id": "771a43a4192642f0b136d5159a501700", "public_key": "oldkey"]
        try outbox.store(envelope)
        let sender = sender(outbox: outbox)
        #expect(await sender.flush(timeout: .seconds(60)))
        let header = try #require(transport.envelopes.first?.header)
        #expect(header["dsn"]?.stringValue == "https://newkey@errors.example.com/7")
        #expect(header["trace"]?.objectValue?["public_key"] == "newkey")
        await sender.close(timeout: .seconds(1))
    }

    @Test func `while the server is down everything waits on disk, with one line, and goes when it is back`()
        async throws
    {
        transport.answer { _ in .retryLater(reason: "connection refused") }
        let outbox = Outbox(in: directory)
        try outbox.store(.test())
        let sender = sender(outbox: outbox)
        #expect(await !sender.flush(timeout: .seconds(60)))
        for _ in 0..<5 { #expect(sender.enqueue(.test())) }
        #expect(await !sender.flush(timeout: .seconds(60)))
        #expect(await eventually { outbox.names().count == 6 })
        #expect(recorder.lines.map(\.level) == [.warning])
        #expect(recorder.lines.first?.text.contains("connection refused") == true)

        transport.answer { _ in .accepted }
        #expect(await sender.flush(timeout: .seconds(60)))
        #expect(Set(sentIDs).count == 6)
        #expect(outbox.names().isEmpty)
        #expect(recorder.lines.map(\.level) == [.warning, .notice])
        await sender.close(timeout: .seconds(1))
    }

    @Test func `without a directory, what could not be sent waits in the queue`() async {
        transport.answer { _ in .retryLater(reason: "status 500") }
        let sender = sender(outbox: nil)
        #expect(sender.enqueue(.test()))
        #expect(await !sender.flush(timeout: .seconds(60)))
        transport.answer { _ in .accepted }
        #expect(await sender.flush(timeout: .seconds(60)))
        #expect(sentIDs.count == 1)
        await sender.close(timeout: .seconds(1))
    }

    @Test func `what the server refuses is quarantined with its reason, and the next one is sent`() async throws {
        let refused = EventID()
        transport.answer { request in
            String(decoding: request.body, as: UTF8.self).contains("\(refused)")
                ? .rejected(status: 400, reason: "status 400: bad envelope") : .accepted
        }
        let outbox = Outbox(in: directory)
        try outbox.store(.test(id: refused))
        try outbox.store(.test())
        let sender = sender(outbox: outbox)
        #expect(await sender.flush(timeout: .seconds(60)))
        #expect(sentIDs.count == 1)
        #expect(outbox.names().isEmpty)
        let name = try #require(outbox.quarantined.first)
        #expect(name.hasSuffix("\(refused).envelope"))
        let reason = TemporaryDirectory.text(of: "\(outbox.quarantine.directory)/\(name).reason")
        #expect(reason == "status 400: bad envelope\n")
        #expect(recorder.lines.map(\.level) == [.error])
        await sender.close(timeout: .seconds(1))
    }

    @Test func `what is too large with its attachment goes without it; what is too large by itself is refused`()
        async throws
    {
        let tooLarge = TransportResult.rejected(status: 413, reason: "status 413: Request Entity Too Large")
        let hopeless = EventID()
        transport.answer { request in
            let text = String(decoding: request.body, as: UTF8.self)
            return text.contains("attachment") || text.contains("\(hopeless)") ? tooLarge : .accepted
        }
        let outbox = Outbox(in: directory)
        let id = EventID()
        for id in [id, hopeless] {
            var envelope = Envelope.test(id: id)
            envelope.items.append(EnvelopeItem(type: "attachment", payload: [1, 2, 3]))
            try outbox.store(envelope)
        }
        let sender = sender(outbox: outbox)
        #expect(await sender.flush(timeout: .seconds(60)))
        #expect(sentIDs == [id])
        #expect(transport.envelopes.first?.items.map(\.type) == ["event"])
        #expect(outbox.names().isEmpty)
        let kept = try #require(outbox.quarantined.first)
        #expect(kept.hasSuffix("\(hopeless).envelope"))
        let whole = try Envelope(
            parsing: #require(TemporaryDirectory.contents(of: "\(outbox.quarantine.directory)/\(kept)")))
        #expect(whole.items.map(\.type) == ["event", "attachment"])
        #expect(recorder.lines.map(\.level) == [.warning, .error])
        await sender.close(timeout: .seconds(1))
    }

    @Test func `a torn file in the outbox is quarantined and holds up nothing`() async throws {
        let outbox = Outbox(in: directory)
        try WholeFile.write(Array("{}\n{\"type\":\"event\",\"length\":99}\n{".utf8), to: outbox.path("0.envelope"))
        try outbox.store(.test())
        let sender = sender(outbox: outbox)
        #expect(await sender.flush(timeout: .seconds(60)))
        #expect(sentIDs.count == 1)
        #expect(outbox.quarantined == ["0.envelope"])
        await sender.close(timeout: .seconds(1))
    }

    @Test func `the server's wish to wait is kept even when a flush is in a hurry`() async throws {
        let calls = Atomic(0)
        transport.answer { _ in
            calls.add(1, ordering: .relaxed)
            return .retryLater(after: .seconds(100), reason: "status 429")
        }
        let sender = sender(outbox: Outbox(in: directory))
        #expect(sender.enqueue(.test()))
        for _ in 0..<3 { #expect(await !sender.flush(timeout: .seconds(60))) }
        #expect(calls.load(ordering: .relaxed) == 1)
        await sender.close(timeout: .seconds(1))
    }

    @Test func `a full queue drops the newest, counts it and says so once`() async {
        let sender = sender(outbox: nil, queueSize: 3, start: false)
        var envelope = Envelope.test()
        envelope.items.append(EnvelopeItem(type: "attachment", payload: [1, 2, 3]))
        let accepted = (0..<6).map { _ in sender.enqueue(envelope) }
        #expect(accepted == [true, true, true, false, false, false])
        #expect(sender.state.withLock(\.overflowed) == 3)
        #expect(sender.reports.rows == ["queue_overflow attachment 9", "queue_overflow error 3"])
        #expect(recorder.lines.count == 1)
    }

    @Test(.timeLimit(.minutes(1)))
    func `flush and close are bounded with a transport that never answers, and close keeps what is left`() async {
        transport.answer { _ in
            await waitForEver()
            return .accepted
        }
        let outbox = Outbox(in: directory)
        let sender = sender(outbox: outbox)
        for _ in 0..<3 { #expect(sender.enqueue(.test())) }
        #expect(await !sender.flush(timeout: .milliseconds(100)))
        await sender.close(timeout: .milliseconds(100))
        #expect(outbox.names().count == 3)
        #expect(!sender.enqueue(.test()))
    }

    @Test func `a flush waits for those that still add to the outbox`() async throws {
        let outbox = Outbox(in: directory)
        let sender = sender(outbox: outbox)
        sender.producerBegan()
        let flush = Task { await sender.flush(timeout: .seconds(60)) }
        #expect(await eventually { sender.state.withLock { !$0.waiters.isEmpty } })
        try outbox.store(.test())
        sender.producerEnded()
        #expect(await flush.value)
        #expect(sentIDs.count == 1)
        await sender.close(timeout: .seconds(1))
    }

    @Test(.timeLimit(.minutes(1)))
    func `flush and close with nothing to do return before their time is over`() async {
        let sender = sender(outbox: Outbox(in: directory))
        #expect(await sender.flush(timeout: .seconds(3600)))
        await sender.close(timeout: .seconds(3600))
        await sender.close(timeout: .seconds(3600))
    }

    @Test(.timeLimit(.minutes(1)))
    func `a flush whose task is cancelled returns`() async {
        transport.answer { _ in
            await waitForEver()
            return .accepted
        }
        let sender = sender(outbox: nil)
        #expect(sender.enqueue(.test()))
        let flush = Task { await sender.flush(timeout: .seconds(3600)) }
        flush.cancel()
        #expect(await !flush.value)
        await sender.close(timeout: .zero)
    }

    @Test func `two senders on one directory send each file once`() async throws {
        let outbox = Outbox(in: directory)
        let ids = (0..<20).map { _ in EventID() }
        for id in ids { try outbox.store(.test(id: id)) }
        let first = sender(outbox: outbox)
        let second = sender(outbox: Outbox(in: directory))
        #expect(await first.flush(timeout: .seconds(60)))
        #expect(await second.flush(timeout: .seconds(60)))
        #expect(await eventually { outbox.names().isEmpty })
        #expect(sentIDs.sorted { "\($0)" < "\($1)" } == ids.sorted { "\($0)" < "\($1)" })
        await first.close(timeout: .seconds(1))
        await second.close(timeout: .seconds(1))
    }
}
