// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
public import FaultlineProtocol
internal import Logging

/// Makes events of what is captured and hands them to the transport.
///
/// The process has one that ``FaultlineSDK`` uses. A client of one's own shares the scopes with it and nothing else: no
/// crash handlers, no files; what cannot be sent stays in its bounded queue. Usable from any thread; nothing in it throws,
/// traps or waits for the network but ``flush(timeout:)`` and ``close(timeout:)``, which say how long.
public final class Client: Sendable {
    let options: Options
    let dsn: DSN?
    let sender: Sender
    let facts: ClientFacts
    let sessions: SessionTracker
    let pipeline: EventPipeline

    /// A client without crash handlers and files.
    /// - Throws: ``OptionsError`` with all problems at once; then nothing was started.
    public convenience init(_ options: Options, transport: any Transport) throws(OptionsError) {
        let (options, dsn, problems) = options.resolved()
        if !problems.isEmpty { throw OptionsError(problems: problems) }
        self.init(options: options, dsn: dsn, transport: transport, outbox: nil)
        sender.start()
    }

    /// - Parameters:
    ///   - options: resolved and checked. The sender is not started yet.
    ///   - random: 0 … 1, without 1.
    init(
        options: Options, dsn: DSN?, transport: (any Transport)?, outbox: Outbox?, watch: ProcessWatch? = nil,
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.options = options
        self.dsn = dsn
        facts = ClientFacts(options, dsn)
        sender = Sender(
            Sender.Configuration(
                dsn: dsn, transport: transport, outbox: outbox, queueSize: options.transportQueueSize,
                sendClientReports: options.sendClientReports, logger: options.logger, watch: watch))
        sessions = SessionTracker(
            options, header: facts.header, isProcessWide: watch != nil, send: { [sender] in sender.enqueue($0) })
        pipeline = EventPipeline(
            options: options, facts: facts, reports: sender.reports, sessions: sessions, random: random)
    }

    deinit {
        sender.abandon()
    }

    // MARK: - Capture

    /// Sends an event. What the scopes and the process say is added where the event does not say it itself; a scope's
    /// level goes before the event's.
    /// - Parameters:
    ///   - hint: what processors and hooks may know beside the event; its attachments are sent with it.
    ///   - scope: lies over all other scopes, for this event.
    /// - Returns: the event's id; nil when it was dropped (by a rule, the sample rate, a processor, a hook, a full queue,
    ///   after ``close(timeout:)``, or because there is nowhere to send or keep it).
    @discardableResult
    public func captureEvent(_ event: Event, hint: Hint = Hint(), scope: Scope? = nil) -> EventID? {
        guard !Self.isCapturing else { return nil }
        return capture(event, hint, Scopes.bound, scope)
    }

    /// Sends an error: its type, and its description as the value. Level `error`, or the scope's.
    /// - Returns: see ``captureEvent(_:hint:scope:)``.
    @discardableResult
    public func captureException(_ error: any Error, hint: Hint = Hint(), scope: Scope? = nil) -> EventID? {
        guard !Self.isCapturing else { return nil }
        let scopes = Scopes.bound
        let captured = CapturedError(error)
        if let said = plainText(hint, scopes, scope) {
            let level = said.kinds.contains(.level) ? scopes.level : nil
            sessions.noteEvent(level: level, isMessage: false, isUnhandled: false, user: nil)
            return captureText(
                "exception", captured.json(stack: nil), level: said.kinds.contains(.level) ? nil : .error, said, scopes)
        }
        var hint = hint
        if hint.error == nil { hint.error = error }
        let event = Event(fields: ["level": .string(Level.error.rawValue), "exception": captured.json(stack: nil)])
        return capture(event, hint, scopes, scope)
    }

