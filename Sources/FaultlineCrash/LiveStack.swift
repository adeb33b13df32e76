// SPDX-License-Identifier: Apache-2.0

internal import CFaultlineCrash

/// The calling thread's stack as addresses, oldest first; behind those of the thread, in front of them in the list, the
/// async callers that wait for it.
///
/// Taken in some 10 ns a frame, without a lock or an allocation per frame. Names are found later, by whoever sends it.
package struct LiveStack: Sendable {
    /// As they are sent: each is one behind the instruction it stands for.
    package let addresses: [UInt64]
    /// So many of them are async callers.
    package let awaiting: Int
    /// Frames that there was no room for, before `addresses[newest]`.
    let leftOut: Int
    let newest: Int
    /// How many libraries have come and gone when it was taken.
    let loaded: UInt64

    /// Empty where the thread has another stack than its own (a signal handler's, a coroutine's), and off Linux.
    package var isEmpty: Bool { addresses.isEmpty }

    /// - Parameter mark: the address of a local variable of the function whose caller the stack shall begin with, so that
    ///   it does not matter what of ours lies in between, inlined or not. That function itself must be
    ///   `@inline(never)`. nil: with the caller of this one.
    @inline(never)
    package static func capture(above mark: UnsafeRawPointer? = nil) -> LiveStack {
        var own = 0
        return withUnsafePointer(to: &own) { take(above: mark ?? UnsafeRawPointer($0)) }
    }

    private static func take(above mark: UnsafeRawPointer) -> LiveStack {
        withUnsafeTemporaryAllocation(of: fl_live_stack.self, capacity: 1) { buffer in
            let stack = buffer.baseAddress.unsafelyUnwrapped
            fl_live_stack_capture(mark, stack)
            let count = Int(stack.pointee.count)
            let addresses = [UInt64](unsafeUninitializedCapacity: count) { addresses, initialized in
                withUnsafeBytes(of: &stack.pointee.address) { all in
                    UnsafeMutableRawBufferPointer(addresses).copyMemory(
                        from: UnsafeRawBufferPointer(rebasing: all.prefix(count * MemoryLayout<UInt64>.stride)))
                }
                initialized = count
            }
            return LiveStack(
                addresses: addresses, awaiting: Int(stack.pointee.awaiting), leftOut: Int(stack.pointee.left_out),
                newest: Int(stack.pointee.newest), loaded: stack.pointee.loaded)
        }
    }
}
