// SPDX-License-Identifier: Apache-2.0
#if GRPC
import FaultlineCore
import FaultlineGRPC
import GRPCCore
import GRPCInProcessTransport
import Testing

private struct Breakdown: Error {}

/// Messages are texts.
private struct Coder: MessageSerializer, MessageDeserializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: String) throws -> Bytes { Bytes(Array(message.utf8)) }
    func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> String {
        bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}

private struct Orders: RegistrableRPCService {
    static func method(_ name: String) -> MethodDescriptor {
        MethodDescriptor(fullyQualifiedService: "shop.Orders", method: name)
    }

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        func add(
            _ name: String,
            _ handler:
                @escaping @Sendable (StreamingServerRequest<String>) async throws -> StreamingServerResponse<String>
        ) {
            add(name) { request, _ in try await handler(request) }
        }
        func add(
            _ name: String,
            _ handler:
                @escaping @Sendable (StreamingServerRequest<String>, ServerContext) async throws ->
                StreamingServerResponse<String>
        ) {
            router.registerHandler(
                forMethod: Self.method(name), deserializer: Coder(), serializer: Coder(), handler: handler)
        }
        add("Throw") { _ in
            FaultlineSDK.setTag("seen", "handler")
            throw Breakdown()
        }
        add("Refuse") { _ in throw RPCError(code: .notFound, message: "no such order") }
        add("Fail") { _ in StreamingServerResponse(error: RPCError(code: .dataLoss, message: "gone")) }
        // As the transport of NIO says and throws when a client has gone.
        add("Leave") { _, context in
            StreamingServerResponse { _ in
                context.cancellation.cancel()
                throw RPCError(code: .unavailable, message: "Stream unexpectedly closed.")
            }
        }
        add("Lose") { _, context in
            context.cancellation.cancel()
            throw RPCError(code: .dataLoss, message: "gone")
        }
        add("Stream") { _ in
            FaultlineSDK.setTag("seen", "handler")
            return StreamingServerResponse { writer in
                try await writer.write("first")
                FaultlineSDK.withSpan(operation: "db.query") { _ in FaultlineSDK.setTag("streamed", "1") }
                throw Breakdown()
            }
        }
        add("Echo") { request in
            StreamingServerResponse { writer in
                for try await message in request.messages {
                    FaultlineSDK.setTag("order", message)
                    FaultlineSDK.captureMessage(message)
                    try await writer.write(message)
                }
                return [:]
            }
        }
    }
}

private struct Passing: ServerInterceptor {
    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>, context: ServerContext,
        next: @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> { try await next(request, context) }
}

private struct Replacing: ServerInterceptor {
    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>, context: ServerContext,
        next: @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        _ = try await next(request, context)
        return StreamingServerResponse(error: RPCError(code: .permissionDenied, message: "not today"))
    }
}

extension IntegrationsTests {
    private func serve(
        _ interceptors: [any ServerInterceptor] = [FaultlineServerInterceptor()],
        _ body: @Sendable (GRPCClient<InProcessTransport.Client>) async throws -> Void
    ) async throws {
        let transport = InProcessTransport()
        try await withGRPCServer(transport: transport.server, services: [Orders()], interceptors: interceptors) { _ in
            try await withGRPCClient(transport: transport.client, interceptors: [FaultlineClientInterceptor()]) {
                try await body($0)
            }
        }
    }

    /// What the client was told; nil: no error.
    @discardableResult
    private func call(
        _ client: GRPCClient<InProcessTransport.Client>, _ method: String, _ message: String = "17",
        _ metadata: Metadata = [:]
    ) async -> RPCError.Code? {
        do {
            try await client.serverStreaming(
                request: ClientRequest(message: message, metadata: metadata), descriptor: Orders.method(method),
                serializer: Coder(), deserializer: Coder(), options: .defaults
            ) { response in for try await _ in response.messages {} }
            return nil
        } catch {
            return (error as? RPCError)?.code
        }
    }

    private func root(_ event: Event?) -> Fields { event?.contexts["trace"]?.objectValue ?? [:] }

