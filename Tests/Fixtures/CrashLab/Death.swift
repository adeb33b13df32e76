// SPDX-License-Identifier: Apache-2.0

import CFaults
import Dispatch
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
    /// Before the SDK starts.
    let prepare: @Sendable () -> Void
    let die: @Sendable () async -> Void

    init(
        _ name: String, previousFirst: Bool = false, prepare: @escaping @Sendable () -> Void = {},
        _ die: @escaping @Sendable () async -> Void
    ) {
        self.name = name
        self.previousFirst = previousFirst
        self.prepare = prepare
        self.die = die
    }

    static let all: [Death] = simple + hard

    private static let simple: [Death] = [
        Death("bad-pointer") { faults_write_to(16) },
        Death("non-canonical-pointer") { faults_write_to(0xdead_0000_0000_0000) },
        Death("null-call") { faults_call_null() },
        Death("beyond-file") { faults_touch_beyond_file() },
        Death("double-free") { faults_free_twice(64) },
        Death("assert") { faults_assert(opaque(0)) },
        Death("divide-by-zero") { _ = faults_divide(1, opaque(0)) },
        Death("abort") { abort() },
        Death("trap") { faults_trap() },
        Death("breakpoint") { raise(SIGTRAP) },
        Death("bad-system-call") { raise(SIGSYS) },
        Death("killed-by-segv") {
            // To the process: another thread may take it, and this one must not end the program meanwhile.
            kill(getpid(), SIGSEGV)
            pause()
        },
        Death("fatal-error") { fatalError("the laboratory burns") },
        Death("precondition") { precondition(opaque(0) == 1, "one is one") },
        Death("array-index") { print(element(opaque(7), of: [1, 2, 3])) },
        Death("nil-unwrap") { print(unwrap(opaque(0) == 1 ? 1 : nil)) },
        Death("arithmetic-overflow") { print(increment(Int.max - Int(opaque(0)))) },
        Death("stack-overflow") { print(recurse(Int(opaque(0)))) },
        Death("stack-overflow-in-task") {
            let task = Task.detached { recurse(Int(opaque(0))) }
            print(await task.value)
        },
        Death("array-index-in-task") {
            await FaultlineSDK.withIsolationScope {
                FaultlineSDK.setTag("where", "task")
                await Task.yield()
                print(await awaitedElement(opaque(7)))
            }
        },
        Death("bad-pointer-on-queue") {
            DispatchQueue(label: "laboratory").sync {}
            await withCheckedContinuation { (never: CheckedContinuation<Void, Never>) in
                DispatchQueue(label: "laboratory").async {
                    faults_write_to(16)
                    never.resume()
                }
            }
        },
        Death("many-threads") {
            faults_start_threads(300)
            faults_write_to(16)
        },
        Death("thousand-threads") {
            faults_start_threads(1000)
            faults_write_to(16)
        },
        Death("two-crashes") { faults_crash_twice(16) },
        Death("exit") { exit(3) },
        Death("wait") {
            print("waiting")
            fflush(nil)
            pause()
        },
        Death("after-close") {
            await FaultlineSDK.close(timeout: .seconds(1))
            faults_write_to(16)
        },
    ]
}

@inline(never)
func opaque(_ value: Int32) -> Int32 {
    CommandLine.argc > 1000 ? value + 1 : value
}

@inline(never)
func element(_ index: Int32, of array: [Int]) -> Int {
    array[Int(index)]
}

@inline(never)
func awaitedElement(_ index: Int32) async -> Int {
    await Task.yield()
    return element(index, of: [1, 2, 3])
}

@inline(never)
func unwrap(_ value: Int?) -> Int {
    value!
}

@inline(never)
func increment(_ value: Int) -> Int {
    value + 1
}

@inline(never)
func recurse(_ depth: Int) -> Int {
    depth < 0 ? 0 : recurse(depth + 1) &* 3 &+ depth
}
