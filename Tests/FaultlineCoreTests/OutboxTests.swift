// SPDX-License-Identifier: Apache-2.0

import FaultlineCrash
import FaultlineFiles
import FaultlineProtocol
import Testing

@testable import FaultlineCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

@Suite struct OutboxTests {
    let directory = TemporaryDirectory()

    @Test func `an envelope is stored whole, readable by its owner only, under its time and event id`() throws {
        let outbox = Outbox(in: directory)
        let id = EventID()
        try outbox.store(.test("kept", id: id))
        let name = try #require(outbox.names().first)
        #expect(name.hasSuffix("Z-\(id).envelope"))
        #expect(WholeFile.names(in: outbox.directory) == [name])
        var status = stat()
        #expect(stat(outbox.path(name), &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        let stored = try Envelope(parsing: #require(TemporaryDirectory.contents(of: outbox.path(name))))
        #expect(stored.eventID == id)
        #expect(stored.header["sent_at"] == nil)
    }

    @Test func `files come oldest first`() throws {
        let outbox = Outbox(in: directory)
        let ids = (0..<5).map { _ in EventID() }
        for id in ids { try outbox.store(.test(id: id)) }
        #expect(outbox.names().map { $0.suffix(41) } == ids.map { Substring("\($0).envelope") })
    }

    @Test func `a finished file is adopted by a rename, and counts for the caps`() throws {
        let outbox = Outbox(in: directory, limits: Outbox.Limits(files: 1))
        try outbox.store(.test())
        let id = EventID()
        let file = directory.path + "/report"
        try WholeFile.write(Envelope.test(id: id).serialized(), to: file)
        let inode = try #require(WholeFile.status(file)).key
        #expect(try outbox.adopt(file, id) == Outbox.Dropped(files: 1, losses: [.error: 1]))
        let name = try #require(outbox.names().first)
        #expect(name.hasSuffix("-\(id).envelope"))
        #expect(WholeFile.status(outbox.path(name))?.key == inode)
        #expect(WholeFile.status(file) == nil)
        #expect(throws: SystemError.self) { try outbox.adopt(file, id) }
    }

    @Test func `over the cap of files the oldest go, and their number is told`() throws {
        let outbox = Outbox(in: directory, limits: Outbox.Limits(files: 3))
        let ids = (0..<5).map { _ in EventID() }
        var dropped = Outbox.Dropped()
        for id in ids { dropped.add(try outbox.store(.test(id: id))) }
        #expect(dropped == Outbox.Dropped(files: 2, losses: [.error: 2]))
        #expect(outbox.names().map { $0.suffix(41) } == ids.suffix(3).map { Substring("\($0).envelope") })
    }

    @Test func `over the cap of bytes the oldest go, but never the only one`() throws {
        let text = String(repeating: "x", count: 1000)
        let outbox = Outbox(in: directory, limits: Outbox.Limits(bytes: 2500))
        for _ in 0..<4 { try outbox.store(.test(text)) }
        #expect(outbox.names().count == 2)
        try outbox.store(.test(String(repeating: "y", count: 5000)))
        #expect(outbox.names().count == 1)
    }

    @Test func `what has waited for longer than 30 days goes, and its parts are counted`() throws {
        let outbox = Outbox(in: directory)
        var envelope = Envelope.test()
        envelope.items.append(EnvelopeItem(type: "attachment", payload: [1, 2, 3]))
        let names = ["20200101T000000.000000Z-a.envelope", "20200101T000000.000000Z-b.envelope"]
        for name in names { try WholeFile.write(envelope.serialized(), to: outbox.path(name)) }
        // The second one was written lately, whatever its name says: the clock was wrong.
        var times = [timeval(tv_sec: time(nil) - 31 * 86_400, tv_usec: 0)]
        times.append(times[0])
        #expect(utimes(outbox.path(names[0]), &times) == 0)
        try outbox.store(.test())
        #expect(outbox.dropOld() == Outbox.Dropped(files: 1, losses: [.error: 1, .attachment: 3]))
        #expect(outbox.names().count == 2)
        #expect(outbox.names().first == names[1])
    }

    @Test func `a place that cannot be written is an error that names it`() {
        let outbox = Outbox(directory: "/proc/nowhere", quarantine: Quarantine(directory: directory.path))
        let error = #expect(throws: SystemError.self) { try outbox.store(.test()) }
        #expect(error?.description.contains("/proc/nowhere") == true)
        #expect(outbox.names().isEmpty)
    }

    @Test func `files that a dead process left half-written go after an hour, younger ones stay`() throws {
        let outbox = Outbox(in: directory)
        let old = outbox.path(".old.envelope.1.tmp")
        let young = outbox.path(".young.envelope.1.tmp")
        for path in [old, young] { try WholeFile.write([1], to: path) }
        var times = [timeval(tv_sec: time(nil) - 4000, tv_usec: 0), timeval(tv_sec: time(nil) - 4000, tv_usec: 0)]
        #expect(utimes(old, &times) == 0)
        #expect(outbox.tidy() == Outbox.Dropped())
        #expect(WholeFile.names(in: outbox.directory) == [".young.envelope.1.tmp"])
    }

    @Test func `the quarantine keeps the newest hundred`() {
        let outbox = Outbox(in: directory)
        for number in 100..<210 { outbox.quarantine.take([1], name: "\(number).envelope", reason: "no \(number)") }
        #expect(outbox.quarantined.count == 100)
        #expect(outbox.quarantined.first == "110.envelope")
        #expect(TemporaryDirectory.text(of: "\(outbox.quarantine.directory)/209.envelope.reason") == "no 209\n")
    }
}
