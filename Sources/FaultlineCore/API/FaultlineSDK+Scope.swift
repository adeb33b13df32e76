// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
public import FaultlineProtocol
internal import Synchronization

extension FaultlineSDK {
    /// Of the process: lies under every other scope.
    public static var globalScope: Scope { .global }

    /// Of the running request or job; outside of one, the process's own. The functions below write it.
    public static var isolationScope: Scope { Scopes.bound.isolation }

    /// Of the running block (`withScope`); outside of one, the process's own. Lies over the isolation scope.
    public static var currentScope: Scope { Scopes.bound.current }

    /// Adds a breadcrumb to the isolation scope.
    ///
    /// The newest ``Options/maxBreadcrumbs`` (default 100) are kept. Written to the black box, so it survives a crash.
    /// Dropped while the SDK does not run, and when it says nothing.
    /// - Parameters:
    ///   - breadcrumb: `timestamp` defaults to now; texts are cut to 2,000 bytes, and data that is larger than 8,000 bytes
    ///     is left out.
    ///   - hint: for ``Options/beforeBreadcrumb``.
    /// Source: [Breadcrumbs](https://develop.sentry.dev/sdk/data-model/event-payloads/breadcrumbs/).
    public static func addBreadcrumb(_ breadcrumb: Breadcrumb, hint: Hint? = nil) {
        switch breadcrumbs.load(ordering: .acquiring) {
        case .dropped: return
        case .stored: if !breadcrumb.isEmpty { BlackBox.addBreadcrumb(Scopes.handles.isolation, breadcrumb) }
        case .hooked: addHooked(breadcrumb, hint ?? Hint())
        }
    }

    /// Adds a breadcrumb to the isolation scope; see ``addBreadcrumb(_:hint:)``.
    public static func addBreadcrumb(
        message: String, category: String? = nil, level: Level? = nil, data: Fields = [:]
    ) {
        switch breadcrumbs.load(ordering: .acquiring) {
        case .dropped: return
        case .stored:
            BlackBox.addBreadcrumb(
                Scopes.handles.isolation, message: message, category: category, level: level, data: data)
        case .hooked: addHooked(Breadcrumb(message: message, category: category, level: level, data: data), Hint())
        }
    }

    /// A breadcrumb added inside the hook is left out: it would come back here.
    private static func addHooked(_ breadcrumb: Breadcrumb, _ hint: Hint) {
        guard !breadcrumb.isEmpty, !Client.isCapturing, let hook = client?.options.beforeBreadcrumb else { return }
        let changed = Client.$isCapturing.withValue(true) { try? hook(breadcrumb, hint) }
        guard let changed else { return }
        BlackBox.addBreadcrumb(Scopes.handles.isolation, changed)
    }

    /// Sets a tag, by which events can be searched. Key and value are cut to 200 characters.
    public static func setTag(_ key: String, _ value: String) {
        BlackBox.setTag(Scopes.handles.isolation, key, value)
    }

    /// Sets several tags; see ``setTag(_:_:)``.
    public static func setTags(_ tags: [String: String]) {
        for (key, value) in tags { setTag(key, value) }
    }

    /// Removes a tag; nothing happens when there is none.
    public static func removeTag(_ key: String) {
        BlackBox.setTag(Scopes.handles.isolation, key, nil)
    }

    /// Replaces the context `key` as a whole; nil removes it. At most 8,000 bytes of JSON, else it is left out and
    /// counted. `trace` and `flags` are the SDK's own and are left alone.
    public static func setContext(_ key: String, _ value: Fields?) {
        guard !Scope.ownContexts.contains(key) else { return }
        BlackBox.setContext(Scopes.handles.isolation, key, value)
    }

    /// Sets one value of `extra`; nil removes it. At most 8,000 bytes of JSON.
    public static func setExtra(_ key: String, _ value: JSONValue?) {
        BlackBox.setExtra(Scopes.handles.isolation, key, value)
    }

    /// The level of events, whatever they say themselves; nil: theirs. A crash stays `fatal`.
    public static func setLevel(_ level: Level?) {
        BlackBox.setLevel(Scopes.handles.isolation, level)
    }

    /// Replaces the user as a whole; nil removes it. The address of a person is left out unless
    /// ``Options/sendDefaultPII``.
    public static func setUser(_ user: User?) {
        isolationScope.setUser(user)
    }

    /// Groups the events of this isolation scope; nil: as the server does. `{{ default }}` stands for the server's way.
    public static func setFingerprint(_ fingerprint: [String]?) {
        BlackBox.setFingerprint(Scopes.handles.isolation, fingerprint)
    }

    /// Names what is being done, on the current scope: `GET /orders/{id}`. A transaction that runs has the name, too.
    /// - Parameters:
    ///   - name: nil removes it from the scope.
    ///   - source: where the name comes from; nil: as before.
    public static func setTransactionName(_ name: String?, source: TransactionSource? = nil) {
        BlackBox.setTransaction(Scopes.handles.current, name)
        if let name { Scopes.running.span?.transaction?.rename(name, source) }
    }

    /// Adds a processor of every event of the process; see ``Scope/addEventProcessor(_:)``.
    public static func addEventProcessor(_ processor: @escaping EventProcessor) {
        Scope.global.addEventProcessor(processor)
    }

    /// Begins a new trace in the isolation scope.
    public static func startNewTrace() {
        Scopes.bound.isolation.continueTrace(PropagationContext())
    }
}
