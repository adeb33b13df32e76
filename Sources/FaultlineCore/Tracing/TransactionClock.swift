// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Nanoseconds that only grow.
enum MonotonicClock {
    static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}

/// The system's time at a transaction's start, from which its spans are timed: one that is set meanwhile moves none.
struct TransactionClock: Sendable {
    private let start: Timestamp
    let monotonicStart: UInt64

    init(now: Timestamp = .now(), monotonic: UInt64 = MonotonicClock.now) {
        start = now
        monotonicStart = monotonic
    }

    func timestamp(_ monotonic: UInt64) -> Timestamp {
        start.advanced(by: .nanoseconds(Int64(truncatingIfNeeded: monotonic &- monotonicStart)))
    }

    /// What has just been is told by how long ago it was: so a clock that was set meanwhile moves nothing of a tracer's that
    /// asks the system's. Else from the start on; saturates at a hundred years from it.
    func monotonic(_ moment: Timestamp) -> UInt64 {
        let now = Timestamp.now()
        if moment <= now, now < moment.advanced(by: .seconds(5)) {
            let age =
                (now.seconds - moment.seconds) * 1_000_000_000 + Int64(now.nanoseconds) - Int64(moment.nanoseconds)
            return MonotonicClock.now &- UInt64(age)
        }
        let century: Int64 = 100 * 366 * 86_400
        let (seconds, overflow) = moment.seconds.subtractingReportingOverflow(start.seconds)
        let limited = overflow ? (moment < start ? -century : century) : min(max(seconds, -century), century)
        let nanoseconds = limited * 1_000_000_000 + Int64(moment.nanoseconds) - Int64(start.nanoseconds)
        let (sum, wraps) = Int64(clamping: monotonicStart).addingReportingOverflow(nanoseconds)
        return wraps ? .max : UInt64(max(sum, 0))
    }
}
