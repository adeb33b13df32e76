// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// State of the process behind a lock, which a forked child begins anew: the parent's other threads are not in it, and one
/// of them may have held the lock for ever.
final class ProcessState<Value: Sendable>: Sendable {
    private final class Locked: Sendable {
        let value: Mutex<Value>

        init(_ value: Value) { self.value = Mutex(value) }
    }

    private let initial: Value
    /// The address of a `Locked` that is retained, and never released: whoever forked may be using it.
    private let current: Atomic<UInt>

    init(_ initial: Value) {
        self.initial = initial
        current = Atomic(Self.made(initial))
    }

    /// Runs `body` with the value, alone. It must not call back, nor block.
    func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        guard let address = UnsafeRawPointer(bitPattern: current.load(ordering: .acquiring)) else {
            var value = initial
            return body(&value)
        }
        let locked = Unmanaged<Locked>.fromOpaque(address)
        return locked._withUnsafeGuaranteedRef { $0.value.withLock { value in body(&value) } }
    }

    /// To be called in the child, which has one thread. What the parent held is left as it is: it is the parent's.
    func beginAnew() {
        current.store(Self.made(initial), ordering: .releasing)
    }

    private static func made(_ value: Value) -> UInt {
        UInt(bitPattern: Unmanaged.passRetained(Locked(value)).toOpaque())
    }
}
