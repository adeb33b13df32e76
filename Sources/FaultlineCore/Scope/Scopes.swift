// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash

/// The scopes of the running task: the task-local value.
///
/// The two handles come first and in this order: the signal handler reads the first 16 bytes at the address that the
/// Swift runtime gives for the key, and parses nothing else. The references behind them keep the scopes alive.
struct Scopes: Sendable {
    let isolationHandle: ScopeHandle
    let currentHandle: ScopeHandle
    let isolation: Scope
    let current: Scope
    /// The span that runs, as far as we have bound it; see ``running``.
    let span: Span?
    /// What another library's context carried where `span` was bound: if it carries something else by now, that is inside.
    private let carriedOutside: Span?

    init(isolation: Scope, current: Scope, span: Span? = nil, carriedOutside: Span? = nil) {
        isolationHandle = isolation.handle
        currentHandle = current.handle
        self.isolation = isolation
        self.current = current
        self.span = span
        self.carriedOutside = carriedOutside
    }

    /// Of everything that runs outside of a request.
    static let root = Scopes(isolation: .root, current: .block)

    @TaskLocal static var bound = Scopes.root

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

    private func copy(isolation: Scope? = nil, current: Scope? = nil) -> Scopes {
        Scopes(
            isolation: isolation ?? self.isolation, current: current ?? self.current, span: span,
            carriedOutside: carriedOutside)
    }

    /// For a request or job: changes in it are seen by nobody outside.
    func forked() -> Scopes { copy(isolation: isolation.fork(.isolation), current: current.fork(.current)) }

    /// The same in an isolation scope that is not copied.
    func forked(isolation: Scope) -> Scopes { copy(isolation: isolation, current: current.fork(.current)) }

    /// Another isolation scope, for what is captured in it.
    func isolated(in scope: Scope) -> Scopes { copy(isolation: scope) }

    /// Another current scope.
    func inBlock(_ scope: Scope) -> Scopes { copy(current: scope) }

    /// Another span that runs, or none.
    func with(_ span: Span?) -> Scopes {
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
}
