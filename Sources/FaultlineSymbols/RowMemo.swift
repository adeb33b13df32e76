// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// What was found at addresses of images before: a service captures at few places, many times.
///
/// By build id and address as linked, so that it holds for another process's report too. Any thread.
package final class RowMemo: Sendable {
    /// Of one image.
    struct Known: Sendable {
        var rows: [UInt64: [SymbolRow]] = [:]
        var hasDebugInfo = false
        var imageWritten: Int?
    }

    private struct State {
        var images: [[UInt8]: Known] = [:]
        var count = 0
    }

    private let state = Mutex(State())
    private let capacity: Int

    /// - Parameter capacity: addresses in all; past it everything is forgotten.
    package init(capacity: Int = 20_000) {
        self.capacity = capacity
    }

    /// nil: nothing is known of the image.
    func known(_ buildID: [UInt8]) -> Known? {
        state.withLock { $0.images[buildID] }
    }

    /// Adds to what is known.
    func note(_ found: Known, _ buildID: [UInt8]) {
        state.withLock { state in
            if state.count + found.rows.count > capacity {
                state.images.removeAll()
                state.count = 0
            }
            let before = state.images[buildID]?.rows.count ?? 0
            var known = found
            if let older = state.images[buildID] { known.rows.merge(older.rows) { new, _ in new } }
            state.count += known.rows.count - before
            state.images[buildID] = known
        }
    }
}
