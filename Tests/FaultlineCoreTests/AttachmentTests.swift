// SPDX-License-Identifier: Apache-2.0

import FaultlineCrash
import FaultlineFiles
import FaultlineProtocol
import Synchronization
import TestSupport
import Testing

@testable import FaultlineCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The Testing library has one, too.
private typealias Attachment = FaultlineCore.Attachment

@Suite struct AttachmentTests {
    let directory = TemporaryDirectory()
    let transport = KeptTransport()
    let recorder = LogRecorder()

    private func client(_ configure: (inout Options) -> Void = { _ in }) throws -> Client {
        var options = Options()
        options.dsn = "https://key@o42.example.com/7"
        configure(&options)
        return try Client(options, transport: transport)
    }

    private func file(_ name: String, _ text: String) throws -> String {
        let path = "\(directory.path)/\(name)"
        try WholeFile.write(Array(text.utf8), to: path)
        return path
    }

    /// The attachments of the one event that is captured with these.
    private func sent(_ client: Client, _ attachments: Attachment...) async throws -> [EnvelopeItem] {
        FaultlineSDK.withIsolationScope { _ in
            for attachment in attachments { FaultlineSDK.addAttachment(attachment) }
            #expect(client.captureMessage("x") != nil)
        }
        #expect(await client.flush(timeout: .seconds(60)))
        let envelope = try #require(transport.envelopes.last { $0.eventID != nil })
        #expect(envelope.items.first?.type == "event")
        return envelope.items.filter { $0.type == "attachment" }
    }

    @Test func `bytes, a file and a closure travel with the event`() async throws {
        let items = try await sent(
            try client(), Attachment(.bytes(Array("a\nb\n".utf8)), filename: "/tmp/notes.txt"),
            Attachment(path: try file("state.json", "{}"), contentType: "application/x-state"),
            Attachment(.closure { [1, 2, 3] }, filename: "dump"))
        #expect(items.map { $0.header["filename"] } == ["notes.txt", "state.json", "dump"])
        #expect(items.map { $0.header["content_type"] } == ["text/plain", "application/x-state", nil])
        #expect(items.allSatisfy { $0.header["attachment_type"] == "event.attachment" })
        #expect(items.map(\.payload) == [Array("a\nb\n".utf8), Array("{}".utf8), [1, 2, 3]])
    }

    @Test func `a file is read when the event is sent`() async throws {
        let client = try client()
        let path = try file("service.log", "early")
        let asked = Mutex(0)
        let isOpen = Mutex(false)
        transport.answer { _ in
            while !isOpen.withLock({ $0 }) { await Task.yield() }
            return .accepted
        }
        // The transport is busy with this one.
        client.captureMessage("first")
        FaultlineSDK.withIsolationScope { _ in
            FaultlineSDK.addAttachment(Attachment(path: path))
            FaultlineSDK.addAttachment(
                Attachment(
                    .closure {
                        asked.withLock { $0 += 1 }
                        return []
                    }, filename: "asked"))
            client.captureMessage("second")
        }
        #expect(asked.withLock { $0 } == 0)
        try WholeFile.write(Array("late".utf8), to: path)
        isOpen.withLock { $0 = true }
        #expect(await client.flush(timeout: .seconds(60)))
        let items = try #require(transport.envelopes.last { $0.eventID != nil }).items
        #expect(items.filter { $0.type == "attachment" }.map(\.payload) == [Array("late".utf8), []])
        #expect(asked.withLock { $0 } == 1)
    }

    @Test func `what cannot be read costs only itself, and is counted`() async throws {
        let client = try client { $0.sendClientReports = true }
        let pipe = "\(directory.path)/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        let items = try await sent(
            client, Attachment(path: "\(directory.path)/missing"), Attachment(path: pipe),
            Attachment(path: directory.path), Attachment(.closure { nil }, filename: "nothing"),
            Attachment(.bytes([1]), filename: "good"))
        #expect(items.map { $0.header["filename"] } == ["good"])
        let taken = client.sender.reports.take()
        let report = transport.envelopes.flatMap(\.items).last { $0.type == "client_report" }
        let told = report.map { String(decoding: $0.payload, as: UTF8.self) } ?? ""
        #expect(
            taken[ClientReports.Key(reason: .internalSDKError, category: .attachment)] == 4
                || told.contains(#"{"reason":"internal_sdk_error","category":"attachment","quantity":4}"#), "\(told)")
    }

