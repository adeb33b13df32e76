// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Logging
import Synchronization
import TestSupport
import Testing

@testable import FaultlineCore

@Suite struct TelemetryBufferTests {
    let transport = KeptTransport()
    let recorder = LogRecorder()

    private func sender() throws -> Sender {
        let sender = Sender(
            Sender.Configuration(
                dsn: try DSN("https://key@errors.example.com/7"), transport: transport, outbox: nil,
                logger: recorder.logger, gap: .zero))
        sender.start()
        return sender
    }

    /// Stands for the clock: a wait ends when it is told to.
    private final class Waits: Sendable {
        private let asked = Mutex<[Duration]>([])
        private let signals = Mutex<[Signal]>([])

        var durations: [Duration] { asked.withLock { $0 } }

        @Sendable func pause(_ signal: Signal, _ duration: Duration) async {
            asked.withLock { $0.append(duration) }
            signals.withLock { $0.append(signal) }
            await signal.wait()
        }

        /// The time of the wait that is under way is over.
        func end() {
            signals.withLock { $0.last }?.raise()
        }
    }

    private var counts: [Int] {
        transport.envelopes.compactMap { $0.items[0].header["item_count"]?.integerValue }.map { Int($0) }
    }

    private func numbers() throws -> [Int64] {
        try transport.envelopes.flatMap { envelope in
            try JSONValue(parsing: envelope.items[0].payload).objectValue?["items"]?.arrayValue ?? []
        }.compactMap { $0.objectValue?["n"]?.integerValue }
    }

    private func item(_ number: Int) -> [UInt8] { Array("{\"n\":\(number)}".utf8) }

    @Test func `a hundred go at once, the rest after five seconds and at most one more`() async throws {
        let waits = Waits()
        let buffer = TelemetryBuffer(.logs, try sender(), pause: waits.pause)
        for number in 0..<150 { buffer.add(item(number)) }
        #expect(await eventually { counts.reduce(0, +) >= 100 })
        #expect(await eventually { waits.durations.count >= 2 || counts.reduce(0, +) == 150 })
        waits.end()
        #expect(await eventually { counts.reduce(0, +) == 150 })
        #expect(counts.allSatisfy { $0 <= 100 })
        #expect(try numbers() == (0..<150).map { Int64($0) })
        #expect(waits.durations.allSatisfy { $0 >= .seconds(5) && $0 <= .seconds(6) })
    }

    @Test func `one alone waits for its time`() async throws {
        let waits = Waits()
        let buffer = TelemetryBuffer(.logs, try sender(), pause: waits.pause)
        buffer.add(item(1))
        #expect(await eventually { waits.durations.count == 1 })
        #expect(counts.isEmpty)
        waits.end()
        #expect(await eventually { counts == [1] })
    }

    @Test func `flush hands everything over at once`() async throws {
        let sender = try sender()
        let buffer = TelemetryBuffer(.metrics, sender, pause: Waits().pause)
        for number in 0..<250 { buffer.add(item(number)) }
        buffer.flush()
        #expect(await sender.flush(timeout: .seconds(60)))
        #expect(try numbers().sorted() == (0..<250).map { Int64($0) })
        #expect(counts.allSatisfy { $0 <= 100 })
    }

    @Test(arguments: [(1000, 1500), (10_000, 10_003)])
    func `what comes when the buffer is full is counted, one by one and in bytes`(capacity: Int, added: Int)
        async throws
    {
        let sender = try sender()
        let kind: TelemetryBuffer.Kind = capacity == 1000 ? .logs : .metrics
        // Its task never wakes.
        let buffer = TelemetryBuffer(kind, sender) { _, _ in
            await Task { try? await Task.sleep(for: .seconds(1000)) }.value
        }
        for _ in 0..<added { buffer.add(item(7)) }
        let lost = sender.reports.take()
        #expect(lost[ClientReports.Key(reason: .queueOverflow, category: kind.category)] == added - capacity)
        #expect(
            lost[ClientReports.Key(reason: .queueOverflow, category: kind.byteCategory)] == (added - capacity) * 7)
        buffer.flush()
        #expect(await sender.flush(timeout: .seconds(60)))
        #expect(counts.reduce(0, +) == capacity)
    }

    @Test func `an envelope stays below what a server takes, and so does the memory`() async throws {
        let sender = try sender()
        let buffer = TelemetryBuffer(.logs, sender, pause: Waits().pause)
        let large = [UInt8(ascii: "\"")] + [UInt8](repeating: UInt8(ascii: "x"), count: 300_000) + [UInt8(ascii: "\"")]
        for _ in 0..<40 { buffer.add(large) }
        buffer.add([UInt8](repeating: UInt8(ascii: "1"), count: 1_000_001))
        let lost = sender.reports.take()
        buffer.flush()
        #expect(await sender.flush(timeout: .seconds(60)))
        #expect(transport.envelopes.allSatisfy { $0.items[0].payload.count <= 1_000_000 })
        let dropped = lost[ClientReports.Key(reason: .queueOverflow, category: .logItem)] ?? 0
        #expect(counts.reduce(0, +) + dropped == 40)
        #expect(lost[ClientReports.Key(reason: .invalid, category: .logItem)] == 1)
    }

    @Test func `nothing is lost when many threads add`() async throws {
        let sender = try sender()
        let buffer = TelemetryBuffer(.metrics, sender)
        await withDiscardingTaskGroup { group in
            for task in 0..<8 {
                group.addTask {
                    for number in 0..<500 { buffer.add(item(task * 500 + number)) }
                }
            }
        }
        buffer.flush()
        #expect(await sender.flush(timeout: .seconds(60)))
        #expect(try numbers().sorted() == (0..<4000).map { Int64($0) })
    }
}
