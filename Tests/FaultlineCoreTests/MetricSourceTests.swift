// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing

@testable import FaultlineCore

@Suite struct MetricSourceTests {
    @Test func `a source is awaited once, until it has been asked`() async {
        let pauses = Mutex(0), questions = Mutex(0)
        let (paused, continuation) = AsyncStream.makeStream(of: Void.self)
        let source = MetricSource {
            questions.withLock { $0 += 1 }
            return MetricSource.Batch()
        } pause: {
            pauses.withLock { $0 += 1 }
            continuation.yield()
            try? await Task.sleep(for: .seconds(3600))
        }
        for _ in 0..<100 { source.note() }
        var iterator = paused.makeAsyncIterator()
        await iterator.next()
        #expect(pauses.withLock { $0 } == 1)
        _ = MetricSource.takeAll()
        #expect(questions.withLock { $0 } >= 1)
        source.note()
        await iterator.next()
        #expect(pauses.withLock { $0 } == 2)
    }
}