    @Test func `a transaction takes only those that are meant for it`() async throws {
        let client = try client()
        FaultlineSDK.withIsolationScope { _ in
            FaultlineSDK.addAttachment(Attachment(.bytes([1]), filename: "errors"))
            FaultlineSDK.addAttachment(Attachment(.bytes([2]), filename: "all", addToTransactions: true))
            FaultlineSDK.addFeatureFlag("new-cart", true)
            let event: Fields = ["type": "transaction", "transaction": "GET /", "start_timestamp": 1, "timestamp": 2]
            #expect(client.captureEvent(Event(fields: event)) != nil)
        }
        #expect(await client.flush(timeout: .seconds(60)))
        let items = try #require(transport.envelopes.last { $0.eventID != nil }).items
        #expect(items.map(\.type) == ["transaction", "attachment"])
        #expect(items.last?.header["filename"] == "all")
        #expect(!String(decoding: items[0].payload, as: UTF8.self).contains("new-cart"))
    }

    @Test func `a link is followed`() async throws {
        let link = "\(directory.path)/current.log"
        #expect(symlink(try file("today.log", "text"), link) == 0)
        let items = try await sent(try client(), Attachment(path: link))
        #expect(items.map { $0.header["filename"] } == ["current.log"])
        #expect(items.map(\.payload) == [Array("text".utf8)])
    }

    @Test func `one that is too large is left out, and counted in bytes`() throws {
        let reports = ClientReports()
        let items = AttachmentItems(limit: 10, reports: reports, logger: recorder.logger)
        let envelope = Envelope(
            items: items.items(for: [
                Attachment(.bytes([UInt8](repeating: 0, count: 11)), filename: "bytes"),
                Attachment(path: try file("file", "eleven bytes")),
                Attachment(.closure { [UInt8](repeating: 0, count: 13) }, filename: "closure"),
                Attachment(.closure { [UInt8](repeating: 0, count: 10) }, filename: "just right"),
            ]))
        #expect(envelope.readingLatePayloads().items.map { $0.header["filename"] } == ["just right"])
        #expect(reports.take() == [ClientReports.Key(reason: .invalid, category: .attachment): 11 + 12 + 13])
    }

    @Test func `together they stay below what waits on disk`() {
        let items = AttachmentItems(limit: 20 << 20, reports: ClientReports(), logger: recorder.logger)
        let large = Attachment(.closure { [UInt8](repeating: 0, count: 15 << 20) }, filename: "large")
        let small = Attachment(.closure { [1] }, filename: "small")
        let envelope = Envelope(items: items.items(for: [large, large, large, small]))
        #expect(envelope.readingLatePayloads().items.map { $0.header["filename"] } == ["large", "large", "small"])
    }

    @Test func `bytes count among them, and cost only themselves`() {
        let reports = ClientReports()
        let items = AttachmentItems(limit: 20 << 20, reports: reports, logger: recorder.logger)
        let large = Attachment(.bytes([UInt8](repeating: 0, count: 15 << 20)), filename: "large")
        let late = Attachment(.closure { [UInt8](repeating: 0, count: 11 << 20) }, filename: "late")
        let small = Attachment(.closure { [1] }, filename: "small")
        let envelope = Envelope(items: items.items(for: [large, large, large, late, small])).readingLatePayloads()
        #expect(envelope.items.map { $0.header["filename"] } == ["large", "large", "small"])
        #expect(reports.take() == [ClientReports.Key(reason: .invalid, category: .attachment): 26 << 20])
    }

