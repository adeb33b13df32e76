// SPDX-License-Identifier: Apache-2.0
#if GRPC
internal import FaultlineCore
internal import GRPCCore
internal import Synchronization

/// One RPC, from its handler to the end of its response; that of a response which nobody sends is when it is dropped.
final class RunningCall: Sendable {
    static let origin = "auto.rpc.grpc"

    private let scope: Scope
    private let span: Span
    private let failedCodes: Set<RPCError.Code>
    private let cancellation: ServerContext.RPCCancellationHandle
    private let hasEnded = Atomic(false)

    /// Called in `scope`.
    init(_ name: String, scope: Scope, failedCodes: Set<RPCError.Code>, _ context: ServerContext) {
        self.scope = scope
        self.failedCodes = failedCodes
        cancellation = context.cancellation
        span = FaultlineSDK.startTransaction(
            name: name, operation: "rpc.server", source: .route, origin: Self.origin)
    }

    deinit {
        end(CancellationError())
    }

    /// Runs a part of the RPC in its scope, and ends it when `body` throws.
    func run<Result>(_ body: () async throws -> Result) async throws -> Result {
        try await FaultlineSDK.withIsolationScope(scope) { _ in
            try await FaultlineSDK.withSpan(span) { _ in
                do {
                    return try await body()
                } catch {
                    end(error)
                    throw error
                }
            }
        }
    }

    /// Ends it, once; nil: well.
    func end(_ error: (any Error)?) {
        guard !hasEnded.exchange(true, ordering: .relaxed) else { return }
        FaultlineSDK.withIsolationScope(scope) { _ in
            FaultlineSDK.withSpan(span) { _ in
                if let error = error?.thrown {
                    report(error)
                } else {
                    span.setStatus(.ok)
                }
                span.finish()
                if FaultlineSDK.isTrackingSessions { FaultlineSDK.endSession() }
            }
        }
    }

    private func report(_ error: any Error) {
        let code = RPCError.Code(of: error)
        // A transport says first that the client is gone, and then throws one of these at whoever reads or writes.
        let isGivenUp = cancellation.isCancelled && [.unknown, .cancelled, .unavailable].contains(code)
        guard !isGivenUp, !(error is CancellationError) else { return span.setStatus(.cancelled) }
        span.setStatus(SpanStatus(of: error))
        if failedCodes.contains(code) {
            FaultlineSDK.captureException(error, hint: Hint(mechanism: .unhandled(Self.origin)))
        }
    }
}
#endif
