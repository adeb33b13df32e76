// SPDX-License-Identifier: Apache-2.0

/// How the work of a span ended.
///
/// Source: [Span statuses](https://develop.sentry.dev/sdk/foundations/transport/event-payloads/span/#status).
public enum SpanStatus: String, Sendable, Hashable, CaseIterable {
    /// It did what it was to do.
    case ok
    /// Somebody gave it up, most often the caller.
    case cancelled
    /// It failed, nobody knows how.
    case unknownError = "unknown_error"
    /// The caller asked for what makes no sense in any state.
    case invalidArgument = "invalid_argument"
    /// It was not ready in time.
    case deadlineExceeded = "deadline_exceeded"
    /// What was asked for is not there.
    case notFound = "not_found"
    /// What was to be made is there already.
    case alreadyExists = "already_exists"
    /// The caller may not do it.
    case permissionDenied = "permission_denied"
    /// A quota or a disk is full.
    case resourceExhausted = "resource_exhausted"
    /// The state does not allow it.
    case failedPrecondition = "failed_precondition"
    /// It was broken off; a crash, say, or a conflict.
    case aborted
    /// Beyond the end of what there is.
    case outOfRange = "out_of_range"
    /// There is no such operation here.
    case unimplemented
    /// A promise of the service's own was broken.
    case internalError = "internal_error"
    /// The service cannot be reached; trying again may do.
    case unavailable
    /// Data are lost for good.
    case dataLoss = "data_loss"
    /// Nobody knows who the caller is.
    case unauthenticated

    /// What an HTTP status code says; below 400 all is well.
    public init(httpStatus code: Int) {
        self =
            switch code {
            case ..<400: .ok
            case 401: .unauthenticated
            case 403: .permissionDenied
            case 404: .notFound
            case 409: .alreadyExists
            case 413: .failedPrecondition
            case 429: .resourceExhausted
            case 400..<500: .invalidArgument
            case 501: .unimplemented
            case 503: .unavailable
            case 504: .deadlineExceeded
            case 500..<600: .internalError
            default: .unknownError
            }
    }
}
