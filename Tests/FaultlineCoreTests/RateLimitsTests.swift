// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import TestSupport
import Testing

@testable import FaultlineCore

@Suite struct RateLimitsTests {
    @Test(arguments: VectorFile.cases("rate_limit_header"))
    func `a header says how long each category is limited`(vector: Vector) throws {
        let header = try #require(vector.input("header")?.stringValue)
        let limits = RateLimits(header: header) ?? RateLimits()
        let expected = try #require(vector.specified?.objectValue)
        var seconds: [String: Double] = [:]
        seconds["*all*"] = limits.all.map { $0 / .seconds(1) }
        for (category, limit) in limits.categories { seconds[category.rawValue] = limit / .seconds(1) }
        #expect(seconds == Dictionary(expected.map { ($0.key, $0.value.doubleValue ?? .nan) }) { $1 })
    }

    @Test(arguments: ["nan:error", "inf::", "1e999:error", "0x10:error", ":error", "::", "abc", "1 0 x:error"])
    func `what is no number of seconds says nothing`(header: String) {
        #expect(RateLimits(header: header) == nil)
    }

    @Test func `fractions and blanks are read, and enormous numbers do not trap`() {
        #expect(RateLimits(header: " 1.5 : error ; session : key ")?.categories[.session] == .milliseconds(1500))
        #expect(RateLimits(header: "60: :organization")?.all == .seconds(60))
        #expect(RateLimits(header: "1e300:error")?.categories[.error] == .seconds(3e10))
        #expect(RateLimits(header: "60:foobar:key") == RateLimits())
    }

    @Test(arguments: [
        ("7", Duration.seconds(7)), ("0.5", .milliseconds(500)), (" 7 ", .seconds(7)), ("0", .seconds(60)),
        ("-5", .seconds(60)), ("nan", .seconds(60)), ("inf", .seconds(60)), ("", .seconds(60)),
        ("Sun, 06 Nov 1994 08:49:37 GMT", .seconds(30)), ("Sunday, 06-Nov-94 08:49:37 GMT", .seconds(30)),
        ("Sun Nov  6 08:49:37 1994", .seconds(30)), ("Sun, 06 Nov 1994 08:49:07 GMT", .seconds(60)),
        ("Sun, 06 Nov 1994 25:49:37 GMT", .seconds(60)), ("Sun, 06 Foo 1994 08:49:37 GMT", .seconds(60)),
        ("Tue, 29 Feb 2000 00:00:00 GMT", .seconds(951_782_400 - 784_111_747)),
    ])
    func `429 waits for Retry-After in seconds or until a date, or a minute where that says nothing`(
        text: String, limit: Duration
    ) {
        let now = Timestamp(seconds: 784_111_747)
        #expect(RateLimits(status: 429, rateLimits: nil, retryAfter: text, now: now).all == limit)
        #expect(RateLimits(status: 429, rateLimits: ",,", retryAfter: text, now: now).all == limit)
        #expect(RateLimits(status: 503, rateLimits: nil, retryAfter: text, now: now).isEmpty)
    }

    // MARK: - In force

