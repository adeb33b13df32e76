// SPDX-License-Identifier: Apache-2.0
#if GRPC
internal import FaultlineCore
public import GRPCCore

/// Carries the trace on to the service that is called, and makes a span (`rpc.client`) of each call, which ends with the
/// response; it has no status when that is not read to its end. Errors are the caller's: none is reported.
/// `Options.tracePropagationTargets` match the server's address and the method, `ipv4:10.0.0.7:31415/shop.Orders/Get`.
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
        let call = ClientCall(span)
        return try await FaultlineSDK.withSpan(span) { span in
            var request = request
            let baggage = Array(request.metadata[stringValues: "baggage"]).joined(separator: ",")
            for (name, value) in FaultlineSDK.propagationHeaders(for: context.remotePeer + name, baggage: baggage) {
                request.metadata.replaceOrAddString(value, forKey: name)
            }
            do {
                var response = try await next(request, context)
                switch response.accepted {
                case .failure(let error):
                    call.end(SpanStatus(of: error))
                case .success(var contents):
                    contents.bodyParts = RPCAsyncSequence(wrapping: WatchedParts(parts: contents.bodyParts, call: call))
                    response.accepted = .success(contents)
                }
                return response
            } catch {
                call.end(SpanStatus(of: error))
                throw error
            }
        }
    }
}

/// Ends the span of a call, at the latest when nobody can read the response any more.
private final class ClientCall: Sendable {
    private let span: Span

    init(_ span: Span) { self.span = span }

    deinit { span.finish() }

    func end(_ status: SpanStatus) {
        span.setStatus(status)
        span.finish()
    }
}

/// The parts of a response, the last of which ends the call.
private struct WatchedParts<Message: Sendable>: AsyncSequence, Sendable {
    typealias Part = StreamingClientResponse<Message>.Contents.BodyPart
    typealias Failure = any Error

    let parts: RPCAsyncSequence<Part, any Error>
    let call: ClientCall

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(parts: parts.makeAsyncIterator(), call: call) }

    struct AsyncIterator: AsyncIteratorProtocol {
        var parts: RPCAsyncSequence<Part, any Error>.AsyncIterator
        let call: ClientCall

        mutating func next(isolation actor: isolated (any Actor)?) async throws(any Error) -> Part? {
            do {
                let part = try await parts.next(isolation: actor)
                switch part {
                case .message: break
                case .trailingMetadata, nil: call.end(.ok)
                }
                return part
            } catch {
                call.end(SpanStatus(of: error))
                throw error
            }
        }
    }
}
#endif
