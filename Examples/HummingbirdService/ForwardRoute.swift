// SPDX-License-Identifier: Apache-2.0
#if Tools
import AsyncHTTPClient
import Faultline
import Hummingbird
import NIOCore
import NIOHTTP1

/// Asks another service, within the same trace.
struct ForwardRoute: Sendable {
    private struct UpstreamError: Error {
        let status: UInt
    }

    /// `http://127.0.0.1:8081`.
    private let upstream = Environment().get("UPSTREAM")

    func add(to router: Router<BasicRequestContext>) {
        router.get("/forward", use: forward)
    }

    private func forward(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        guard let upstream else { throw HTTPError(.notFound, message: "UPSTREAM names no service") }
        let path = request.uri.queryParameters["path"].map(String.init) ?? "/hello"
        // `http://127.0.0.1` + `.example.com` would be another host.
        guard path.hasPrefix("/") else { throw HTTPError(.badRequest, message: "a path begins with /") }
        do {
            let body = try await FaultlineSDK.withSpan(operation: "http.client", name: "GET \(path)") { span in
                try await ask(upstream + path, span)
            }
            return Response(status: .ok, body: ResponseBody(byteBuffer: body))
        } catch {
            FaultlineSDK.captureException(error)
            return Response(status: .badGateway, body: ResponseBody(byteBuffer: ByteBuffer(string: "no answer\n")))
        }
    }

    private func ask(_ url: String, _ span: Span) async throws -> ByteBuffer {
        var request = HTTPClientRequest(url: url)
        for (name, value) in FaultlineSDK.propagationHeaders(for: url) {
            request.headers.replaceOrAdd(name: name, value: value)
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        span.setHTTPStatus(Int(response.status.code))
        guard response.status == .ok else { throw UpstreamError(status: response.status.code) }
        return try await response.body.collect(upTo: 1 << 20)
    }
}
#endif
