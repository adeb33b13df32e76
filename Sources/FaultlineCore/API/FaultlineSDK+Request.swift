// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
internal import FaultlineProtocol

extension FaultlineSDK {
    /// Runs `body` as the handling of one request: in an isolation scope of its own that knows the route, the request and
    /// the trace, and as a transaction (`http.server`) whose root span is the current one. What a middleware calls.
    ///
    /// ```swift
    /// try await FaultlineSDK.withRequest(method: "GET", route: "/orders/{id}", url: "/orders/17", headers: headers) {
    ///     let response = try await next(request)
    ///     FaultlineSDK.getCurrentSpan()?.setHTTPStatus(response.status)
    ///     return response
    /// }
    /// ```
    /// The transaction ends with `body`: whoever throws makes it fail, unless its status was set before. A crash inside is
    /// reported with its trace, and the transaction as aborted. While tracing is off there is none. What is thrown is not
    /// captured, and a status makes no error of the request's session: only what is captured does.
    /// - Parameters:
    ///   - method: `GET`.
    ///   - route: the pattern, not the path, so that requests of one route belong together: the transaction is named
    ///     `GET /orders/{id}`. nil: it is named by the path. Known later: ``setTransactionName(_:source:)``.
    ///   - url: the path or the absolute URL. Its query is left out unless ``Options/sendDefaultPII``.
    ///   - headers: of the request, in any case. `sentry-trace` and `baggage` are read: a valid trace is continued. None
    ///     is stored unless ``Options/sendDefaultPII``, and then without secrets.
    ///   - origin: of the transaction: `auto.http.` and the framework, where a middleware begins it.
    ///   - body: handles the request.
    @inlinable
    public static func withRequest<Result>(
        method: String, route: String?, url: String? = nil, headers: [(name: String, value: String)] = [],
        origin: String = "manual", _ body: () throws -> Result
    ) rethrows -> Result {
        let running = RunningRequest(method: method, route: route, url: url, headers: headers, origin: origin)
        defer { running.end() }
        do {
            return try Scopes.binding.withValue(running.scopes, operation: body)
        } catch {
            running.fail(error)
            throw error
        }
    }

    /// Runs `body` as the handling of one request, on the caller's actor; see the form that is not `async`.
    @inlinable
    public static func withRequest<Result>(
        method: String, route: String?, url: String? = nil, headers: [(name: String, value: String)] = [],
        origin: String = "manual", isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async rethrows -> Result {
        let running = RunningRequest(method: method, route: route, url: url, headers: headers, origin: origin)
        defer { running.end() }
        do {
            return try await Scopes.binding.withValue(running.scopes, operation: body, isolation: isolation)
        } catch {
            running.fail(error)
            throw error
        }
    }
}

/// What a request has of its own while it is handled.
@usableFromInline
struct RunningRequest {
    @usableFromInline let scopes: Scopes
    private let client: Client?

    @usableFromInline
    init(method: String, route: String?, url: String?, headers: [(name: String, value: String)], origin: String) {
        client = FaultlineSDK.client
        // A span that runs outside is no part of the request.
        let outer = Scopes.running
        let scope = outer.isolation.fork(.isolation), current = outer.current.fork(.current)
        let name = (route ?? url.map(RequestScrubber.path(of:))).map { "\(method) \($0)" }
        let personal = client?.options.sendDefaultPII ?? false
        let request = RequestScrubber.request(method: method, url: url, headers: headers, personal: personal)
        BlackBox.setRequest(scope.handle, request, isMarked: personal)
        let trace = PropagationContext(headers: headers, client) ?? PropagationContext()
        scope.beginTrace(trace)
        scope.setTransaction(name)
        if let client, client.options.autoSessionTracking { client.sessions.start(.request, in: scope) }
        let label = Transaction.Label(name: name ?? method, source: route == nil ? .url : .route)
        let span = client?.startTransaction(
            label, operation: "http.server", origin: origin, sampled: nil, custom: [:], in: scope, current)
        // A transaction outside has said in the current scope what its own was.
        let isInside = outer.span != nil
        if isInside { current.leaveTransaction() }
        if let transaction = span?.transaction {
            // The current scope was made for this request alone: the transaction needs no other. It lies over the isolation
            // scope, which then need not say the trace.
            transaction.enter(current)
            scopes = outer.replaced(scope, current, span)
            return
        }
        scopes = outer.replaced(scope, current, nil)
        scope.setTrace(trace)
        // What is done around the request may have a name of its own.
        current.setTransaction(name)
        if isInside { current.setTrace(trace) }
    }

    @usableFromInline
    func fail(_ error: any Error) { scopes.span?.fail(error) }

    @usableFromInline
    func end() {
        scopes.span?.finish()
        client?.sessions.endOwn(of: scopes.isolation)
    }
}
