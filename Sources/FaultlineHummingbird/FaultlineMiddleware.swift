// SPDX-License-Identifier: Apache-2.0
#if Hummingbird
public import FaultlineCore
public import Hummingbird

/// Runs each request in a scope and a transaction of its own, and reports what it throws. Add it once, as the first:
///
///     router.add(middleware: FaultlineMiddleware())
///
/// The transaction, `GET /orders/{id}`, ends when the handler has returned its response. A streamed body is written later, and
/// outside of the request: set nothing on scopes there (it would be the process's); errors thrown there are not seen.
public struct FaultlineMiddleware<Context: RequestContext>: RouterMiddleware {
    private let failedStatusCodes: ClosedRange<Int>
    private let user: @Sendable (Request, Context) async -> User?

    /// - Parameters:
    ///   - failedStatusCodes: of the errors that are reported, beside `Options.ignoreErrors`; one that names none has 500.
    ///   - user: whose request it is, if known before other middleware runs; who finds it out later calls `setUser`.
    public init(
        failedStatusCodes: ClosedRange<Int> = 500...599,
        user: @escaping @Sendable (Request, Context) async -> User? = { _, _ in nil }
    ) {
        self.failedStatusCodes = failedStatusCodes
        self.user = user
    }

    /// Handles the request in a scope of its own.
    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let (origin, method) = ("auto.http.hummingbird", request.method.rawValue)
        // Routers of result builders find it later; `NotFound` and the like are none.
        let route = { context.endpointPath.flatMap { $0.hasPrefix("/") ? $0 : nil } }
        let known = route()
        let headers = request.headers.map { (name: $0.name.canonicalName, value: $0.value) }
        return try await FaultlineSDK.withRequest(
            method: method, route: known, url: request.uri.string, headers: headers, origin: origin
        ) {
            func end(_ status: HTTPResponse.Status) {
                if known == nil, let route = route() {
                    FaultlineSDK.setTransactionName("\(method) \(route)", source: .route)
                }
                FaultlineSDK.getCurrentSpan()?.setHTTPStatus(status.code)
            }
            if let user = await user(request, context) { FaultlineSDK.setUser(user) }
            do {
                let response = try await next(request, context)
                end(response.status)
                return response
            } catch {
                let status = (error as? any HTTPResponseError)?.status ?? .internalServerError
                if !(error is CancellationError) { end(status) }
                guard failedStatusCodes.contains(status.code) else { throw error }
                FaultlineSDK.captureException(error, hint: Hint(mechanism: .unhandled(origin)))
                throw error
            }
        }
    }
}
#endif
