// SPDX-License-Identifier: Apache-2.0
#if GRPC
internal import FaultlineCore
public import GRPCCore

/// Runs each RPC in a scope and a transaction of its own, and reports what it throws. Put it first:
///
///     GRPCServer(transport: transport, services: services, interceptors: [FaultlineServerInterceptor()])
///
/// The transaction, `/shop.Orders/Get`, ends with the last message of the response, and so does the RPC's scope. An error is
/// reported once and thrown on; one that blames the client by its code is not, nor what comes of it that the RPC was
/// cancelled: the client is gone, its time is up, or the server shuts down. One that names no code is `unknown`, as the client
/// sees it.
public struct FaultlineServerInterceptor: ServerInterceptor {
    private let failedCodes: Set<RPCError.Code>

    /// Codes for which a server has failed.
    /// Source: [gRPC spans](https://opentelemetry.io/docs/specs/semconv/rpc/grpc/#grpc-status).
    public static let standardFailedCodes: Set<RPCError.Code> = [
        .unknown, .deadlineExceeded, .unimplemented, .internalError, .unavailable, .dataLoss,
    ]

    /// - Parameter failedCodes: of the errors that are reported.
    public init(failedCodes: Set<RPCError.Code> = Self.standardFailedCodes) {
        self.failedCodes = failedCodes
    }

    /// Handles the RPC in a scope of its own, to the end of its answer.
    public func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>, context: ServerContext,
        next: @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        try await FaultlineSDK.withIsolationScope { scope in
            FaultlineSDK.continueTrace(headers: request.metadata.traceHeaders)
            if FaultlineSDK.isTrackingSessions { FaultlineSDK.startSession(mode: .request) }
            let name = "/\(context.descriptor.fullyQualifiedMethod)"
            scope.setTransaction(name)
            let call = RunningCall(name, scope: scope, failedCodes: failedCodes, context)
            var response = try await call.run { try await next(request, context) }
            switch response.accepted {
            case .failure(let error):
                call.end(error)
            case .success(var contents):
                let producer = contents.producer
                // It runs later, and not in this task's scope.
                contents.producer = { writer in
                    let metadata = try await call.run { try await producer(writer) }
                    call.end(nil)
                    return metadata
                }
                response.accepted = .success(contents)
            }
            return response
        }
    }
}
#endif
