// SPDX-License-Identifier: Apache-2.0

internal import FaultlineFiles

/// The runs whose lock this process holds: its own, and those it recovers.
///
/// Within one process a record lock excludes nobody, and closing any descriptor of its file ends it (fcntl(2)). After a
/// close and a new start the old recovery may still be at work: so the name of a run is entered here before its lock is
/// opened, and taken out after that is closed.
enum HeldRuns {
    /// A forked child holds none of its parent's locks.
    private static let held = Lock<Set<String>>([], isForOneProcess: true)

    /// - Returns: false when it is held already.
    static func take(_ name: String) -> Bool {
        held.withLock { $0.insert(name).inserted }
    }

    static func letGo(_ name: String) {
        held.withLock { _ = $0.remove(name) }
    }
}
