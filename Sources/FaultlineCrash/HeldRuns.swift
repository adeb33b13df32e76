// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The runs whose lock this process holds: its own, and those it recovers.
///
/// Within one process a record lock excludes nobody, and closing any descriptor of its file ends it (fcntl(2)). After a
/// close and a new start the old recovery may still be at work: so the name of a run is entered here before its lock is
/// opened, and taken out after that is closed.
enum HeldRuns {
    private struct Names {
        var process: pid_t = 0
        var names: Set<String> = []
    }

    private static let held = Mutex(Names())

    /// - Returns: false when it is held already.
    static func take(_ name: String) -> Bool {
        held.withLock { held in
            // A forked child holds none of its parent's locks.
            if held.process != getpid() { held = Names(process: getpid()) }
            return held.names.insert(name).inserted
        }
    }

    static func letGo(_ name: String) {
        held.withLock { _ = $0.names.remove(name) }
    }
}
