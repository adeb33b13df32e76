// SPDX-License-Identifier: Apache-2.0

/// Waits until something that another task does has happened, at most a minute.
/// - Returns: whether it has.
func eventually(_ condition: () -> Bool) async -> Bool {
    let deadline = ContinuousClock.now + .seconds(60)
    while !condition() {
        guard ContinuousClock.now < deadline else { return false }
        await Task.yield()
        try? await Task.sleep(for: .milliseconds(1))
    }
    return true
}
