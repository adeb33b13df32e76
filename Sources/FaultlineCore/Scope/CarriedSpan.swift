// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// The span that another library's task-local context carries. A tracer of swift-distributed-tracing cannot bind anything
/// but that library's own context, so it is asked for what it has put in there.
package enum CarriedSpan {
    private final class Reader: Sendable {
        let read: @Sendable () -> Span?

        init(_ read: @escaping @Sendable () -> Span?) { self.read = read }
    }
    private static let reader = AtomicLazyReference<Reader>()

    /// From now on `read` is asked, on any thread; the first one stays.
    package static func beRead(by read: @escaping @Sendable () -> Span?) {
        _ = reader.storeIfNil(Reader(read))
    }

    static var current: Span? { reader.load()?.read() }
}
