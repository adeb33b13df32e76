// SPDX-License-Identifier: Apache-2.0
#if Hummingbird
import FaultlineCore
import FaultlineHummingbird
import Hummingbird
import HummingbirdTesting
import Testing

private struct Breakdown: Error {}

/// Says its status by code, where no one can see it from outside.
private enum Refusal: HTTPResponseError {
    case full

    var status: HTTPResponse.Status { .conflict }

    func response(from request: Request, context: some RequestContext) throws -> Response { Response(status: status) }
}

extension IntegrationsTests {
    private func app(_ add: (Router<BasicRequestContext>) -> Void) -> some ApplicationProtocol {
        let router = Router()
        router.add(
            middleware: FaultlineMiddleware { request, _ in
                request.uri.queryParameters["user"].map { User(id: String($0)) }
            })
        add(router)
        return Application(router: router)
    }

    private func trace(_ event: Event?) -> Fields { event?.contexts["trace"]?.objectValue ?? [:] }

    @Test func `an error is one event, of the request's trace, user and route, and the answer is 500`() async throws {
        start {
            $0.tracesSampleRate = 1
            $0.autoSessionTracking = true
            $0.release = "shop@1"
        }
        let app = app { router in
            router.group("/v1").group("/orders").get("{id}") { _, _ -> String in
                FaultlineSDK.setTag("seen", "1")
                throw Breakdown()
            }
        }
        try await app.test(.router) { client in
            try await client.execute(
                uri: "/v1/orders/17?user=ada&token=abc", method: .get,
                headers: [.init("sentry-trace")!: "771a43a4192642f0b136d5159a501700-1234567890abcdef-1"]
            ) { #expect($0.status == .internalServerError) }
        }
        let events = await end()
        let event = try #require(events.first)
        #expect(events.count == 1 && event.transaction == "GET /v1/orders/{id}" && event.tags["seen"] == "1")
        #expect(event.request?.fields == ["method": "GET", "url": "/v1/orders/17"])
        #expect(event.user?.id == "ada")
        let mechanism = try #require(event.exceptions.last?.mechanism)
        #expect(mechanism.type == "auto.http.hummingbird" && mechanism.handled == false)
        let transaction = Event(fields: try #require(payloads("transaction").first))
        #expect(transaction.transaction == "GET /v1/orders/{id}")
        #expect(transaction.fields["transaction_info"] == ["source": "route"])
        let root = trace(transaction)
        #expect(root["trace_id"] == "771a43a4192642f0b136d5159a501700")
        #expect(root["parent_span_id"] == "1234567890abcdef" && root["origin"] == "auto.http.hummingbird")
        #expect(root["status"] == "internal_error" && transaction.contexts["response"] == ["status_code": 500])
        #expect(trace(event)["span_id"] == root["span_id"] && trace(event)["trace_id"] == root["trace_id"])
        let counts = payloads("sessions").flatMap { $0["aggregates"]?.arrayValue ?? [] }.compactMap(\.objectValue)
        #expect(counts.first?["crashed"] == 1)
    }

    @Test func `what is no one's fault is not reported, and has its status and name all the same`() async throws {
        start { $0.tracesSampleRate = 1 }
        let app = app { router in
            router.get("full") { _, _ -> String in throw Refusal.full }
            router.get("gone") { _, _ -> String in throw HTTPError(.gone) }
        }
        try await app.test(.router) { client in
            for (uri, status) in [("/full", 409), ("/gone", 410), ("/nowhere/7", 404)] {
                try await client.execute(uri: uri, method: .get) { #expect($0.status.code == status) }
            }
        }
        #expect(await end().isEmpty)
        let transactions = payloads("transaction").map { Event(fields: $0) }
        #expect(transactions.map(\.transaction) == ["GET /full", "GET /gone", "GET /nowhere/7"])
        #expect(transactions.map { trace($0)["status"] } == ["already_exists", "invalid_argument", "not_found"])
        #expect(transactions.last?.fields["transaction_info"] == ["source": "url"])
    }

    @Test func `a response that is streamed ends the transaction when it is returned`() async throws {
        start { $0.tracesSampleRate = 1 }
        let app = app { router in
            router.get("stream") { _, _ in
                Response(
                    status: .accepted,
                    body: ResponseBody { writer in
                        #expect(FaultlineSDK.getCurrentSpan() == nil)
                        try await writer.write(ByteBuffer(string: "tea"))
                        try await writer.finish(nil)
                    })
            }
        }
        try await app.test(.router) { client in
            try await client.execute(uri: "/stream", method: .get) { #expect(String(buffer: $0.body) == "tea") }
        }
        _ = await end()
        let transaction = payloads("transaction").first.map { Event(fields: $0) }
        #expect(trace(transaction)["status"] == "ok")
    }

    @Test func `requests at once do not mix`() async throws {
        start { $0.tracesSampleRate = 1 }
        let app = app { router in
            router.get("orders/{id}") { _, context in
                let id = try context.parameters.require("id")
                FaultlineSDK.setTag("order", id)
                await Task.yield()
                FaultlineSDK.captureMessage(id)
                return id
            }
        }
        try await app.test(.router) { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for id in 0..<40 {
                    group.addTask {
                        try await client.execute(uri: "/orders/\(id)?user=u\(id)", method: .get) { _ in }
                    }
                }
                try await group.waitForAll()
            }
        }
        let events = await end()
        #expect(events.count == 40 && Set(events.map { trace($0)["trace_id"] }).count == 40)
        for event in events {
            let id = event.message ?? ""
            #expect(event.tags == ["order": id] && event.user?.id == "u\(id)")
        }
        #expect(payloads("transaction").count == 40)
    }

    @Test func `who is found out inside is the request's user`() async throws {
        start()
        let app = app { router in
            router.get("me") { _, _ -> String in
                FaultlineSDK.setUser(User(id: "bo"))
                throw Breakdown()
            }
        }
        try await app.test(.router) { client in
            try await client.execute(uri: "/me?user=ada", method: .get) { #expect($0.status.code == 500) }
        }
        #expect(await end().map { $0.user?.id } == ["bo"])
        #expect(payloads("transaction").isEmpty)
    }
}
#endif
