// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Testing

/// Hostile input: samples with bytes changed, cut and repeated. Reading may fail, but never trap; and what was read must
/// survive being written and read again. Each seed is a case of its own.
@Suite struct MutationTests {
    private static let tokens = [
        "{", "}", "[", "]", "\"", "\\", "\\u", "\\ud83d", ",", ":", "\n", "\r\n", "-", "1e999", "0", ".", "null",
        "\u{feff}",
        "99999999999999999999", "\"length\":", "\"type\":1,", "{\"type\":\"a\"}\n", "{\"type\":\"a\",\"length\":3}\n",
    ].map { Array($0.utf8) }

    private static func mutate(_ bytes: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            guard !bytes.isEmpty else { return bytes }
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            let end = min(bytes.count, place + Int.random(in: 1...32, using: &generator))
            switch Int.random(in: 0..<7, using: &generator) {
            case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 1: bytes[place] = .random(in: .min ... .max, using: &generator)
            case 2: bytes.removeSubrange(place..<end)
            case 3: bytes.removeSubrange(place...)
            case 4: bytes.insert(contentsOf: bytes[place..<end], at: place)
            case 5: bytes.insert(contentsOf: tokens.randomElement(using: &generator) ?? [], at: place)
            default: bytes.replaceSubrange(place..<end, with: tokens.randomElement(using: &generator) ?? [])
            }
        }
        return bytes
    }

    /// The samples, and each again without lengths, so that a changed payload is read where its length would refuse it.
    private static let envelopes: [[UInt8]] = SampleEnvelope.all.flatMap { sample in
        let text = String(decoding: sample.bytes, as: UTF8.self)
        return [sample.bytes, Array(text.replacing(#/,"length":\d+}/#, with: "}").utf8)]
    }

    /// Each member and element is another value with a chance of one in 40.
    private static func replaceMembers(of value: JSONValue, using generator: inout SeededGenerator) -> JSONValue {
        func changed(_ value: JSONValue, using generator: inout SeededGenerator) -> JSONValue {
            guard Int.random(in: 0..<40, using: &generator) == 0 else {
                return replaceMembers(of: value, using: &generator)
            }
            return values.randomElement(using: &generator) ?? .null
        }
        switch value {
        case .array(let elements): return .array(elements.map { changed($0, using: &generator) })
        case .object(let fields):
            return .object(Fields(fields.map { ($0.key, changed($0.value, using: &generator)) }))
        default: return value
        }
    }

    private static let values: [JSONValue] = [
        nil, true, 0, -1, .integer(.max), .integer(.min), 1.5, .number(1e300), .number(-1e300), "", "0x", "x", "\u{0}",
        "0xffffffffffffffff", "2026-13-01T00:00:00Z", [], [nil], [["a", "b"]], [:], ["values": []], ["values": 1],
        ["frames": [1, [:]]],
    ]

    /// Reads every typed member and sets it to what was read, so that an accessor that traps is found.
    private static func setEveryMember(of event: Event) -> Event {
        var copy = event
        copy.eventID = event.eventID
        copy.timestamp = event.timestamp
        copy.level = event.level
        copy.message = event.message
        copy.tags = event.tags
        copy.extra = event.extra
        copy.contexts = event.contexts
        copy.fingerprint = event.fingerprint
        copy.user = event.user
        copy.request = event.request
        copy.breadcrumbs = event.breadcrumbs.compactMap(\.objectValue).map { Breadcrumb(fields: $0).json }
        copy.exceptions = event.exceptions.map { exception in
            var copy = exception
            copy.threadID = exception.threadID
            copy.mechanism = exception.mechanism
            copy.mechanism?.exceptionID = exception.mechanism?.exceptionID
            copy.stacktrace = exception.stacktrace.map(setEveryMember)
            return copy
        }
        copy.threads = event.threads.map { thread in
            var copy = thread
            copy.id = thread.id
            copy.stacktrace = thread.stacktrace.map(setEveryMember)
            return copy
        }
        copy.debugImages = event.debugImages.map { image in
            var copy = image
            copy.imageAddress = image.imageAddress
            copy.imageVMAddress = image.imageVMAddress
            copy.imageSize = image.imageSize
            return copy
        }
        return copy
    }

    private static func setEveryMember(of stack: Stacktrace) -> Stacktrace {
        var copy = stack
        copy.registers = stack.registers
        copy.frames = stack.frames.map { frame in
            var copy = frame
            copy.instructionAddress = frame.instructionAddress
            copy.symbolAddress = frame.symbolAddress
            copy.imageAddress = frame.imageAddress
            copy.lineno = frame.lineno
            copy.preContext = frame.preContext
            return copy
        }
        return copy
    }

    @Test(arguments: UInt64(1)...16)
    func `a mutated envelope is read or refused, and what was read reads back`(_ seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        var (read, refused) = (0, 0)
        for _ in 0..<150 {
            await Task.yield()  // other tests wait for answers meanwhile, on as many threads as there are cores
            let bytes = Self.mutate(try #require(Self.envelopes.randomElement(using: &generator)), using: &generator)
            switch Result(catching: { () throws(EnvelopeError) in try Envelope(parsing: bytes) }) {
            case .success(let envelope):
                read += 1
                let text = envelope.serialized()
                #expect(try Envelope(parsing: text).serialized() == text)
            case .failure(let error):
                refused += 1
                #expect((0...bytes.count).contains(error.offset))
            }
        }
        // Mutations that are all refused, or none, would test nothing.
        #expect(read > 10 && refused > 10, "read \(read), refused \(refused)")
    }

    @Test(arguments: UInt64(101)...116)
    func `a mutated JSON text is read or refused, and what was read reads back`(_ seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let samples = SampleEnvelope.all.flatMap { (try? Envelope(parsing: $0.bytes))?.items ?? [] }.map(\.payload)
            .filter { $0.first == UInt8(ascii: "{") }
        var (read, refused) = (0, 0)
        for _ in 0..<250 {
            await Task.yield()
            let bytes = Self.mutate(try #require(samples.randomElement(using: &generator)), using: &generator)
            switch Result(catching: { () throws(JSONError) in try JSONValue(parsing: bytes) }) {
            case .success(let value):
                read += 1
                #expect(try JSONValue(parsing: value.serialized()) == value)
            case .failure(let error):
                refused += 1
                #expect((0...bytes.count).contains(error.offset))
            }
        }
        #expect(read > 10 && refused > 10, "read \(read), refused \(refused)")
    }

    @Test(arguments: UInt64(151)...166)
    func `an event with members of other types is read without a trap, and setting them back is harmless`(
        _ seed: UInt64
    ) async throws {
        var generator = SeededGenerator(seed: seed)
        let sample = try #require(SampleEnvelope.all.first { $0.name == "crash_with_session_and_attachment" })
        let event = try JSONValue(parsing: #require(Envelope(parsing: sample.bytes).items.first).payload)
        var changed = 0
        for _ in 0..<100 {
            await Task.yield()
            let value = Self.replaceMembers(of: event, using: &generator)
            changed += value == event ? 0 : 1
            let copy = Self.setEveryMember(of: Event(fields: try #require(value.objectValue)))
            #expect(try JSONValue(parsing: copy.serialized()) == .object(copy.fields))
        }
        #expect(changed > 50)
    }

    @Test(arguments: UInt64(201)...208)
    func `random texts are never a trap for DSN, time, id and address`(_ seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let samples = [
            "https://key:secret@o12.example.com:443/a/b/42", "http://k@[::1]:80/1", "2026-08-21T09:30:00.123456+02:00",
            "fc6d8c0c-43fc-4630-ad85-0ee518f1b9d0", "0x55d0c1a21b3c",
        ].map { Array($0.utf8) }
        for _ in 0..<500 {
            await Task.yield()
            let bytes = Self.mutate(try #require(samples.randomElement(using: &generator)), using: &generator)
            let text = String(decoding: bytes, as: UTF8.self)
            if let dsn = try? DSN(text) {
                #expect(try DSN(dsn.description).envelopeURL == dsn.envelopeURL)
                #expect(dsn.authHeader(client: "c").utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f })
            }
            if let time = Timestamp(text), let again = Timestamp(time.description) {
                #expect(again.description == time.description)
            }
            if let id = EventID(text) { #expect(EventID(id.description) == id) }
            _ = Frame(fields: ["instruction_addr": .string(text)]).instructionAddress
        }
    }
}
