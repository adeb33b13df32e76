// SPDX-License-Identifier: Apache-2.0
#if Tools
/// What was waited for did not come in time.
struct DeadlineMissed: Error, CustomStringConvertible {
    let what: String
    let limit: Duration

    var description: String { "not within \(limit): \(what)" }
}

/// The result of `body`, which must heed cancellation, or `DeadlineMissed` when it takes longer than `limit`.
func within<Result: Sendable>(
    _ limit: Duration, _ what: String, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result.self) { group in
        group.addTask(operation: body)
        group.addTask {
            try await Task.sleep(for: limit)
            throw DeadlineMissed(what: what, limit: limit)
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw CancellationError() }
        return first
    }
}

/// Asks again and again, for what no event tells: the first value that `body` answers.
@discardableResult
func eventually<Result: Sendable>(
    within limit: Duration = .seconds(20), _ what: String, _ body: @escaping @Sendable () async throws -> Result?
) async throws -> Result {
    try await within(limit, what) {
        while true {
            if let result = try await body() { return result }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
#endif
