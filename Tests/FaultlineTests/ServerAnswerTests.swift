// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import TestSupport
import Testing

@testable import Faultline
@testable import FaultlineCore

@Suite struct ServerAnswerTests {
    @Test(arguments: [200, 201, 202, 299])
    func `2xx has it`(status: Int) {
        #expect(ServerAnswer(status: status, retryAfter: "60").result == .accepted)
        #expect(ServerAnswer(status: status).result.discardReason == nil)
    }

    @Test(arguments: [100, 301, 302, 307, 408, 500, 502, 503, 504, 529, 599])
    func `it is sent again after an answer of a server that is down, slow or not the right one`(status: Int) {
        let result = ServerAnswer(status: status).result
        #expect(result.outcome == .retryLater(reason: "status \(status)"))
        #expect(result.discardReason == (status < 400 ? .networkError : .sendError))
    }

    @Test(arguments: [400, 401, 403, 404, 405, 413, 422, 501, 505])
    func `any other 4xx, and two 5xx, never take it`(status: Int) {
        let result = ServerAnswer(status: status).result
        #expect(result == TransportResult(result.outcome))
        #expect(result.outcome == .rejected(status: status, reason: "status \(status)"))
        #expect(result.discardReason == .sendError)
    }

    @Test(arguments: VectorFile.cases("http_response_handling"))
    func `limits and losses follow from status and headers`(vector: Vector) throws {
        let headers = try #require(vector.input("headers")?.objectValue)
        func header(_ name: String) -> String? {
            headers.first { $0.key.lowercased() == name }?.value.stringValue
        }
        let answer = ServerAnswer(
            status: Int(try #require(vector.input("status")?.integerValue)),
            retryAfter: header("retry-after"), rateLimits: header("x-sentry-rate-limits"))
        let expected = try #require(vector.specified?.objectValue)
        let sent = try #require(vector.input("sent_items")?.arrayValue).compactMap(\.stringValue)
        let reports = ClientReports()
        if let reason = answer.result.discardReason {
            reports.record(reason, lossOf: Envelope(items: sent.map(EnvelopeItem.sample)))
        }
        #expect(answer.result.limits.seconds == expected["limits_seconds"]?.seconds)
        #expect(reports.rows == expected["client_report"]?.rows)
    }

    @Test func `503 waits for Retry-After, and has no wait of its own`() {
        #expect(ServerAnswer(status: 503, retryAfter: "5").result.retryAfter == .seconds(5))
        #expect(ServerAnswer(status: 503).result.retryAfter == nil)
        #expect(ServerAnswer(status: 503, retryAfter: "5").result.limits.isEmpty)
        #expect(ServerAnswer(status: 503, retryAfter: "1e9").result.retryAfter == .seconds(86_400))
    }

    @Test(arguments: [
        (ServerAnswer(status: 400, reasonPhrase: "Bad Request"), "status 400: Bad Request"),
        (ServerAnswer(status: 400, reasonPhrase: "Bad Request", body: "no item"), "status 400: no item"),
        (ServerAnswer(status: 400, body: #"{"detail":"bad"}"#), "status 400: bad"),
        (ServerAnswer(status: 400, body: #"{"detail":"bad","causes":["a","b"]}"#), "status 400: bad; a; b"),
        (ServerAnswer(status: 400, body: #"{"detail":null,"causes":[1,"b"]}"#), "status 400: b"),
        (ServerAnswer(status: 400, body: #"{"error":"other"}"#), #"status 400: {"error":"other"}"#),
        (ServerAnswer(status: 400, error: "said", body: #"{"detail":"bad"}"#), "status 400: said"),
        (ServerAnswer(status: 400, body: "<h1>\r\n  two\tlines </h1>\n"), "status 400: <h1> two lines </h1>"),
        (ServerAnswer(status: 400, body: " \n"), "status 400"),
    ])
    func `the reason is one line: the server's header, its details, its text or the phrase`(
        answer: ServerAnswer, reason: String
    ) {
        #expect(answer.result == .rejected(status: 400, reason: reason))
    }

    @Test(arguments: ["long ", "[", "\u{FFFD}"])
    func `of a long answer 300 characters are told`(part: String) throws {
        let body = String(repeating: part, count: 4096)
        guard case .rejected(400, let reason) = ServerAnswer(status: 400, body: body).result.outcome else {
            Issue.record("not rejected")
            return
        }
        #expect(reason.count == "status 400: ".count + 300)
    }
}

extension EnvelopeItem {
    /// As the vectors' author sent it: an attachment of 11 bytes, a transaction of two spans. A log's size is not told.
    static func sample(_ type: String) -> EnvelopeItem {
        let payload = type == "transaction" ? #"{"spans":[{},{}]}"# : type == "attachment" ? "hello world" : "{}"
        return EnvelopeItem(type: type, payload: Array(payload.utf8))
    }
}

extension RateLimits {
    /// As the vectors write them.
    var seconds: [String: Double] {
        var seconds: [String: Double] = [:]
        seconds["*all*"] = all.map { $0 / .seconds(1) }
        for (category, limit) in categories { seconds[category.rawValue] = limit / .seconds(1) }
        return seconds
    }
}

extension JSONValue {
    var seconds: [String: Double]? {
        objectValue.map { Dictionary($0.map { ($0.key, $0.value.doubleValue ?? .nan) }) { $1 } }
    }

    /// Rows of a client report: reason, category, quantity; in the order of their names.
    var rows: [String]? {
        arrayValue?.map { row in
            row.arrayValue?.map { $0.stringValue ?? "\($0.integerValue ?? -1)" }.joined(separator: " ") ?? "no row"
        }.sorted()
    }
}

extension ClientReports {
    var rows: [String] { take().map { "\($0.key.reason.rawValue) \($0.key.category.rawValue) \($0.value)" }.sorted() }
}
