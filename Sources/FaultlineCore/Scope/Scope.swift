// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
public import FaultlineProtocol
internal import Synchronization

/// What is known at one place of the program: tags, contexts, extra, user, level, breadcrumbs.
///
/// Three layers are merged into an event, later over earlier: the global scope (the process), the isolation scope (one
/// request or job) and the current scope (a block), then the event's own values. A scope lives already serialised in the
/// black box, so a crash report carries it too. All functions may be called from any thread, before
/// ``FaultlineSDK/start(_:transport:)`` and after ``FaultlineSDK/close(timeout:)``; none throws or blocks.
/// Source: [Scopes](https://develop.sentry.dev/sdk/telemetry/scopes/).
public final class Scope: Sendable {
    /// The scope's slot in the black box; 0 when the box had no room: then it holds nothing.
    let handle: ScopeHandle
    private let beside: Mutex<Beside>

    /// What the box does not hold.
    private struct Beside {
        var propagation: PropagationContext
        var lastEventID: EventID?
    }

    static let global = Scope(handle: BlackBox.global, propagation: PropagationContext())
    /// Has a trace from its first use on, so that what is forked from it before a start has one too.
    static let root: Scope = {
        let root = Scope(handle: BlackBox.root, propagation: PropagationContext())
        root.writeTrace()
        return root
    }()

    private init(handle: ScopeHandle, propagation: PropagationContext) {
        self.handle = handle
        beside = Mutex(Beside(propagation: propagation))
    }

    deinit {
        BlackBox.free(handle)
    }

    /// A copy that changes independently, the trace included.
    func fork(_ kind: BlackBox.Kind) -> Scope {
        Scope(handle: BlackBox.fork(handle, kind), propagation: propagation)
    }

    // MARK: - Setters

    /// Sets a tag, by which events can be searched. Key and value are cut to 200 characters.
    public func setTag(_ key: String, _ value: String) { BlackBox.setTag(handle, key, value) }

    /// Removes a tag; nothing happens when there is none.
    public func removeTag(_ key: String) { BlackBox.setTag(handle, key, nil) }

    /// Replaces the context `key` as a whole; nil removes it. At most 8,000 bytes of JSON, else it is left out and
    /// counted. `trace` is the SDK's own and is left alone.
    public func setContext(_ key: String, _ value: Fields?) {
        guard key != PropagationContext.key else { return }
        BlackBox.setContext(handle, key, value)
    }

    /// Sets one value of `extra`; nil removes it. At most 8,000 bytes of JSON.
    public func setExtra(_ key: String, _ value: JSONValue?) { BlackBox.setExtra(handle, key, value) }

    /// Replaces the user as a whole; nil removes it.
    public func setUser(_ user: User?) { BlackBox.setUser(handle, user) }

    /// The level of events that do not say their own; nil: theirs.
    public func setLevel(_ level: Level?) { BlackBox.setLevel(handle, level) }

    /// What is being done, such as `GET /orders/{id}`.
    public func setTransaction(_ name: String?) { BlackBox.setTransaction(handle, name) }

    /// Groups events that have the same fingerprint; `{{ default }}` stands for the server's own.
    public func setFingerprint(_ fingerprint: [String]?) { BlackBox.setFingerprint(handle, fingerprint) }

    /// Removes everything but the trace.
    public func clear() {
        BlackBox.clear(handle)
        let trace = beside.withLock { beside in
            beside.lastEventID = nil
            return beside.propagation
        }
        BlackBox.setContext(handle, PropagationContext.key, trace.context)
    }

    /// Removes all breadcrumbs.
    public func clearBreadcrumbs() { BlackBox.clearBreadcrumbs(handle) }

    // MARK: - Trace

    var propagation: PropagationContext {
        beside.withLock { $0.propagation }
    }

    func continueTrace(_ propagation: PropagationContext) {
        beside.withLock { $0.propagation = propagation }
        writeTrace()
    }

    /// Puts the trace into the box, where events and crash reports take it from.
    func writeTrace() {
        BlackBox.setContext(handle, PropagationContext.key, propagation.context)
    }

    // MARK: - Last event

    var lastEventID: EventID? {
        beside.withLock { $0.lastEventID }
    }

    func noteEvent(_ id: EventID) {
        beside.withLock { $0.lastEventID = id }
    }
}
