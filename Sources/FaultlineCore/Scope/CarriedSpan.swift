// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// The span that another library's task-local context carries. A tracer of swift-distributed-tracing cannot bind anything
/// but that library's own context, so it is asked for what it has put in there.
package enum CarriedSpan {
    private final class Reader: Sendable {
        let read: @Sendable () -> Span?

        init(_ read: @escaping @Sendable () -> Span?) { self.read = read }
    }
    /// Never given back. `AtomicLazyReference` would ask the runtime for its type at each look.
    private static let reader = Atomic<Unmanaged<Reader>?>(nil)

    /// From now on `read` is asked, on any thread; the first one stays.
    package static func beRead(by read: @escaping @Sendable () -> Span?) {
        let new = Unmanaged.passRetained(Reader(read))
        guard !reader.compareExchange(expected: nil, desired: new, ordering: .acquiringAndReleasing).exchanged else {
            return
        }
        new.release()
    }

    /// Whether there may be one.
    static var isRead: Bool { reader.load(ordering: .acquiring) != nil }

    static var current: Span? { reader.load(ordering: .acquiring)?._withUnsafeGuaranteedRef { $0.read() } }
}