    @Test(arguments: [("Throw", "unknown_error"), ("Fail", "data_loss"), ("Stream", "unknown_error")])
    func `an error of an RPC, also of its response's stream, is one event of its transaction`(
        method: String, status: String
    ) async throws {
        start {
            $0.tracesSampleRate = 1
            $0.autoSessionTracking = true
            $0.release = "shop@1"
        }
        let incoming: Metadata = ["sentry-trace": "771a43a4192642f0b136d5159a501700-1234567890abcdef-1"]
        let transport = InProcessTransport()
        try await withGRPCServer(
            transport: transport.server, services: [Orders()], interceptors: [FaultlineServerInterceptor()]
        ) { _ in
            try await withGRPCClient(transport: transport.client) {
                #expect(await call($0, method, "17", incoming) != nil)
            }
        }
        let events = await end()
        let event = try #require(events.first)
        #expect(events.count == 1 && event.transaction == "/shop.Orders/\(method)")
        let mechanism = event.exceptions.last?.mechanism
        #expect(mechanism?.type == "auto.rpc.grpc" && mechanism?.handled == false)
        #expect(event.tags["seen"] == (method == "Fail" ? nil : "handler"))
        #expect(event.tags["streamed"] == (method == "Stream" ? "1" : nil))
        let transaction = Event(fields: try #require(payloads("transaction").first))
        #expect(payloads("transaction").count == 1 && transaction.transaction == "/shop.Orders/\(method)")
        let trace = root(transaction)
        #expect(trace["op"] == "rpc.server" && trace["origin"] == "auto.rpc.grpc")
        #expect(trace["status"] == .string(status))
        #expect(trace["trace_id"] == "771a43a4192642f0b136d5159a501700")
        #expect(trace["parent_span_id"] == "1234567890abcdef")
        #expect(root(event)["span_id"] == trace["span_id"])
        #expect(transaction.fields["spans"]?.arrayValue?.count == (method == "Stream" ? 1 : 0))
        let counts = payloads("sessions").flatMap { $0["aggregates"]?.arrayValue ?? [] }.compactMap(\.objectValue)
        #expect(counts.first?["crashed"] == 1)
        #expect(payloads("session").map { $0["status"] } == ["exited"])
    }

    @Test func `what blames the client is its transaction's status, and no event`() async throws {
        start { $0.tracesSampleRate = 1 }
        try await serve { #expect(await call($0, "Refuse") == .notFound) }
        #expect(await end().isEmpty)
        #expect(payloads("transaction").map { root(Event(fields: $0))["status"] } == ["not_found"])
    }

    @Test func `of a client that has gone nothing is reported, unless an error names another code`() async throws {
        start { $0.tracesSampleRate = 1 }
        try await serve { #expect(await call($0, "Leave") != nil) }
        try await serve { #expect(await call($0, "Lose") == .dataLoss) }
        #expect(await end().map(\.transaction) == ["/shop.Orders/Lose"])
        #expect(payloads("transaction").map { root(Event(fields: $0))["status"] } == ["cancelled", "data_loss"])
    }

    @Test func `behind another interceptor an error is what was thrown`() async throws {
        start { $0.tracesSampleRate = 1 }
        try await serve([FaultlineServerInterceptor(), Passing()]) { #expect(await call($0, "Throw") == .unknown) }
        let events = await end()
        #expect(events.map { $0.exceptions.map(\.type) } == [["Breakdown"]])
        #expect(events.first?.exceptions.last?.mechanism?.type == "auto.rpc.grpc")
        #expect(payloads("transaction").map { root(Event(fields: $0))["status"] } == ["unknown_error"])
    }

    @Test func `an RPC whose response nobody sends ends as cancelled`() async throws {
        start {
            $0.tracesSampleRate = 1
            $0.autoSessionTracking = true
            $0.release = "shop@1"
        }
        try await serve([Replacing(), FaultlineServerInterceptor()]) {
            #expect(await call($0, "Echo") == .permissionDenied)
        }
        #expect(await end().isEmpty)
        #expect(payloads("transaction").map { root(Event(fields: $0))["status"] } == ["cancelled"])
        let counts = payloads("sessions").flatMap { $0["aggregates"]?.arrayValue ?? [] }.compactMap(\.objectValue)
        #expect(counts.map { $0["exited"] } == [1])
    }

    @Test func `a call ends with its response, and fails when that breaks off`() async throws {
        start { $0.tracesSampleRate = 1 }
        try await serve { client in
            await FaultlineSDK.withTransaction(name: "caller", operation: "task") { _ in
                #expect(await call(client, "Stream") == .unknown)
            }
        }
        _ = await end()
        let caller = try #require(payloads("transaction").first { $0["transaction"] == "caller" })
        let spans = caller["spans"]?.arrayValue?.compactMap(\.objectValue) ?? []
        #expect(spans.map { $0["op"] } == ["rpc.client"] && spans.map { $0["status"] } == ["unknown_error"])
    }

    @Test func `a call is a span of the caller, in one trace with what it calls`() async throws {
        start { $0.tracesSampleRate = 1 }
        try await serve { client in
            await FaultlineSDK.withTransaction(name: "caller", operation: "task") { _ in
                #expect(await call(client, "Echo") == nil)
            }
        }
        #expect(await end().map(\.message) == ["17"])
        let transactions = payloads("transaction").map { Event(fields: $0) }
        let server = try #require(transactions.first { $0.transaction == "/shop.Orders/Echo" })
        let caller = try #require(transactions.first { $0.transaction == "caller" })
        let span = try #require(caller.fields["spans"]?.arrayValue?.first?.objectValue)
        #expect(span["op"] == "rpc.client" && span["description"] == "/shop.Orders/Echo" && span["status"] == "ok")
        #expect(root(server)["parent_span_id"] == span["span_id"] && root(server)["status"] == "ok")
        #expect(root(server)["trace_id"] == root(caller)["trace_id"])
    }

    @Test func `RPCs at once do not mix`() async throws {
        start { $0.tracesSampleRate = 1 }
        try await serve { client in
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<40 { group.addTask { await call(client, "Echo", "\(number)") } }
            }
        }
        let events = await end()
        #expect(events.count == 40 && Set(events.map { root($0)["span_id"] }).count == 40)
        for event in events { #expect(event.tags == ["order": event.message ?? ""]) }
        #expect(payloads("transaction").count == 40)
    }
}
#endif
