// SPDX-License-Identifier: Apache-2.0

internal import FaultlineFiles
internal import FaultlineProtocol
internal import Logging

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The sessions of one client: starts and ends them, counts errors in them, and tells the server.
///
/// The process's session is told when it ends; when it lasts longer than a minute, first that it began and, once, that it
/// had errors: a service lives for weeks, and release health is to know it. A server refuses what began more than five
/// days ago, so after ``longest`` a session ends as exited and the next one begins. Requests are counted, and the counts
/// are sent each minute. All functions may be called from any thread; none waits, none calls code of the service.
/// Source: [Sessions](https://develop.sentry.dev/sdk/telemetry/sessions/).
final class SessionTracker: Sendable {
    static let interval = Duration.seconds(60)
    static let longest = Duration.seconds(3 * 24 * 3600)

    /// Of each session; nil when there is no release, without which a server takes none.
    private let attributes: Fields?
    /// Whether the session of the root scope is the process's.
    private let isProcessWide: Bool
    private let keepsAddress: Bool
    private let send: @Sendable (Envelope) -> Bool
    private let header: Fields
    /// A forked child has a copy of its parent's sessions, and tells nothing of them.
    private let process = getpid()
    let owner = SessionOwner()
    private let state = Lock(State())

    private struct State {
        var ofProcess: RunningSession?
        var counts = SessionAggregates()
        var timer: Task<Void, Never>?
        var isClosed = false
    }

    /// - Parameters:
    ///   - options: resolved and checked.
    ///   - header: of each envelope.
    ///   - isProcessWide: whether its client is the process's.
    ///   - send: takes an envelope; false: it could not.
    init(_ options: Options, header: Fields, isProcessWide: Bool, send: @escaping @Sendable (Envelope) -> Bool) {
        attributes = options.release.map { release in
            var attributes: Fields = ["release": .string(release)]
            attributes["environment"] = options.environment.map { .string($0) }
            return attributes
        }
        if attributes == nil, options.autoSessionTracking {
            options.logger.debug("release: none is set; sessions are not told")
        }
        self.header = header
        self.isProcessWide = isProcessWide
        keepsAddress = options.sendDefaultPII
        self.send = send
    }

    deinit {
        state.withLock { $0.timer }?.cancel()
    }

    // MARK: - Start and end

    /// Starts a session in the scope; one that was started there is ended. Does nothing without a release.
    func start(_ mode: SessionMode, in scope: Scope, now: Timestamp = .now()) {
        guard let attributes else { return }
        let isProcess = isProcessWide && mode == .application && scope === Scope.root
        let session = RunningSession(
            mode, attributes: attributes, isProcess: isProcess, keepsAddress: keepsAddress, process: process,
            owner: owner, started: now)
        let isOpen = state.withLock { state in
            guard !state.isClosed else { return false }
            if isProcess { state.ofProcess = session }
            if state.timer == nil { state.timer = timer() }
            return true
        }
        guard isOpen else { return }
        if let (before, isOwn) = scope.replaceSession(with: session), isOwn, before.owner === owner { end(before) }
        // Requests are only counted: whose they were does not matter, and reading it costs a walk through the box.
        guard mode == .application else { return }
        if isProcess { session.begin(user: scope.user) } else { session.noteUser(scope.user, ofProcess: false) }
    }

    /// Ends the scope's session and tells of it; does nothing when there is none.
    func end(in scope: Scope) {
        guard let session = scope.session.flatMap(current) else { return }
        _ = scope.replaceSession(with: nil)
        end(session)
    }

    /// The same, but for a session that was started in a scope outside of this one: that one goes on.
    func endOwn(of scope: Scope) {
        if let (session, isOwn) = scope.replaceSession(with: nil), isOwn { end(session) }
    }

    private func end(_ session: RunningSession) {
        guard session.process == process, let last = session.end() else { return }
        switch session.mode {
        case .application:
            state.withLock { if $0.ofProcess === session { $0.ofProcess = nil } }
            _ = send(last)
        case .request:
            guard let attributes else { return }
            let full = state.withLock { state in
                state.counts.add(last) ? state.counts.take(attributes: attributes) : nil
            }
            if let full { _ = send(envelope(full)) }
        }
    }

    private var isOurs: Bool { process == getpid() }

    // MARK: - Errors

    /// Counts a captured event in the session of the running task: behind the hooks that may drop it, and before it is
    /// sampled.
    ///
    /// An error is what was captured as exception or event at level `error` or above; a message never is. What nobody
    /// handled has crashed the session, which then is as it is.
    /// - Parameter level: of the event; nil: the server's default, `error`.
    func noteEvent(level: Level?, isMessage: Bool, isUnhandled: Bool, user: User?) {
        guard attributes != nil, let session = Scopes.bound.isolation.session.flatMap(current) else { return }
        session.noteUser(user, ofProcess: false)
        let isError = !isMessage && (level == nil || level == .error || level == .fatal)
        if isError || isUnhandled { session.noteError(isUnhandled: isUnhandled) }
    }

    /// The one that a scope's session stands for, when it is of this client: a scope that was forked in an earlier session
    /// of the process belongs to the one of now.
    private func current(_ session: RunningSession) -> RunningSession? {
        guard session.owner === owner else { return nil }
        return session.isProcess ? state.withLock { $0.ofProcess } : session
    }

    /// The same of an event.
    func noteEvent(_ event: Event, isMessage: Bool) {
        noteEvent(
            level: event.level, isMessage: isMessage,
            isUnhandled: event.exceptions.contains { $0.mechanism?.handled == false }, user: event.user)
    }

    // MARK: - Telling

    /// What is done each minute.
    func tick(now: Timestamp = .now()) {
        guard isOurs else { return }
        flush()
        guard let session = state.withLock({ $0.ofProcess }) else { return }
        if now >= session.started.advanced(by: Self.longest) {
            start(.application, in: .root, now: now)
        } else if let update = session.takeUpdate(now: now), !send(update) {
            session.giveBack(update)
        }
    }

    /// Sends the counts. A session that goes on is not told: a flush is no news of it.
    func flush() {
        guard let attributes, isOurs else { return }
        if let item = state.withLock({ $0.counts.take(attributes: attributes) }) { _ = send(envelope(item)) }
    }

    /// Ends the process's session, sends the counts; no session begins any more. For the end of the client, and for that
    /// of the process. Idempotent.
    func close() {
        guard isOurs else { return }
        let (session, timer) = state.withLock { state in
            defer { state.timer = nil }
            state.isClosed = true
            return (state.ofProcess, state.timer)
        }
        timer?.cancel()
        if let session {
            end(session)
            if Scope.root.session === session { _ = Scope.root.replaceSession(with: nil) }
        }
        flush()
    }

    private func timer() -> Task<Void, Never> {
        Task.detached(priority: .utility) { [weak self] in
            while true {
                do { try await Task.sleep(for: Self.interval) } catch { return }
                guard let self else { return }
                self.tick()
            }
        }
    }

    private func send(_ update: Session) -> Bool { send(envelope(update.item)) }

    private func envelope(_ item: EnvelopeItem) -> Envelope { Envelope(header: header, items: [item]) }
}
