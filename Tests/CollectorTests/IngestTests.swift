// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import Hummingbird
import HummingbirdTesting
import Testing

@testable import FaultlineCollector

/// Over HTTP, against a server of the test's own.
@Suite(.timeLimit(.minutes(1)))
struct IngestTests {
    let directory = TemporaryDirectory()
    let store: Store

    init() throws {
        store = try Store(directory: directory.data)
    }

    @Test func `an envelope is stored and answered with the event's id`() async throws {
        let id = EventID()
        let answer = try await post(Envelope.test(id: id).serialized())
        #expect(answer.status == .ok)
        #expect(answer.json["id"] == .string(id.description))
        #expect(try await StoredReports(store).newest().event.eventID == id)
    }

    @Test func `an event without an id gets one, which is answered`() async throws {
        let answer = try await post(Array("{}\n{\"type\":\"event\"}\n{\"message\":\"hello\"}\n".utf8))
        #expect(answer.status == .ok)
        let stored = try await StoredReports(store).newest().event
        #expect(stored.eventID?.description == answer.json["id"]?.stringValue)
        #expect(stored.message == "hello")
    }

    @Test func `an envelope without an event is kept`() async throws {
        let answer = try await post(Array("{}\n{\"type\":\"session\"}\n{}\n{\"type\":\"whatever\"}\nx".utf8))
        #expect(answer.status == .ok)
        #expect(answer.json == [:])
        #expect(try await store.envelopes().count == 1)
        #expect(try await StoredReports(store).issues().isEmpty)
    }

    @Test(arguments: [("gzip", 31), ("deflate", 15)])
    func `a compressed envelope is stored`(encoding: String, windowBits: Int) async throws {
        let body = deflated(Envelope.test().serialized(), windowBits: Int32(windowBits))
        #expect(try await post(body, ["Content-Encoding": encoding]).status == .ok)
        #expect(try await StoredReports(store).issues().count == 1)
    }

    // MARK: - Who

    @Test func `the key may be in the query or in the envelope`() async throws {
        let query = "/api/1/envelope/?sentry_version=7&sentry_key=\(store.publicKey)"
        #expect(try await post(Envelope.test().serialized(), ["X-Sentry-Auth": ""], to: query).status == .ok)
        var envelope = Envelope.test()
        envelope.header["dsn"] = .string("http://\(store.publicKey)@127.0.0.1/1")
        #expect(try await post(envelope.serialized(), ["X-Sentry-Auth": ""]).status == .ok)
        #expect(try await StoredReports(store).issues().map(\.events) == [2])
    }

    @Test func `no key and a wrong key are refused, and nothing is stored`() async throws {
        var foreign = Envelope.test()
        foreign.header["dsn"] = "http://somebodyelse@127.0.0.1/1"
        let answers = [
            try await post(Envelope.test().serialized(), ["X-Sentry-Auth": ""]),
            try await post(Envelope.test().serialized(), ["X-Sentry-Auth": "Sentry sentry_key=wrong"]),
            try await post(foreign.serialized(), ["X-Sentry-Auth": "nonsense"]),
        ]
        #expect(answers.map(\.status) == [.unauthorized, .forbidden, .forbidden])
        #expect(answers.allSatisfy { $0.json["detail"]?.stringValue?.isEmpty == false })
        #expect(try await store.envelopes().isEmpty)
    }

    @Test func `another project and another host are refused`() async throws {
        #expect(try await post(Envelope.test().serialized(), to: "/api/2/envelope/").status == .notFound)
        #expect(!["evil.example", "127.0.0.1.evil.example:80", "[::2]:80"].contains(where: Self.isLocal))
        #expect(["127.0.0.1:8765", "localhost", "LOCALHOST:1", "[::1]:80", ""].allSatisfy(Self.isLocal))
    }

    private static func isLocal(_ authority: String) -> Bool {
        LoopbackOnly<BasicRequestContext>.isLocal(authority)
    }

    // MARK: - What

    @Test(arguments: [
        "", "\n", "nonsense", "[]", "{", "{\"event_id\":\"short\"}\n", "{}\n{}\n",
        "{}\n{\"type\":\"event\",\"length\":99}\n{}",
        "{}\n{\"type\":\"event\",\"length\":-1}\n{}", "{}\n{\"type\":\"event\"}\n[1]",
        "{}\n{\"type\":\"event\"}\n{\"a\":}",
        "{}\n{\"type\":\"event\"}\n{}\n{\"type\":\"event\"}\n{}", "{}\n{\"type\":\"event\"}\n\u{0}",
    ])
    func `what is no envelope is answered with what is wrong`(body: String) async throws {
        let answer = try await post(Array(body.utf8))
        #expect(answer.status == .badRequest)
        #expect(answer.json["detail"]?.stringValue?.isEmpty == false)
        #expect(answer.json["causes"]?.arrayValue?.isEmpty == false)
        #expect(try await store.envelopes().isEmpty)
    }

    @Test func `an event over its limit is too large`() async throws {
        let large = Envelope.test(String(repeating: "x", count: 1 << 20))
        #expect(try await post(large.serialized()).status == .contentTooLarge)
    }

    @Test func `a body over its limit is too large`() async throws {
        let body = Envelope.test().serialized()
        let limits = IngestLimits(body: body.count - 1)
        #expect(try await post(body, limits: limits).status == .contentTooLarge)
    }

    @Test func `a few kilobytes that stand for many are too large`() async throws {
        let bomb = deflated([UInt8](repeating: 0, count: 8 << 20), windowBits: 31)
        #expect(bomb.count < 10_000)
        let answer = try await post(bomb, ["Content-Encoding": "gzip"], limits: IngestLimits(inflated: 1 << 20))
        #expect(answer.status == .contentTooLarge)
    }

    @Test func `the first page lists the issues, and disarms what it shows`() async throws {
        try await store.receive(Envelope.test("\u{1b}[31mred").received())
        let page = try await Collector(store: store).application().test(.live) { client in
            try await client.execute(uri: "/", method: .get)
        }
        #expect(page.status == .ok)
        #expect(String(buffer: page.body).contains(#"OrderError: \u{1b}[31mred"#))
    }

    private struct Answer {
        let status: HTTPResponse.Status
        let json: Fields
    }

    private func post(
        _ body: [UInt8], _ more: [String: String] = [:], to path: String = "/api/1/envelope/",
        limits: IngestLimits = IngestLimits()
    ) async throws -> Answer {
        let auth = ["X-Sentry-Auth": "Sentry sentry_version=7, sentry_key=\(store.publicKey), sentry_client=test/1"]
        var headers = HTTPFields()
        for (name, value) in auth.merging(more, uniquingKeysWith: { $1 }) { headers[.init(name)!] = value }
        let answer = try await Collector(store: store, limits: limits).application().test(.live) { [headers] client in
            try await client.execute(uri: path, method: .post, headers: headers, body: ByteBuffer(bytes: body))
        }
        let bytes = Array(buffer: answer.body)
        return Answer(status: answer.status, json: (try? JSONValue(parsing: bytes).objectValue) ?? [:])
    }
}
#endif
