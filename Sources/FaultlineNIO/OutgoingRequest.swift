// SPDX-License-Identifier: Apache-2.0

internal import AsyncHTTPClient
internal import FaultlineCore

/// A request that is on its way, and what is told of it: a span and a breadcrumb, as
/// [sentry-python](https://github.com/getsentry/sentry-python/blob/master/sentry_sdk/integrations/httpx.py) has them.
struct OutgoingRequest: Sendable {
    private let method: String
    private let address: RequestAddress
    /// nil: somebody else makes one.
    private let span: FaultlineCore.Span?

    init(_ method: String, _ url: String, makesSpan: Bool) {
        self.method = method
        address = RequestAddress(url)
        guard makesSpan else {
            span = nil
            return
        }
        let span = FaultlineSDK.startSpan(
            operation: "http.client", name: "\(method) \(address.text)", origin: "auto.http.async_http_client")
        self.span = span
        guard span.isSampled else { return }
        var data: Fields = ["http.request.method": .string(method), "url": .string(address.text)]
        data["server.address"] = address.host.map { .string($0) }
        data["server.port"] = address.port.map { .integer(Int64($0)) }
        span.setData(data)
    }

    /// Runs `body` in the span.
    /// - Parameter body: is told whether there is one.
    func run<Result>(_ body: (Bool) throws -> Result) rethrows -> Result {
        guard let span else { return try body(false) }
        return try FaultlineSDK.withSpan(span) { _ in try body(true) }
    }

    /// Runs `body` in the span, on the caller's actor.
    func run<Result>(
        isolation: isolated (any Actor)? = #isolation, _ body: (Bool) async throws -> Result
    ) async rethrows -> Result {
        guard let span else { return try await body(false) }
        return try await FaultlineSDK.withSpan(span) { _ in try await body(true) }
    }

    /// A response has come.
    func end(status: Int, reason: String) {
        span?.setHTTPStatus(status)
        span?.finish()
        let level: Level = status >= 500 ? .error : status >= 400 ? .warning : .info
        leaveBreadcrumb(level, ["status_code": .integer(Int64(status)), "reason": .string(reason)])
    }

    /// There will be none.
    func end(_ error: any Error) {
        span?.setStatus(Self.status(error))
        span?.finish()
        let reason = (error as? HTTPClientError)?.shortDescription ?? "\(type(of: error))"
        leaveBreadcrumb(.error, ["reason": .string(reason)])
    }

    private func leaveBreadcrumb(_ level: Level, _ data: Fields) {
        let what: Fields = ["url": .string(address.text), "method": .string(method)]
        FaultlineSDK.addBreadcrumb(
            Breadcrumb(category: "http", level: level, type: "http", data: what.merging(data)))
    }

    private static func status(_ error: any Error) -> FaultlineCore.SpanStatus {
        if error is CancellationError { return .cancelled }
        switch error as? HTTPClientError {
        case .cancelled: return .cancelled
        case .deadlineExceeded, .connectTimeout, .readTimeout, .writeTimeout, .getConnectionFromPoolTimeout:
            return .deadlineExceeded
        default: return .internalError
        }
    }
}
