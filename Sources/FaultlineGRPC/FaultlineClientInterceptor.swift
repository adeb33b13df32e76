// SPDX-License-Identifier: Apache-2.0
#if GRPC
internal import FaultlineCore
public import GRPCCore

/// Carries the trace on to the service that is called, and makes a span (`rpc.client`) of each call, which ends when the
/// response begins. Errors are the caller's: none is reported. `Options.tracePropagationTargets` match the server's address
/// and the method, `ipv4:10.0.0.7:31415/shop.Orders/Get`.
public struct FaultlineClientInterceptor: ClientInterceptor {
    /// For the `interceptors` of a client.
    public init() {}

    /// Makes the RPC within a span, and sends the trace along.
    public func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingClientRequest<Input>, context: ClientContext,
        next: (StreamingClientRequest<Input>, ClientContext) async throws -> StreamingClientResponse<Output>
    ) async throws -> StreamingClientResponse<Output> {
        let name = "/\(context.descriptor.fullyQualifiedMethod)"
        let span = FaultlineSDK.startSpan(operation: "rpc.client", name: name, origin: "auto.rpc.grpc")
        defer { span.finish() }
        return try await FaultlineSDK.withSpan(span) { span in
            var request = request
            let baggage = Array(request.metadata[stringValues: "baggage"]).joined(separator: ",")
            for (name, value) in FaultlineSDK.propagationHeaders(for: context.remotePeer + name, baggage: baggage) {
                request.metadata.replaceOrAddString(value, forKey: name)
            }
            do {
                let response = try await next(request, context)
                if case .failure(let error) = response.accepted {
                    span.setStatus(SpanStatus(of: error))
                } else {
                    span.setStatus(.ok)
                }
                return response
            } catch {
                span.setStatus(SpanStatus(of: error))
                throw error
            }
        }
    }
}
#endif
