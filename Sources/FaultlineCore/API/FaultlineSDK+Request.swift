// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
internal import FaultlineProtocol

extension FaultlineSDK {
    /// Runs `body` as the handling of one request: in an isolation scope of its own that knows the route, the request and
    /// the trace. What a middleware calls.
    ///
    /// ```swift
    /// try await FaultlineSDK.withRequest(method: "GET", route: "/orders/{id}", url: "/orders/17", headers: headers) {
    ///     try await next(request)
    /// }
    /// ```
    /// - Parameters:
    ///   - method: `GET`.
    ///   - route: the pattern, not the path, so that requests of one route belong together; nil: the transaction has no
    ///     name.
    ///   - url: the path or the absolute URL. Its query is left out unless ``Options/sendDefaultPII``.
    ///   - headers: of the request, in any case. `sentry-trace` and `baggage` are read: a valid trace is continued. None
    ///     is stored unless ``Options/sendDefaultPII``, and then without secrets.
    public static func withRequest<Result>(
        method: String, route: String?, url: String? = nil, headers: [(name: String, value: String)] = [],
        _ body: () throws -> Result
    ) rethrows -> Result {
        let client = client
        let scopes = requestScopes(method, route, url, headers, client)
        defer { client?.sessions.endOwn(of: scopes.isolation) }
        return try Scopes.$bound.withValue(scopes, operation: body)
    }

    /// Runs `body` as the handling of one request, on the caller's actor; see the form that is not `async`.
    public static func withRequest<Result>(
        method: String, route: String?, url: String? = nil, headers: [(name: String, value: String)] = [],
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async rethrows -> Result {
        let client = client
        let scopes = requestScopes(method, route, url, headers, client)
        defer { client?.sessions.endOwn(of: scopes.isolation) }
        return try await Scopes.$bound.withValue(scopes, operation: body, isolation: isolation)
    }

    private static func requestScopes(
        _ method: String, _ route: String?, _ url: String?, _ headers: [(name: String, value: String)],
        _ client: Client?
    ) -> Scopes {
        // A span that runs outside is no part of the request.
        let outer = Scopes.running
        let scopes = outer.forked().with(nil)
        let scope = scopes.isolation
        scope.setTransaction(route.map { "\(method) \($0)" })
        let personal = client?.options.sendDefaultPII ?? false
        let request = RequestScrubber.request(method: method, url: url, headers: headers, personal: personal)
        BlackBox.setRequest(scope.handle, request, isMarked: personal)
        let trace = PropagationContext(headers: headers, client) ?? PropagationContext()
        scope.continueTrace(trace)
        // A transaction outside has said in the current scope what its own was.
        if outer.span != nil {
            scopes.current.setTrace(trace.context)
            scopes.current.setTransaction(route.map { "\(method) \($0)" })
            scopes.current.leaveTransaction()
        }
        if let client, client.options.autoSessionTracking { client.sessions.start(.request, in: scope) }
        return scopes
    }
}
