// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
internal import FaultlineFiles
public import FaultlineProtocol
internal import Synchronization

/// What is known at one place of the program: tags, contexts, extra, user, level, breadcrumbs.
///
/// Three layers are merged into an event, later over earlier: the global scope (the process), the isolation scope (one
/// request or job) and the current scope (a block), then the event's own values. A scope lives already serialised in the
/// black box, so a crash report carries it too. All functions may be called from any thread, before
/// ``FaultlineSDK/start(_:transport:)`` and after ``FaultlineSDK/close(timeout:)``; none throws or blocks, but that an
/// attached path is looked up on its disk.
/// Source: [Scopes](https://develop.sentry.dev/sdk/telemetry/scopes/).
public final class Scope: Sendable {
    /// The scope's slot in the black box; 0 when the box had no room: then it holds nothing.
    let handle: ScopeHandle
    let beside: Lock<Beside>
    /// Whether ``hooks`` has any, without the lock.
    private let isHooked: Atomic<Bool>

    /// What the box does not hold.
    struct Beside {
        var propagation: PropagationContext
        /// Whether events take their trace from here: true of isolation scopes.
        var hasTrace = false
        /// It was begun or continued for this scope, or for the one that this was forked from: what is done here is one
        /// trace.
        var isTraceGiven = false
        var lastEventID: EventID?
        var lastError: (identity: ErrorIdentity, owner: SessionOwner)?
        var hooks = ScopeHooks()
        var telemetry = ScopeTelemetry()
        var session: RunningSession?
        /// It was started here, not where this scope was forked from.
        var ownsSession = false
    }

    static let global = Scope(handle: BlackBox.global, beside: Beside(propagation: PropagationContext()))
    /// Has a trace from its first use on, so that what is forked from it before a start has one too.
    static let root: Scope = {
        let root = Scope(handle: BlackBox.root, beside: Beside(propagation: PropagationContext()))
        root.beTraced()
        return root
    }()
    /// The current scope of everything that runs in no block.
    static let block = Scope(handle: BlackBox.block, beside: Beside(propagation: PropagationContext()))

    /// An empty scope that lies over no other: to be given to a capture, or to ``FaultlineSDK/withScope(_:_:)``.
    public convenience init() {
        self.init(handle: BlackBox.fork(0, .current), beside: Beside(propagation: PropagationContext()))
    }

    private init(handle: ScopeHandle, beside: Beside) {
        self.handle = handle
        isHooked = Atomic(!beside.hooks.isEmpty)
        self.beside = Lock(beside, inChild: { Beside(propagation: PropagationContext()) })
    }

    deinit {
        BlackBox.free(handle)
    }

    /// A copy that changes independently, the trace included. The session is shared.
    func fork(_ kind: BlackBox.Kind) -> Scope {
        var copy = beside.withLock { $0 }
        copy.lastEventID = nil
        copy.lastError = nil
        copy.ownsSession = false
        return Scope(handle: BlackBox.fork(handle, kind), beside: copy)
    }

    // MARK: - Setters

    /// Sets a tag, by which events can be searched. Key and value are cut to 200 characters.
    public func setTag(_ key: String, _ value: String) { BlackBox.setTag(handle, key, value) }

    /// Sets several tags; see ``setTag(_:_:)``.
    public func setTags(_ tags: [String: String]) {
        for (key, value) in tags { setTag(key, value) }
    }

    /// Removes a tag; nothing happens when there is none.
    public func removeTag(_ key: String) { BlackBox.setTag(handle, key, nil) }

    /// Replaces the context `key` as a whole; nil removes it. At most 8,000 bytes of JSON, else it is left out and
    /// counted. `trace` and `flags` are the SDK's own and are left alone.
    public func setContext(_ key: String, _ value: Fields?) {
        guard !Self.ownContexts.contains(key) else { return }
        BlackBox.setContext(handle, key, value)
    }

    /// Contexts that the SDK writes by itself.
    static let ownContexts: Set = [PropagationContext.key, "flags"]

    /// Removes the context `key`; nothing happens when there is none.
    public func removeContext(_ key: String) { setContext(key, nil) }

    /// Sets one value of `extra`; nil removes it. At most 8,000 bytes of JSON.
    public func setExtra(_ key: String, _ value: JSONValue?) { BlackBox.setExtra(handle, key, value) }

    /// Removes one value of `extra`; nothing happens when there is none.
    public func removeExtra(_ key: String) { setExtra(key, nil) }

    /// Replaces the user as a whole; nil removes it. The address of a person is left out unless
    /// ``Options/sendDefaultPII``.
    public func setUser(_ user: User?) {
        BlackBox.setUser(handle, user)
        session?.noteUser(user, ofProcess: handle == BlackBox.root)
    }

    /// The level of events, whatever they say themselves; nil: theirs. A crash stays `fatal`.
    public func setLevel(_ level: Level?) { BlackBox.setLevel(handle, level) }

    /// What is being done, such as `GET /orders/{id}`.
    public func setTransaction(_ name: String?) { BlackBox.setTransaction(handle, name) }

