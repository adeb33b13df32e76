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

extension Death {
    /// In Swift's concurrency, and on libdispatch's threads.
    static let tasks: [Death] = [
        Death("stack-overflow") { print(recurse(Int(opaque(0)))) },
        Death("stack-overflow-in-task") {
            let task = Task.detached { recurse(Int(opaque(0))) }
            print(await task.value)
        },
        Death("stack-overflow-on-queue") {
            await onQueue { print(recurse(Int(opaque(0)))) }
        },
        Death("array-index-in-task") {
            await FaultlineSDK.withIsolationScope { _ in
                FaultlineSDK.setTag("where", "task")
                await Task.yield()
                print(await awaitedElement(opaque(7)))
            }
        },
        Death("named-task") {
            await Task.detached(name: "pour the acid") { print(element(opaque(7), of: [1])) }.value
        },
        Death("task-group") {
            await withTaskGroup(of: Int.self) { group in
                for index in 0..<4 { group.addTask { await awaitedElement(Int32(index)) } }
                for await value in group { print(value) }
            }
        },
        Death("async-let") {
            async let value = awaitedElement(opaque(7))
            print(await value)
        },
        Death("actor") { print(await Burner().heat(opaque(0))) },
        Death("main-actor") { await MainActor.run { print(element(opaque(7), of: [1])) } },
        Death("continuation-twice") {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                continuation.resume()
                continuation.resume()
            }
        },
        Death("bad-pointer-on-queue") { await onQueue { faults_write_to(16) } },
        Death("in-before-breadcrumb") { FaultlineSDK.addBreadcrumb(message: "burn", category: "burner") },
        Death("ten-thousand-scopes") {
            // More than the box's file holds, all alive at once; the last one that came crashes.
            let count = 10_000
            let arrived = AsyncStream.makeStream(of: Void.self)
            for request in 0..<count {
                Task.detached {
                    await FaultlineSDK.withRequest(method: "GET", route: "/orders/\(request)") {
                        FaultlineSDK.setTag("request", "\(request)")
                        for step in 0..<20 { FaultlineSDK.addBreadcrumb(message: "request \(request), step \(step)") }
                        arrived.continuation.yield()
                        guard request == count - 1 else {
                            return await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
                        }
                        var others = 0
                        for await _ in arrived.stream {
                            others += 1
                            if others == count { faults_write_to(16) }
                        }
                    }
                }
            }
            await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
        },
        Death("busy-scopes") {
            // The SDK's own locks and memory are in every state when the fault comes.
            for thread in 0..<8 {
                Task.detached {
                    while true {
                        FaultlineSDK.setTag("turn", "\(thread)")
                        FaultlineSDK.addBreadcrumb(message: "turn of \(thread)")
                        FaultlineSDK.captureMessage("turn")
                    }
                }
            }
            for _ in 0..<2000 { FaultlineSDK.setTag("main", "turns") }
            faults_write_to(16)
        },
    ]

    /// Beside many others.
    static let threads: [Death] = [
        Death("many-threads") {
            faults_start_threads(300)
            faults_write_to(16)
        },
        Death("thousand-threads") {
            faults_start_threads(1000)
            faults_write_to(16)
        },
        Death("two-crashes") { faults_crash_twice(16) },
    ]
}

private func onQueue(_ work: @escaping @Sendable () -> Void) async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        DispatchQueue(label: "laboratory").async {
            work()
            continuation.resume()
        }
    }
}

private actor Burner {
    var celsius: Int32 = 20

    @inline(never)
    func heat(_ divisor: Int32) -> Int32 {
        celsius = celsius / divisor
        return celsius
    }
}

@inline(never)
func awaitedElement(_ index: Int32) async -> Int {
    await Task.yield()
    return element(index, of: [1, 2, 3])
}

@inline(never)
func recurse(_ depth: Int) -> Int {
    depth < 0 ? 0 : recurse(depth + 1) &* 3 &+ depth
}
