// SPDX-License-Identifier: Apache-2.0

internal import AsyncHTTPClient
internal import FaultlineCore
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// Takes in one answer. The status decides what becomes of the envelope: when the rest of the answer breaks off, takes too
/// long or does not end, what has come counts.
final class AnswerReader: HTTPClientResponseDelegate {
    /// Of the body, which says why: a longer one is not worth the wait.
    private static let bodyLimit = 4096

    private struct TooLong: Error {}

    private let read = Mutex<(head: HTTPResponseHead, body: [UInt8])?>(nil)

    func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        read.withLock { $0 = (head, []) }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        let isFull = read.withLock { read in
            read?.body.append(contentsOf: buffer.readableBytesView)
            return (read?.body.count ?? 0) >= Self.bodyLimit
        }
        return isFull
            ? task.eventLoop.makeFailedFuture(TooLong()) : task.eventLoop.makeSucceededVoidFuture()
    }

    func didFinishRequest(task: HTTPClient.Task<Void>) {}

    /// nil: no status has come.
    var result: TransportResult? {
        guard let (head, body) = read.withLock({ $0 }) else { return nil }
        let limits = head.headers["X-Sentry-Rate-Limits"]
        // Nearly always; who took it may say what it likes.
        if limits.isEmpty, (200..<300).contains(head.status.code) { return .accepted }
        return ServerAnswer(
            status: Int(head.status.code), reasonPhrase: head.status.reasonPhrase,
            error: head.headers.first(name: "X-Sentry-Error"), retryAfter: head.headers.first(name: "Retry-After"),
            // A header that comes several times is one list (RFC 9110, 5.3).
            rateLimits: limits.isEmpty ? nil : limits.joined(separator: ","),
            body: String(decoding: body.prefix(Self.bodyLimit), as: UTF8.self)
        ).result
    }
}
