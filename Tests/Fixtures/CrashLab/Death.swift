// SPDX-License-Identifier: Apache-2.0

import FaultlineCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// One way to die. Values come from `opaque`, so that the optimiser cannot see the death coming.
struct Death: Sendable {
    let name: String
    /// Whether the handlers that `prepare` installs see faults first.
    let previousFirst: Bool
    /// Whether it leaves a tag and a breadcrumb first. Without, no scope was ever used.
    let leavesTraces: Bool
    /// Before the SDK starts.
    let prepare: @Sendable () -> Void
    let die: @Sendable () async -> Void

    init(
        _ name: String, previousFirst: Bool = false, leavesTraces: Bool = true,
        prepare: @escaping @Sendable () -> Void = {},
        _ die: @escaping @Sendable () async -> Void
    ) {
        self.name = name
        self.previousFirst = previousFirst
        self.leavesTraces = leavesTraces
        self.prepare = prepare
        self.die = die
    }

    static let all: [Death] = {
        var all = faults + checks + tasks + threads + ends + forking + scopes + sessions
        #if os(Linux)
        all += memory + exceptions + locks + limits + handlers + children
        #endif
        return all
    }()

    /// A circumstance that this machine does not allow: the test is told, and skips.
    static func impossible(_ why: String) -> Never {
        print("impossible: \(why)")
        fflush(nil)
        exit(75)
    }
}

@inline(never)
func opaque(_ value: Int32) -> Int32 {
    CommandLine.argc > 1000 ? value + 1 : value
}
