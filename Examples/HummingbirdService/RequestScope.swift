// SPDX-License-Identifier: Apache-2.0
#if Tools
import Faultline
import Hummingbird

/// Gives each request its own isolation scope: what a handler sets is in its own reports and in no other's. Reports what a
/// handler throws, but for HTTP errors below 500 and the like (`Options.ignoreErrors`).
struct RequestScope<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        try await FaultlineSDK.withRequest(
            method: request.method.rawValue,
            route: context.endpointPath,
            url: request.uri.path,
            headers: request.headers.map { ($0.name.canonicalName, $0.value) }
        ) {
            do {
                return try await next(request, context)
            } catch {
                FaultlineSDK.captureException(error)
                throw error
            }
        }
    }
}
#endif
