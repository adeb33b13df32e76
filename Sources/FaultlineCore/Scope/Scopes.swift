// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash

/// The scopes of the running task: the task-local value.
///
/// The two handles come first and in this order: the signal handler reads the first 16 bytes at the address that the
/// Swift runtime gives for the key, and parses nothing else. The reference behind them keeps the scopes alive.
@usableFromInline
struct Scopes: Sendable {
    let isolationHandle: ScopeHandle
    let currentHandle: ScopeHandle
    private let held: Held

    /// One reference: the value is copied with each look at it.
    private final class Held: Sendable {
        let isolation: Scope
        let current: Scope
        let span: Span?
        let carriedOutside: Span?

        init(_ isolation: Scope, _ current: Scope, _ span: Span?, _ carriedOutside: Span?) {
            self.isolation = isolation
            self.current = current
            self.span = span
            self.carriedOutside = carriedOutside
        }
    }

    var isolation: Scope { held.isolation }
    var current: Scope { held.current }
    /// The span that runs, as far as we have bound it; see ``running``.
    var span: Span? { held.span }
    /// What another library's context carried where `span` was bound: if it carries something else by now, that is inside.
    private var carriedOutside: Span? { held.carriedOutside }

    init(isolation: Scope, current: Scope, span: Span? = nil, carriedOutside: Span? = nil) {
        isolationHandle = isolation.handle
        currentHandle = current.handle
        held = Held(isolation, current, span, carriedOutside)
    }

    /// Of everything that runs outside of a request.
    static let root = Scopes(isolation: .root, current: .block)

    @TaskLocal static var bound = Scopes.root

    /// For what is inlined into the service's code.
    @usableFromInline static var binding: TaskLocal<Scopes> { $bound }

    /// The address of the task-local's key object, which lives as long as the process.
    static let key = UInt(bitPattern: ObjectIdentifier($bound))

    /// The running task's, with the span that runs, whoever has bound it last.
    static var running: Scopes {
        let bound = bound
        guard let carried = CarriedSpan.current, carried.transaction != nil, carried !== bound.carriedOutside else {
            return bound
        }
        return Scopes(isolation: bound.isolation, current: bound.current, span: carried, carriedOutside: carried)
    }

    /// For a request or job: changes in it are seen by nobody outside.
    func forked() -> Scopes { replaced(isolation.fork(.isolation), current.fork(.current), span) }

    /// The same in an isolation scope that is not copied.
    func forked(isolation: Scope) -> Scopes { replaced(isolation, current.fork(.current), span) }

    /// Another isolation scope, for what is captured in it.
    func isolated(in scope: Scope) -> Scopes { replaced(scope, current, span) }

    /// Another current scope.
    func inBlock(_ scope: Scope) -> Scopes { replaced(isolation, scope, span) }

    /// Another span that runs, or none.
    func with(_ span: Span?) -> Scopes { replaced(isolation, current, span) }

    /// Others at the same place.
    func replaced(_ isolation: Scope, _ current: Scope, _ span: Span?) -> Scopes {
        Scopes(isolation: isolation, current: current, span: span, carriedOutside: carriedOutside)
    }

    /// What an event is merged from, lowest first.
    var layers: [Scope] { [.global, isolation, current] }

    /// The same below a scope that is passed to a capture, unless it is one of them.
    func layers(under scope: Scope?) -> [Scope] {
        guard let scope, !layers.contains(where: { $0 === scope }) else { return layers }
        return layers + [scope]
    }

    /// The handles without a retain (7 ns against 20 for the task-local's own getter): the binding keeps the scopes alive
    /// for as long as this task runs in it.
    @inline(__always)
    static var handles: (isolation: ScopeHandle, current: ScopeHandle) {
        guard let key = UnsafeRawPointer(bitPattern: key), let bound = BlackBox.boundHandles(key) else {
            return (BlackBox.root, BlackBox.block)
        }
        return bound
    }

    /// The span that runs, with no more than a retain of its own: who begins a span in one that is not recorded does little
    /// else.
    static var runningSpan: Span? {
        guard !CarriedSpan.isRead else { return running.span }
        guard let key = UnsafeRawPointer(bitPattern: key), let bound = BlackBox.boundValue(key) else { return nil }
        let held = bound.load(fromByteOffset: 2 * MemoryLayout<ScopeHandle>.stride, as: Unmanaged<Held>.self)
        return held._withUnsafeGuaranteedRef { $0.span }
    }
}
