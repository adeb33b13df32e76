// SPDX-License-Identifier: Apache-2.0
#if GRPC
internal import FaultlineCore
internal import GRPCCore

extension RPCError.Code {
    /// What a client is told of the error.
    init(of error: any Error) {
        self =
            switch error {
            case let error as RPCError: error.code
            case let error as any RPCErrorConvertible: error.rpcErrorCode
            default: .unknown
            }
    }
}

extension Error {
    /// What was thrown: behind another interceptor gRPC makes it the cause of an error without a message.
    var thrown: any Error {
        guard let error = self as? RPCError, error.code == .unknown, error.message.isEmpty else { return self }
        return error.cause ?? self
    }
}

extension SpanStatus {
    /// By gRPC's numbers, from 1 on (https://grpc.io/docs/guides/status-codes/).
    private static let byCode: [SpanStatus] = [
        .ok, .cancelled, .unknownError, .invalidArgument, .deadlineExceeded, .notFound, .alreadyExists,
        .permissionDenied, .resourceExhausted, .failedPrecondition, .aborted, .outOfRange, .unimplemented,
        .internalError, .unavailable, .dataLoss, .unauthenticated,
    ]

    init(of error: any Error) {
        let code = RPCError.Code(of: error).rawValue
        self =
            error is CancellationError
            ? .cancelled : Self.byCode.indices.contains(code) ? Self.byCode[code] : .unknownError
    }
}

extension Metadata {
    /// The headers that carry a trace.
    var traceHeaders: [(name: String, value: String)] {
        ["sentry-trace", "baggage", "traceparent"].flatMap { name in
            self[stringValues: name].map { (name: name, value: $0) }
        }
    }
}
#endif
