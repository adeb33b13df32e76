// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCore
internal import Tracing

/// Sentry's words for what OpenTelemetry's attributes say.
///
/// Sources: [semantic conventions](https://opentelemetry.io/docs/specs/semconv/),
/// [span operations](https://develop.sentry.dev/sdk/telemetry/traces/span-operations/).
struct SpanConventions {
    private let kind: SpanKind
    private let state: SpanNotes.State

    init(_ kind: SpanKind, _ state: SpanNotes.State) {
        self.kind = kind
        self.state = state
    }

    /// Says it of the span, but for what the service has said of it by the SDK's own functions.
    func tell(_ span: FaultlineCore.Span) {
        let (name, source) = description, said = span.status
        if span.operation == Self.operation(kind) { span.setOperation(operation) }
        if span.name == state.name { span.setName(name, source: source) }
        span.setData(data)
        if let httpStatus { span.setHTTPStatus(httpStatus) }
        if let status = said ?? status { span.setStatus(status) }
    }

    // MARK: - What kind of work

    var operation: String {
        if method != nil { return "http" + side }
        if text("db.system.name", "db.system") != nil { return "db" }
        if text("rpc.system", "rpc.system.name", "rpc.service") != nil {
            return "rpc" + side
        }
        if text("messaging.system") != nil { return messaging }
        return Self.operation(kind)
    }

    private var side: String {
        switch kind {
        case .server: ".server"
        case .client: ".client"
        default: ""
        }
    }

    private var messaging: String {
        switch text("messaging.operation.type", "messaging.operation") {
        case "send", "create", "publish": "queue.publish"
        case "receive": "queue.receive"
        case "process", "deliver": "queue.process"
        case "settle": "queue.settle"
        default: kind == .consumer || kind == .server ? "queue.process" : "queue.publish"
        }
    }

    /// As far as it is known at the start.
    static func operation(_ kind: SpanKind) -> String {
        switch kind {
        case .server: "server"
        case .client: "client"
        case .producer: "queue.publish"
        case .consumer: "queue.process"
        case .internal: "default"
        }
    }

    // MARK: - What exactly

    private var description: (name: String, source: TransactionSource) {
        if let method {
            // `NotFound` and the like are none.
            if let route = text("http.route"), route.hasPrefix("/") { return ("\(method) \(route)", .route) }
            if let url { return ("\(method) \(url)", .url) }
        } else if let query = text("db.query.text", "db.statement") {
            return (query, .task)
        }
        return (state.name, kind == .consumer || kind == .producer ? .task : .custom)
    }

    private var method: String? { text("http.request.method", "http.method") }

    /// Of an HTTP request, without what may be secret in it. A server knows its own name: there it is the path.
    var url: String? {
        if kind != .server, let whole = text("url.full", "http.url") { return RequestScrubber.address(of: whole) }
        let path = text("url.path", "http.target").map { RequestScrubber.address(of: $0) }
        guard kind != .server, let host = text("server.address", "net.peer.name") else { return path }
        let port = text("server.port").map { ":\($0)" } ?? ""
        return "\(text("url.scheme") ?? "http")://\(host)\(port)\(path ?? "")"
    }

    private func text(_ keys: String...) -> String? {
        for key in keys {
            if let value = state.attributes.get(key)?.json {
                return value.stringValue ?? value.integerValue.map(String.init)
            }
        }
        return nil
    }

    // MARK: - How it ended

    private var status: FaultlineCore.SpanStatus? {
        if state.isCancelled { return .cancelled }
        if let code = state.attributes.get("rpc.grpc.status_code")?.json?.integerValue { return Self.grpc(code) }
        if let code = httpStatus { return SpanStatus(httpStatus: code) }
        switch state.status?.code {
        case .ok: return .ok
        case .error: return (state.status?.message).flatMap { SpanStatus(rawValue: $0) } ?? .internalError
        case nil: return state.error == nil ? nil : .internalError
        }
    }

    private var httpStatus: Int? {
        for key in ["http.response.status_code", "http.status_code"] {
            if let code = state.attributes.get(key)?.json?.integerValue { return Int(clamping: code) }
        }
        return nil
    }

    /// Source: [Status codes of gRPC](https://grpc.github.io/grpc/core/md_doc_statuscodes.html).
    private static func grpc(_ code: Int64) -> FaultlineCore.SpanStatus {
        let statuses: [FaultlineCore.SpanStatus] = [
            .ok, .cancelled, .unknownError, .invalidArgument, .deadlineExceeded, .notFound, .alreadyExists,
            .permissionDenied, .resourceExhausted, .failedPrecondition, .aborted, .outOfRange, .unimplemented,
            .internalError, .unavailable, .dataLoss, .unauthenticated,
        ]
        return statuses.indices.contains(Int(clamping: code)) ? statuses[Int(clamping: code)] : .unknownError
    }

    // MARK: - The rest

    private var data: Fields {
        var fields = state.attributes.data(personal: FaultlineSDK.sendsPersonalData)
        fields["otel.kind"] = .string("\(kind)".uppercased())
        if let error = state.error { fields["error.type"] = .string(error) }
        return fields
    }
}

extension SpanAttributes {
    /// Who the person is, and what was asked for: instrumented libraries note it unasked.
    private static let personal: Set = [
        "url.query", "http.query", "url.fragment", "client.address", "client.port", "http.client_ip", "net.peer.ip",
        "net.sock.peer.addr", "net.sock.peer.port", "network.peer.address", "network.peer.port", "user_agent.original",
        "http.user_agent", "enduser.id", "enduser.pseudo.id", "user.id", "user.email", "user.name", "user.full_name",
        "user.hash", "source.address", "client.socket.address", "net.sock.peer.name", "exception.message",
        "exception.stacktrace",
    ]
    private static let urls: Set = ["url.full", "http.url", "http.target"]
    private static let queries: Set = ["url.query", "http.query"]
    private static let headers = ["http.request.header.", "http.response.header."]

    /// As data of a span, sorted by name.
    /// - Parameter personal: ``Options/sendDefaultPII``.
    func data(personal: Bool) -> Fields {
        var data: [String: JSONValue] = [:]
        forEach { key, attribute in
            guard let value = attribute.json, personal || !Self.personal.contains(key) else { return }
            if Self.urls.contains(key), let url = value.stringValue {
                data[key] = .string(RequestScrubber.address(of: url))
            } else if Self.queries.contains(key), let query = value.stringValue {
                data[key] = .string(RequestScrubber.scrubbed(query: query[...]))
            } else if let header = Self.headers.first(where: key.hasPrefix) {
                guard personal else { return }
                let isDenied = RequestScrubber.isDenied(String(key.dropFirst(header.count)))
                data[key] = isDenied ? .string(RequestScrubber.filtered) : value
            } else {
                data[key] = value
            }
        }
        return Fields(data)
    }
}

extension SpanAttribute {
    /// nil: what the library may add one day.
    var json: JSONValue? {
        switch self {
        case .int32(let value): .integer(Int64(value))
        case .int64(let value): .integer(value)
        case .double(let value): .number(value)
        case .bool(let value): .bool(value)
        case .string(let value): .string(value)
        case .stringConvertible(let value): .string(value.description)
        case .int32Array(let values): .array(values.map { .integer(Int64($0)) })
        case .int64Array(let values): .array(values.map { .integer($0) })
        case .doubleArray(let values): .array(values.map { .number($0) })
        case .boolArray(let values): .array(values.map { .bool($0) })
        case .stringArray(let values): .array(values.map { .string($0) })
        case .stringConvertibleArray(let values): .array(values.map { .string($0.description) })
        default: nil
        }
    }
}
