// SPDX-License-Identifier: Apache-2.0

public import AsyncHTTPClient
internal import FaultlineCore
public import Logging
public import NIOCore
internal import NIOHTTP1
internal import Tracing

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

extension HTTPClientRequest {
    /// Has the request carry the running trace on; see `HTTPHeaders.setFaultlineTrace(for:)`.
    public mutating func setFaultlineTrace() { headers.setFaultlineTrace(for: url) }
}

extension HTTPClient.Request {
    /// Has the request carry the running trace on; see `HTTPHeaders.setFaultlineTrace(for:)`.
    public mutating func setFaultlineTrace() { headers.setFaultlineTrace(for: url.absoluteString) }
}

extension HTTPClient {
    /// Sends the request as a span of the running transaction, with headers that carry the trace on, and leaves a breadcrumb.
    ///
    /// ```swift
    /// let response = try await client.executeTraced(HTTPClientRequest(url: url), timeout: .seconds(5))
    /// ```
    /// The span, `http.client`, ends with the head of the response; neither it nor the breadcrumb has the URL's query, user or
    /// password. A client whose tracer is Faultline's makes the span and the headers itself: then only the breadcrumb is
    /// added. To another tracer `traceparent` is left. Errors are the client's, unchanged.
    public func executeTraced(
        _ request: HTTPClientRequest, deadline: NIODeadline, logger: Logger? = nil
    ) async throws -> HTTPClientResponse {
        let outgoing = OutgoingRequest(request.method.rawValue, request.url, makesSpan: !makesFaultlineSpans)
        do {
            let response = try await outgoing.run { isTracing in
                var request = request
                let given = request.headers["traceparent"]
                if isTracing { request.setFaultlineTrace() }
                if hasOtherTracer {
                    // It adds one with its own ids, and two are none.
                    request.headers.remove(name: "traceparent")
                    for value in given { request.headers.add(name: "traceparent", value: value) }
                }
                return try await execute(request, deadline: deadline, logger: logger)
            }
            outgoing.end(status: Int(response.status.code), reason: response.status.reasonPhrase)
            return response
        } catch {
            outgoing.end(error)
            throw error
        }
    }

    /// Sends the request as a span; see ``executeTraced(_:deadline:logger:)``.
    /// - Parameters:
    ///   - request: the client's.
    ///   - timeout: until the head of the response.
    ///   - logger: the client's.
    public func executeTraced(
        _ request: HTTPClientRequest, timeout: TimeAmount, logger: Logger? = nil
    ) async throws -> HTTPClientResponse {
        try await executeTraced(request, deadline: .now() + timeout, logger: logger)
    }

    /// Sends the request as a span, which ends with the whole response; see ``executeTraced(_:deadline:logger:)``. The trace and
    /// the scope are those of the caller.
    public func executeTraced(
        request: Request, deadline: NIODeadline? = nil, logger: Logger? = nil
    ) -> EventLoopFuture<Response> {
        // This form of the client's never sets headers by itself; and a span that it makes is begun on an event loop, where
        // nothing runs: Faultline's tracer leaves that one out.
        let outgoing = OutgoingRequest(request.method.rawValue, request.url.absoluteString, makesSpan: true)
        let request = outgoing.run { _ in
            var request = request
            request.setFaultlineTrace()
            return request
        }
        let isolation = FaultlineSDK.isolationScope
        let response = execute(request: request, eventLoop: .indifferent, deadline: deadline, logger: logger)
        response.whenComplete { result in
            FaultlineSDK.withIsolationScope(isolation) { _ in
                switch result {
                case .success(let response):
                    outgoing.end(status: Int(response.status.code), reason: response.status.reasonPhrase)
                case .failure(let error): outgoing.end(error)
                }
            }
        }
        return response
    }

    /// Whether it makes a span of ours for each request by itself.
    private var makesFaultlineSpans: Bool { tracer is any FaultlineSpanMaker }

    private var hasOtherTracer: Bool { tracer.map { !($0 is any FaultlineSpanMaker) && !($0 is NoOpTracer) } ?? false }
}