    @Test(arguments: VectorFile.cases("rate_limit_enforcement"))
    func `limited items do not leave`(vector: Vector) throws {
        let names = try #require(vector.input("active_limits")?.arrayValue).compactMap(\.stringValue)
        let types = try #require(vector.input("items")?.arrayValue).compactMap(\.stringValue)
        var expected = Expectation(try #require(vector.specified?.objectValue))
        expected.follow(the: types, names)

        var limits = ActiveLimits()
        _ = limits.add(
            RateLimits(
                all: names.contains("*all*") ? .seconds(60) : nil,
                categories: Dictionary(names.compactMap { DataCategory(rawValue: $0) }.map { ($0, .seconds(60)) }) {
                    $1
                }))
        // Of a log the vectors tell the size that was lost: it is made of that size.
        let logBytes = expected.report.lazy.compactMap { row in
            row.contains(" log_byte ") ? row.split(separator: " ").last.flatMap { Int($0) } : nil
        }.first
        var envelope = Envelope(items: types.map { EnvelopeItem.sample($0, logBytes: logBytes ?? 2) })
        let reports = ClientReports()
        for item in limits.remove(from: &envelope) { reports.record(.rateLimitBackoff, lossOf: item) }
        #expect(envelope.items.map(\.type) == expected.sent)
        #expect(envelope.items.isEmpty == !expected.isSent)
        #expect(reports.rows == expected.report)
    }

    /// What a vector expects, with the two rules of the specification that its `note`s name beside what was observed.
    private struct Expectation {
        var sent: [String]
        var isSent: Bool
        var report: [String]

        init(_ fields: Fields) {
            sent = fields["sent"]?.arrayValue?.compactMap(\.stringValue) ?? ["none"]
            isSent = fields["envelope_sent"]?.boolValue ?? false
            report = (fields["client_report"]?.arrayValue ?? []).map { row in
                row.arrayValue?.map { $0.stringValue ?? "\($0.integerValue ?? -1)" }.joined(separator: " ") ?? "no row"
            }.sorted()
        }

        mutating func follow(the types: [String], _ limits: [String]) {
            // Feedback has a category of its own.
            if types.contains("feedback"), limits == ["default"] || limits == ["feedback"] {
                let isLimited = limits == ["feedback"]
                sent = isLimited ? types.filter { $0 != "feedback" } : types
                report = isLimited ? ["ratelimit_backoff feedback 1"] : []
            }
            // An attachment travels with its event, or not at all.
            let owners = types.filter { $0 == "event" || $0 == "transaction" }
            if !owners.isEmpty, !sent.contains(where: owners.contains), let at = sent.firstIndex(of: "attachment") {
                sent.remove(at: at)
                report = (report + ["ratelimit_backoff attachment 11"]).sorted()
            }
            isSent = !sent.isEmpty
        }
    }

    @Test func `of two limits the one that ends later counts, and each ends`() {
        let now = ContinuousClock.now
        var limits = ActiveLimits()
        func isNew(_ added: RateLimits, _ seconds: Int = 0) -> Bool { limits.add(added, now: now + .seconds(seconds)) }
        #expect(isNew(RateLimits(categories: [.error: .seconds(60)])))
        #expect(!isNew(RateLimits(categories: [.error: .seconds(5)])))
        #expect(limits.end(of: .error, now: now) == now + .seconds(60))
        #expect(limits.end(of: .transaction, now: now) == nil)
        #expect(isNew(RateLimits(all: .seconds(90))))
        #expect(limits.end(of: .error, now: now) == now + .seconds(90))
        #expect(limits.end(of: .internal, now: now) == now + .seconds(90))
        #expect(limits.end(of: .error, now: now + .seconds(90)) == nil)
        #expect(isNew(RateLimits(categories: [.error: .seconds(1)]), 91))
        #expect(!isNew(RateLimits(all: .seconds(-1), categories: [.session: .zero])))
    }

    @Test func `no header silences a service for more than a day`() {
        let now = ContinuousClock.now
        var limits = ActiveLimits()
        _ = limits.add(RateLimits(all: .seconds(3e10)), now: now)
        #expect(limits.end(of: .error, now: now) == now + .seconds(86_400))
    }
}

extension EnvelopeItem {
    /// As the vectors' author sent it: an attachment of 11 bytes, a transaction of two spans.
    static func sample(_ type: String, logBytes: Int) -> EnvelopeItem {
        let payload =
            switch type {
            case "transaction": #"{"spans":[{},{}]}"#
            case "attachment": "hello world"
            case "log": String(repeating: " ", count: logBytes)
            default: "{}"
            }
        return EnvelopeItem(type: type, payload: Array(payload.utf8))
    }
}

extension ClientReports {
    /// What was counted, as `reason category quantity`, in order; it is counted no more.
    var rows: [String] { take().map { "\($0.key.reason.rawValue) \($0.key.category.rawValue) \($0.value)" }.sorted() }
}