    /// Groups events that have the same fingerprint; `{{ default }}` stands for the server's own.
    public func setFingerprint(_ fingerprint: [String]?) { BlackBox.setFingerprint(handle, fingerprint) }

    /// Adds a breadcrumb to this scope; see ``FaultlineSDK/addBreadcrumb(_:hint:)``, which goes through the hook.
    public func addBreadcrumb(_ breadcrumb: Breadcrumb) { BlackBox.addBreadcrumb(handle, breadcrumb) }

    /// Removes everything but the trace and the processors.
    public func clear() {
        BlackBox.clear(handle)
        let trace = beside.withLock { beside in
            beside.lastEventID = nil
            beside.hooks.clear()
            beside.telemetry = ScopeTelemetry()
            isHooked.store(!beside.hooks.isEmpty, ordering: .releasing)
            return beside.hasTrace ? beside.propagation : nil
        }
        if let trace { setTrace(trace) }
    }

    /// Removes all breadcrumbs.
    public func clearBreadcrumbs() { BlackBox.clearBreadcrumbs(handle) }

    // MARK: - Hooks

    /// Adds a processor of events that are captured in this scope, and in scopes forked from it from now on. At most 100
    /// in one scope; more are left out.
    public func addEventProcessor(_ processor: @escaping EventProcessor) {
        changeHooks { $0.addEventProcessor(processor) }
    }

    /// Adds a processor of events that were made of an error of this type; it runs before the event processors.
    public func addErrorProcessor<E: Error>(
        for type: E.Type, _ processor: @escaping @Sendable (Event, E) throws -> Event?
    ) {
        changeHooks { hooks in
            hooks.addErrorProcessor { event, error in
                guard let error = error as? E else { return event }
                return try processor(event, error)
            }
        }
    }

    /// What the box does not hold and a capture must ask for; nil: nothing.
    var hooks: ScopeHooks? {
        isHooked.load(ordering: .acquiring) ? beside.withLock { $0.hooks } : nil
    }

    func changeHooks(_ change: (inout ScopeHooks) -> Void) {
        beside.withLock { beside in
            change(&beside.hooks)
            isHooked.store(!beside.hooks.isEmpty, ordering: .releasing)
        }
        if handle == BlackBox.global, hooks?.hasProcessors == true { FaultlineSDK.noteCallbacks() }
    }

    // MARK: - Session

    /// Whose errors are counted here: the session that was started here, or in the scope that this one was forked from.
    var session: RunningSession? {
        beside.withLock { $0.session }
    }

    /// Puts another session here.
    /// - Returns: the one before, and whether it was started here. Scopes that were forked before still have it.
    func replaceSession(with session: RunningSession?) -> (before: RunningSession, isOwn: Bool)? {
        beside.withLock { beside in
            defer {
                beside.session = session
                beside.ownsSession = session != nil
            }
            return beside.session.map { ($0, beside.ownsSession) }
        }
    }

    // MARK: - Trace

    var propagation: PropagationContext {
        beside.withLock { $0.propagation }
    }

    var givenTrace: (PropagationContext, isGiven: Bool) {
        beside.withLock { ($0.propagation, $0.isTraceGiven) }
    }

    func continueTrace(_ propagation: PropagationContext) {
        beginTrace(propagation)
        setTrace(propagation)
    }

    /// The same, where the caller sees to it that the box has it.
    func beginTrace(_ propagation: PropagationContext) {
        beside.withLock { beside in
            beside.propagation = propagation
            beside.hasTrace = true
            beside.isTraceGiven = true
        }
    }

    /// `contexts.trace` of what is captured in this scope, outside of spans.
    func setTrace(_ trace: PropagationContext) {
        BlackBox.setTrace(handle, trace.traceID, trace.spanID, parent: trace.parentSpanID)
    }

    /// The same of a span.
    func setTrace(_ context: Fields) {
        BlackBox.setContext(handle, PropagationContext.key, context)
    }

    /// Sees to it that events and crash reports find the trace in the box.
    func beTraced() {
        let trace = beside.withLock { beside in
            beside.hasTrace = true
            return beside.propagation
        }
        setTrace(trace)
    }

    // MARK: - Last event

    var lastEventID: EventID? {
        beside.withLock { $0.lastEventID }
    }

    func noteEvent(_ id: EventID) {
        beside.withLock { $0.lastEventID = id }
    }

    /// - Parameter owner: of the client that captures it: what another one has captured is no repeat.
    /// - Returns: whether it is the one that was noted last.
    @discardableResult
    func noteError(_ error: (any Error)?, by owner: SessionOwner) -> Bool {
        let noted = error.map { (identity: ErrorIdentity($0), owner: owner) }
        let (isSame, held) = beside.withLock { beside in
            var answer: (isSame: Bool, held: AnyObject?) = (false, nil)
            if let error, let last = beside.lastError, last.owner === owner {
                answer = last.identity.isSame(as: error)
            }
            if !answer.isSame { beside.lastError = noted }
            return answer
        }
        return withExtendedLifetime(held) { isSame }
    }
}
