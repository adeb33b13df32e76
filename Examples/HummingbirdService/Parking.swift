// SPDX-License-Identifier: Apache-2.0
#if Tools
/// Requests held in flight, until `/release`, or for 30 seconds.
actor Parking {
    private var parked: [Int: AsyncStream<Void>.Continuation] = [:]
    private var tickets = 0

    var count: Int { parked.count }

    func park() async {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        tickets += 1
        let ticket = tickets
        parked[ticket] = continuation
        let limit = Task {
            try await Task.sleep(for: .seconds(30))
            continuation.finish()
        }
        for await _ in stream {}
        limit.cancel()
        parked[ticket] = nil
    }

    func release() {
        for continuation in parked.values { continuation.finish() }
    }
}
#endif
