// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import TestSupport
import Testing

@Suite struct TimestampTests {
    @Test(arguments: VectorFile.cases("scalars") { $0.input("parse") != nil })
    func `a time is read as the vector says`(_ vector: Vector) throws {
        let text = try #require(vector.input("parse")?.stringValue)
        let time = try #require(Timestamp(text))
        #expect(time.description == vector.fields["expected"]?.stringValue)
    }

    @Test(arguments: VectorFile.cases("scalars") { $0.input("local") != nil })
    func `a local time is written in UTC`(_ vector: Vector) throws {
        let parts = try #require(vector.input("local")?.arrayValue).compactMap(\.integerValue)
        let offset = try #require(vector.input("utc_offset_minutes")?.integerValue)
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let (hours, minutes) = abs(offset).quotientAndRemainder(dividingBy: 60)
        let text =
            "\(parts[0])-\(two(parts[1]))-\(two(parts[2]))T00:00:00\(offset < 0 ? "-" : "+")\(two(hours)):\(two(minutes))"
        #expect(Timestamp(text)?.description == vector.fields["expected"]?.stringValue)
    }

    @Test(arguments: [
        "2000-02-29T23:59:59.999999Z", "1969-12-31T23:59:59.500000Z", "0000-01-01T00:00:00.000000Z",
        "9999-12-31T23:59:59.999999Z", "1900-03-01T00:00:00.000001Z", "2024-12-31T00:00:00.000000Z",
    ])
    func `what is written reads back the same`(_ text: String) {
        #expect(Timestamp(text)?.description == text)
    }

    @Test func `every day from 1600 to 2400 keeps its order and its text`() {
        var last = ""
        for day in Int64(-135_140)...157_054 {
            let time = Timestamp(seconds: day * 86400)
            let text = time.description
            guard text > last, Timestamp(text) == time else {
                Issue.record("day \(day): \(text) after \(last)")
                return
            }
            last = text
        }
        #expect(last == "2400-01-01T00:00:00.000000Z")
    }

    @Test(arguments: [
        "", "2021-02-29T00:00:00Z", "2021-04-31T00:00:00Z", "1900-02-29T00:00:00Z", "2021-00-01T00:00:00Z",
        "2021-13-01T00:00:00Z", "2021-01-00T00:00:00Z", "2021-01-01T24:00:00Z", "2021-01-01T00:60:00Z",
        "2021-01-01T00:00:61Z", "2021-01-01T00:00:00", "2021-01-01T00:00:00.Z", "2021-01-01T00:00:00Zx",
        "2021-01-01T00:00:00+24:00", "2021-01-01T00:00:00+00:60", "2021-1-1T00:00:00Z", "２021-01-01T00:00:00Z", "now",
    ])
    func `a text that is no time is nil`(_ text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func `decimals beyond nanoseconds are cut, a leap second is the next one`() {
        #expect(Timestamp("1970-01-01T00:00:00.1234567899Z")?.nanoseconds == 123_456_789)
        #expect(Timestamp("2016-12-31T23:59:60Z") == Timestamp("2017-01-01T00:00:00Z"))
    }

    @Test func `seconds since 1970 are read to the microsecond`() {
        // As a Double, 1787304659.123456 is a little less: cutting would lose a microsecond.
        #expect(Timestamp(.number(1_787_304_659.123456))?.description == "2026-08-21T09:30:59.123456Z")
        #expect(Timestamp(.number(-0.5))?.description == "1969-12-31T23:59:59.500000Z")
        #expect(Timestamp(.number(0.999_999_9)) == Timestamp(seconds: 1))
        #expect(Timestamp(.integer(1_787_304_660)) == Timestamp(seconds: 1_787_304_660))
        #expect(Timestamp(JSONValue.string("2021-01-01T00:00:00Z")) == Timestamp(seconds: 1_609_459_200))
    }

    @Test(arguments: [
        JSONValue.number(.infinity), .number(.nan), .number(1e300), .number(-1e300), .integer(.max), .integer(.min),
        .integer(253_402_300_800), .null, .bool(true), [1],
    ])
    func `a value that is no time of the years 0 to 9999 is nil`(_ value: JSONValue) {
        #expect(Timestamp(value) == nil)
    }

    @Test func `nanoseconds outside of a second are carried`() {
        #expect(Timestamp(seconds: 1, nanoseconds: 2_500_000_000) == Timestamp(seconds: 3, nanoseconds: 500_000_000))
        #expect(Timestamp(seconds: 1, nanoseconds: -1) == Timestamp(seconds: 0, nanoseconds: 999_999_999))
    }

    @Test func `the ends of the range do not trap`() {
        #expect(Timestamp(seconds: .max, nanoseconds: .max).seconds == .max)
        #expect(Timestamp(seconds: .min, nanoseconds: .min).seconds == .min)
        #expect(Timestamp(seconds: .max).advanced(by: .seconds(1)).seconds == .max)
        #expect(Timestamp(seconds: .min).advanced(by: .seconds(-1)).seconds == .min)
        for seconds in [Int64.min, .max] { #expect(!Timestamp(seconds: seconds).description.isEmpty) }
    }

    @Test func `times are ordered and can be moved`() {
        let time = Timestamp(seconds: 10, nanoseconds: 1)
        #expect(time > Timestamp(seconds: 10))
        #expect(time.advanced(by: .nanoseconds(-2)) == Timestamp(seconds: 9, nanoseconds: 999_999_999))
        #expect(time.advanced(by: .milliseconds(1500)) == Timestamp(seconds: 11, nanoseconds: 500_000_001))
    }

    @Test func `now lies after this was written`() {
        #expect(Timestamp.now() > Timestamp(seconds: 1_700_000_000))
    }
}
