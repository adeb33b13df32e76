// SPDX-License-Identifier: Apache-2.0

public import Synchronization

#if canImport(Glibc)
public import Glibc
#elseif canImport(Musl)
public import Musl
#else
public import Darwin
#endif

/// A value behind a lock, which a forked child may use, too.
///
/// A lock that another thread of the parent held while it forked is held for ever in the child, and the value behind it is
/// half changed: there both begin anew. `Synchronization.Mutex` is of no use in a child: its owner is the thread's id of
/// before the fork, for which the kernel refuses the wait, and Swift traps (stdlib/public/Synchronization/Mutex/LinuxImpl.swift
/// of swiftlang/swift, `_gettid` of its shims). A POSIX mutex of the default type knows no owner.
///
/// Public, though it is for this package alone: what is `package` is never specialised in another module, and each use
/// would ask the runtime for the value's type.
public struct Lock<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
    // @unchecked: the value is only reached under the mutex, and `generation` is atomic.

    @usableFromInline struct Place: ~Copyable {
        @usableFromInline var mutex = pthread_mutex_t()
        @usableFromInline var value: Value

        @inlinable init(_ value: consuming Value) { self.value = value }
    }

    @usableFromInline let place: UnsafeMutablePointer<Place>
    /// Of the process that the lock was last whole in; see ``ForkedChild``.
    @usableFromInline let generation: Atomic<Int>
    @usableFromInline let initial: @Sendable () -> Value
    @usableFromInline let isForOneProcess: Bool

    /// - Parameters:
    ///   - initial: makes the value, and makes it again in a child where it is needed. It must take no lock.
    ///   - isForOneProcess: whether a child always begins anew. What its parent had is then left as it is: not even given
    ///     back, for that would close or end what is the parent's.
    @inlinable
    public init(
        _ initial: @escaping @autoclosure @Sendable () -> Value, isForOneProcess: Bool = false
    ) {
        self.init(initial(), inChild: initial, isForOneProcess: isForOneProcess)
    }

    /// - Parameters:
    ///   - value: in this process.
    ///   - inChild: makes the value in a child in which this one is half changed.
    ///   - isForOneProcess: see above.
    @inlinable
    public init(
        _ value: consuming Value, inChild: @escaping @Sendable () -> Value, isForOneProcess: Bool = false
    ) {
        ForkedChild.watch()
        generation = Atomic(ForkedChild.generation)
        initial = inChild
        self.isForOneProcess = isForOneProcess
        place = .allocate(capacity: 1)
        place.initialize(to: Place(value))
        pthread_mutex_init(&place.pointee.mutex, nil)
    }

    @inlinable
    deinit {
        // Else a thread that is not in this process may have been at it.
        guard generation.load(ordering: .acquiring) == ForkedChild.generation else { return }
        pthread_mutex_destroy(&place.pointee.mutex)
        place.deinitialize(count: 1)
        place.deallocate()
    }

    /// Runs `body` with the value, alone. It must neither fork nor block nor come back here.
    @inlinable
    public borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        if generation.load(ordering: .acquiring) != ForkedChild.generation { beginAnew() }
        pthread_mutex_lock(&place.pointee.mutex)
        defer { pthread_mutex_unlock(&place.pointee.mutex) }
        return try body(&place.pointee.value)
    }

    /// For the first one who comes in a child.
    @usableFromInline
    borrowing func beginAnew() {
        ForkedChild.alone {
            let now = ForkedChild.generation
            guard generation.load(ordering: .relaxed) != now else { return }
            if !isForOneProcess, pthread_mutex_trylock(&place.pointee.mutex) == 0 {
                pthread_mutex_unlock(&place.pointee.mutex)
            } else {
                // Over the old one, which stays where it points to.
                place.initialize(to: Place(initial()))
                pthread_mutex_init(&place.pointee.mutex, nil)
            }
            generation.store(now, ordering: .releasing)
        }
    }
}

/// In which process we are.
public enum ForkedChild {
    @usableFromInline static let forks = Atomic(0)
    private static let isBusy = Atomic(false)

    @usableFromInline static let watches: Void = {
        pthread_atfork(nil, nil) {
            ForkedChild.forks.wrappingAdd(1, ordering: .releasing)
            ForkedChild.isBusy.store(false, ordering: .releasing)
        }
    }()

    /// Counts forks from now on.
    @inlinable public static func watch() { _ = watches }

    /// How many forks lie between the process that ``watch()`` was called in first and this one. vfork(2) and clone(2) do
    /// not count.
    @inlinable public static var generation: Int { forks.load(ordering: .acquiring) }

    /// Runs `body` in no two threads at once. It is short: whoever waits tries again and again.
    fileprivate static func alone(_ body: () -> Void) {
        while isBusy.exchange(true, ordering: .acquiring) { sched_yield() }
        body()
        isBusy.store(false, ordering: .releasing)
    }
}