    @Test func `a dead run's file is read when it is the same, and said to be left out when it was replaced`() throws {
        let items = AttachmentItems(limit: 100, reports: ClientReports(), logger: recorder.logger)
        func noted(_ path: String) -> Attachment {
            Attachment(path: path, note: Attachment(path: path).note(path: path))
        }
        let grown = try file("grown.log", "one"), rotated = try file("rotated.log", "one")
        let link = "\(directory.path)/current.log", later = "\(directory.path)/later.log"
        let pointed = "\(directory.path)/pointed.log"
        #expect(symlink(grown, link) == 0 && symlink(rotated, pointed) == 0)
        let attached = [grown, rotated, link, later, pointed].map(noted)
        let appended = try FileDescriptor(opening: grown, O_WRONLY | O_APPEND)
        #expect(WholeFile.writeAll(Array(" two".utf8), to: appended.number) == 0)
        #expect(rename(rotated, rotated + ".1") == 0)
        _ = try file("rotated.log", "another's")
        _ = try file("later.log", "another's")
        let (read, leftOut) = items.readNow(attached)
        #expect(read.map { $0.header["filename"] } == ["grown.log", "current.log"])
        #expect(read.allSatisfy { $0.payload == Array("one two".utf8) })
        #expect(leftOut.map(\.name) == ["rotated.log", "later.log", "pointed.log"])
        #expect(leftOut.map(\.reason).filter { $0.contains("replaced") }.count == 2)
        // A link in the place of the file leads nowhere.
        #expect(unlink(rotated) == 0 && symlink(rotated + ".1", rotated) == 0)
        #expect(items.readNow([attached[1]]).items.isEmpty)
        var changed = attached[1]
        changed.content = .path(rotated)
        #expect(items.readNow([changed]).items.map(\.payload) == [Array("one".utf8)])
    }

    @Test func `an envelope in the outbox has the bytes in it`() async throws {
        let outbox = Outbox(in: directory)
        let sender = Sender(
            Sender.Configuration(dsn: nil, transport: nil, outbox: outbox, logger: recorder.logger))
        let items = AttachmentItems(limit: 100, reports: sender.reports, logger: recorder.logger)
        var envelope = Envelope.test()
        envelope.items += items.items(for: [Attachment(path: try file("a.txt", "text"))])
        #expect(envelope.items.last?.payload == [])
        #expect(sender.enqueue(envelope))
        await sender.close(timeout: .zero)
        let name = try #require(outbox.names().first)
        let stored = try Envelope(parsing: try #require(TemporaryDirectory.contents(of: outbox.path(name))))
        #expect(stored.items.last?.payload == Array("text".utf8))
    }

    @Test func `scopes' attachments are joined, forked and cleared`() {
        let scope = Scope.root.fork(.isolation)
        scope.addAttachment(Attachment(.bytes([1]), filename: "a"))
        let fork = scope.fork(.isolation)
        fork.addAttachment(Attachment(.bytes([2]), filename: "b"))
        let current = scope.fork(.current)
        current.clear()
        current.addAttachment(Attachment(.bytes([3]), filename: "c"))
        #expect(fork.files == ["a", "b"])
        #expect(current.files == ["c"])
        fork.clearAttachments()
        #expect(fork.files.isEmpty)
        #expect(scope.files == ["a"])
        for number in 0..<200 { scope.addAttachment(Attachment(.bytes([]), filename: "\(number)")) }
        #expect(scope.files.count == 100)
    }

    @Test func `a relative path is one from where the process is now`() {
        let scope = Scope.root.fork(.isolation)
        scope.addAttachment(Attachment(path: "notes/today.txt"))
        guard case .path(let path)? = scope.hooks?.attachments.first?.content else {
            Issue.record("no path")
            return
        }
        #expect(path.hasPrefix("/") && path.hasSuffix("/notes/today.txt"))
        #expect(scope.files.first == "today.txt")
    }
}

extension Scope {
    /// The names of what is attached.
    fileprivate var files: [String] { hooks?.attachments.map(\.filename) ?? [] }
}
