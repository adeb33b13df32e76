// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import TestSupport
import Testing

@testable import FaultlineCore

@Suite struct TrimmingVectorTests {
    @Test(arguments: VectorFile.cases("trim_string"))
    func `a text is cut as the vector says`(_ vector: Vector) throws {
        let limit = vector.input("max_value_length")?.integerValue.map { Int($0) }
        let trimmer = EventTrimmer(filter: KeyFilter(names: [], recursive: false), maxValueLength: limit)
        let value = try #require(vector.input("value"))
        let event = trimmer.trimmed(Event(fields: ["transaction": value]))
        #expect(event.fields["transaction"] == vector.expected["value"])
        let meta = event.fields["_meta"]?.objectValue?["transaction"]?.objectValue?[""] ?? .null
        #expect(meta.means(vector.expected["meta"] ?? .null), "\(meta)")
    }

    @Test(arguments: VectorFile.cases("trim_databags"))
    func `databags are trimmed as the vector says`(_ vector: Vector) throws {
        let options = vector.input("options")?.objectValue ?? [:]
        let trimmer = EventTrimmer(
            filter: KeyFilter(names: [], recursive: false),
            maxValueLength: options["max_value_length"]?.integerValue.map { Int($0) },
            keepsRequestBodies: options["max_request_body_size"] == "always")
        let fields = try #require(vector.input("event")?.objectValue)
        let event = trimmer.trimmed(Event(fields: try #require(Self.meant(.object(fields)).objectValue)))
        var rest = event.fields
        rest["_meta"] = nil
        let expected = try #require(vector.expected["event"])
        #expect(JSONValue.object(rest).means(expected), "\(rest)")
        #expect((event.fields["_meta"] ?? .null).means(vector.expected["_meta"] ?? .null))
    }

    /// What JSON cannot say is written in words. A value here cannot contain itself, so a cycle is taken as cut already.
    private static func meant(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string("<NaN>"): return .number(.nan)
        case .string("<Infinity>"): return .number(.infinity)
        case .string("<-Infinity>"): return .number(-.infinity)
        case .string(let text) where text.hasPrefix("<reference to "): return "<cyclic>"
        case .string(let text) where text.hasPrefix("<bytes "):
            let bytes = text.dropFirst(7).dropLast().split(separator: " ").compactMap { UInt8($0, radix: 16) }
            return .string(String(decoding: bytes, as: UTF8.self))
        case .array(let elements): return .array(elements.map(meant))
        case .object(let fields): return .object(Fields(fields.map { ($0.key, meant($0.value)) }))
        default: return value
        }
    }

    @Test(arguments: VectorFile.cases("scrubbing"))
    func `secrets are filtered as the vector says`(_ vector: Vector) throws {
        let rules = vector.input("scrubber")?.objectValue ?? [:]
        func list(_ key: String) -> [String]? { rules[key]?.arrayValue?.compactMap(\.stringValue) }
        var options = Options()
        options.sendDefaultPII = vector.input("send_default_pii")?.boolValue ?? false
        options.scrubber = EventScrubber(
            denyList: list("denylist") ?? EventScrubber.defaultDenyList,
            piiDenyList: list("pii_denylist") ?? EventScrubber.defaultPIIDenyList,
            recursive: rules["recursive"]?.boolValue ?? false)
        let event = EventTrimmer(filter: options.filter)
            .trimmed(Event(fields: try #require(vector.input("event")?.objectValue)))
        var rest = event.fields
        rest["_meta"] = nil
        let expected = try #require(vector.expected["event"])
        #expect(JSONValue.object(rest).means(expected), "\(rest)")
        let meta = event.fields["_meta"] ?? [:]
        #expect(meta.means(vector.expected["_meta"] ?? [:]), "\(meta)")
    }
}
