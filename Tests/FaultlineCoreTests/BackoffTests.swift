// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import FaultlineCore

@Suite struct BackoffTests {
    @Test func `pauses double up to a minute and begin anew after a success`() {
        var backoff = Backoff()
        let pauses = (0..<8).map { _ in backoff.failed(wish: nil, jitter: 1) }
        #expect(pauses == [1, 2, 4, 8, 16, 32, 60, 60].map { .seconds($0) })
        backoff.succeeded()
        #expect(backoff.failed(wish: nil, jitter: 0.5) == .milliseconds(500))
    }

    @Test func `the server's wish counts when it is longer, up to an hour`() {
        var backoff = Backoff()
        #expect(backoff.failed(wish: .seconds(90), jitter: 1) == .seconds(90))
        #expect(backoff.failed(wish: .milliseconds(1), jitter: 1) == .seconds(2))
        #expect(backoff.failed(wish: .seconds(1_000_000), jitter: 1) == .seconds(3600))
    }

    @Test func `one line of a kind passes in a minute, and the next tells how many did not`() {
        var limiter = LogLimiter()
        let now = ContinuousClock.now
        #expect(limiter.pass("a", now: now) == 0)
        #expect(limiter.pass("a", now: now + .seconds(1)) == nil)
        #expect(limiter.pass("a", now: now + .seconds(59)) == nil)
        #expect(limiter.pass("b", now: now + .seconds(59)) == 0)
        #expect(limiter.pass("a", now: now + .seconds(60)) == 2)
    }
}
