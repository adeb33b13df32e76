// SPDX-License-Identifier: Apache-2.0

import FaultlineCore
import Testing

@testable import Faultline

@Suite struct ServerAnswerTests {
    @Test(arguments: [200, 201, 202, 299])
    func `2xx has it`(status: Int) {
        #expect(ServerAnswer(status: status, retryAfter: "60").result == .accepted)
    }

    @Test(arguments: [100, 301, 302, 307, 408, 500, 502, 503, 504, 599])
    func `it is sent again after an answer of a server that is down, slow or not the right one`(status: Int) {
        #expect(ServerAnswer(status: status).result == .retryLater(reason: "status \(status)"))
    }

    @Test(arguments: [400, 401, 403, 404, 405, 413, 422])
    func `any other 4xx never takes it`(status: Int) {
        #expect(ServerAnswer(status: status).result == .rejected(status: status, reason: "status \(status)"))
    }

    @Test(arguments: [
        ("7", Duration.seconds(7)), ("0.5", .milliseconds(500)), (" 7 ", .seconds(60)), ("1e9", .seconds(86_400)),
        ("0", .seconds(60)), ("-5", .seconds(60)), ("nan", .seconds(60)), ("inf", .seconds(60)), ("", .seconds(60)),
        ("Wed, 21 Oct 2015 07:28:00 GMT", .seconds(60)),
    ])
    func `429 waits for Retry-After up to a day, or a minute where that says nothing`(text: String, wish: Duration) {
        #expect(ServerAnswer(status: 429, retryAfter: text).result.retryAfter == wish)
    }

    @Test func `503 waits for Retry-After, and has no wait of its own`() {
        #expect(ServerAnswer(status: 503, retryAfter: "5").result.retryAfter == .seconds(5))
        #expect(ServerAnswer(status: 503).result.retryAfter == nil)
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