    /// Sends a message, cut to 8,192 bytes.
    /// - Parameter level: goes before the scope's; nil: the scope's, else `info`.
    /// - Returns: see ``captureEvent(_:hint:scope:)``.
    @discardableResult
    public func captureMessage(
        _ message: String, level: Level? = nil, hint: Hint = Hint(), scope: Scope? = nil
    ) -> EventID? {
        guard !Self.isCapturing else { return nil }
        let scopes = Scopes.bound
        let entry: JSONValue = ["formatted": .string(EventText.limited(message))]
        let kinds = level == nil ? RecordKinds.all : .all.subtracting(.level)
        if !options.attachStacktrace, let said = plainText(hint, scopes, scope, kinds: kinds) {
            let level = level ?? (said.kinds.contains(.level) ? nil : .info)
            return captureText("logentry", entry, level: level, said, scopes)
        }
        let event = Event(fields: ["level": .string(Level.info.rawValue), "logentry": entry])
        guard let level else { return capture(event, hint, scopes, scope, isMessage: true) }
        let over = scope?.fork(.current) ?? Scope()
        over.setLevel(level)
        return capture(event, hint, scopes, over, isMessage: true)
    }

    /// Waits until everything captured so far was sent, an attempt failed, or the time is over.
    /// - Parameter timeout: nil: ``Options/shutdownTimeout``.
    /// - Returns: whether everything was sent. What was not waits on disk or in the queue.
    @discardableResult
    public func flush(timeout: Duration? = nil) async -> Bool {
        sessions.flush()
        return await sender.flush(timeout: timeout ?? options.shutdownTimeout)
    }

    /// Flushes, then ends the client; what was not sent is kept on disk where there is a place. Idempotent.
    /// - Parameter timeout: nil: ``Options/shutdownTimeout``.
    public func close(timeout: Duration? = nil) async {
        sessions.close()
        await sender.close(timeout: timeout ?? options.shutdownTimeout)
    }

    /// True while a hook or processor runs: what is captured inside of one is left out, as it would come back to it.
    @TaskLocal static var isCapturing = false

    // MARK: - With everything

    private func capture(
        _ event: Event, _ hint: Hint, _ scopes: Scopes, _ scope: Scope?, isMessage: Bool = false
    ) -> EventID? {
        var hint = hint
        let layers = scope.map { scopes.layers + [$0] } ?? scopes.layers
        let trace = scopes.isolation.propagation
        guard let event = pipeline.process(event, &hint, layers: layers, trace: trace, isMessage: isMessage),
            let id = event.eventID
        else { return nil }
        return enqueue(id, event.kind.itemType, JSONValue.object(event.fields).serialized(), scopes)
    }

    // MARK: - From bytes

    /// What the scopes say, where nobody wants to see the event before it leaves and nothing in it is to be cut: then it
    /// is put together from bytes.
    private func plainText(
        _ hint: Hint, _ scopes: Scopes, _ scope: Scope?, kinds: RecordKinds = .all
    ) -> BlackBox.Text? {
        guard pipeline.isPlain, scope == nil, hint.attachments.isEmpty else { return nil }
        // A scope that found no room in the box (handle 0) has no trace there: the other way adds it.
        guard scopes.isolationHandle != 0, scopes.isolation.hooks == nil, scopes.current.hooks == nil,
            Scope.global.hooks == nil
        else { return nil }
        let text = BlackBox.text(of: [BlackBox.global, scopes.isolationHandle, scopes.currentHandle], kinds: kinds)
        let isCut = text.isMarked || text.extras > JSONValue.databagBreadth
        return isCut || text.keptBreadcrumbs > options.maxBreadcrumbs ? nil : text
    }

    private func captureText(
        _ name: StaticString, _ value: JSONValue, level: Level?, _ said: BlackBox.Text, _ scopes: Scopes
    ) -> EventID? {
        guard pipeline.isSampled() else { return nil }
        var text = EventText(id: EventID())
        if let level { text.add("level", .string(level.rawValue)) }
        text.add(name, value)
        text.paste(facts.text)
        text.paste(said.members)
        if said.breadcrumbs > said.keptBreadcrumbs {
            text.add(EventMeta.key, .object(EventMeta.cutBreadcrumbs(from: said.breadcrumbs).fields))
        }
        text.end()
        return enqueue(text.id, "event", text.bytes, scopes)
    }

    private func enqueue(_ id: EventID, _ type: String, _ payload: [UInt8], _ scopes: Scopes) -> EventID? {
        var header = facts.header
        header["event_id"] = .string(id.description)
        header["trace"] = .object(facts.traceHeader(scopes.isolation.propagation))
        guard sender.enqueue(Envelope(header: header, items: [EnvelopeItem(type: type, payload: payload)])) else {
            return nil
        }
        if type == "event" { scopes.isolation.noteEvent(id) }
        return id
    }
}
