// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import Hummingbird

/// Refuses requests that were meant for another host.
///
/// The collector listens on 127.0.0.1, but a page in a browser of this machine can make a name of its own resolve to
/// that address (DNS rebinding) and would then be allowed to read the answers: crash reports of whoever debugs here.
struct LoopbackOnly<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard Self.isLocal(request.head.authority) else {
            return IngestError(status: .forbidden, detail: "this server answers for 127.0.0.1 and localhost only")
                .response
        }
        return try await next(request, context)
    }

    /// - Parameter authority: the header `Host`; HTTP/1.0 and some tools have none.
    static func isLocal(_ authority: String?) -> Bool {
        guard let authority, !authority.isEmpty else { return true }
        let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } : authority.prefix { $0 != ":" }
        return ["127.0.0.1", "localhost", "[::1"].contains(host.lowercased())
    }
}
#endif
