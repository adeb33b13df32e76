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

    /// Reads every typed member, so that an accessor that traps is found.
    private static func readAll(_ event: Event) -> Int {
        var copy = event
        copy.exceptions = event.exceptions
        copy.threads = event.threads
        copy.debugImages = event.debugImages
        copy.tags = event.tags
        copy.user = event.user
        copy.message = event.message
        copy.timestamp = event.timestamp
        let stacks = event.exceptions.compactMap(\.stacktrace) + event.threads.compactMap(\.stacktrace)
        let addresses = stacks.flatMap(\.frames).compactMap(\.instructionAddress)
        let sizes = event.debugImages.compactMap(\.imageSize)
        let breadcrumbs = event.breadcrumbs.compactMap(\.objectValue).map { Breadcrumb(fields: $0) }
        return addresses.count + sizes.count + breadcrumbs.count + copy.fields.count
    }

    @Test(arguments: UInt64(1)...16)
    func `a mutated envelope is read or refused, and what was read reads back`(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var (read, refused, events) = (0, 0, 0)
        for _ in 0..<150 {
            let sample = try #require(SampleEnvelope.all.randomElement(using: &generator))
            let bytes = Self.mutate(sample.bytes, using: &generator)
            switch Result(catching: { () throws(EnvelopeError) in try Envelope(parsing: bytes) }) {
            case .success(let envelope):
                read += 1
                let text = envelope.serialized()
                #expect(try Envelope(parsing: text).serialized() == text)
                for item in envelope.items {
                    guard let fields = (try? JSONValue(parsing: item.payload))?.objectValue else { continue }
                    events += Self.readAll(Event(fields: fields)) > 0 ? 1 : 0
                }
            case .failure(let error):
                refused += 1
                #expect((0...bytes.count).contains(error.offset))
            }
        }
        // Mutations that are all refused, or none, would test nothing.
        #expect(read > 10 && refused > 10 && events > 0, "read \(read), refused \(refused), events \(events)")
    }

    @Test(arguments: UInt64(101)...116)
    func `a mutated JSON text is read or refused, and what was read reads back`(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let samples = SampleEnvelope.all.flatMap { (try? Envelope(parsing: $0.bytes))?.items ?? [] }.map(\.payload)
            .filter { $0.first == UInt8(ascii: "{") }
        var (read, refused) = (0, 0)
        for _ in 0..<250 {
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

    @Test(arguments: UInt64(201)...208)
    func `random texts are never a trap for DSN, time, id and address`(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let samples = [
            "https://key:secret@o12.example.com:443/a/b/42", "http://k@[::1]:80/1", "2026-08-21T09:30:00.123456+02:00",
            "fc6d8c0c-43fc-4630-ad85-0ee518f1b9d0", "0x55d0c1a21b3c",
        ].map { Array($0.utf8) }
        for _ in 0..<500 {
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
