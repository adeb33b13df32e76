// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
internal import FaultlineFiles
public import FaultlineProtocol
internal import Logging

/// Makes events of what is captured and hands them to the transport.
///
/// The process has one that ``FaultlineSDK`` uses. A client of one's own shares the scopes with it and nothing else: no
/// crash handlers, no files; what cannot be sent stays in its bounded queue. Usable from any thread; nothing in it throws,
/// traps or waits for the network but ``flush(timeout:)`` and ``close(timeout:)``, which say how long. In a forked child it is
/// silent: make another one there.
public final class Client: Sendable {
    let options: Options
    let dsn: DSN?
    let sender: Sender
    let facts: ClientFacts
    let sessions: SessionTracker
    let pipeline: EventPipeline
    let telemetry: Telemetry
    let backpressure = Backpressure()
    private let generation = ForkedChild.generation

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
        names: StackNames? = nil, filter: KeyFilter? = nil,
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.options = options
        self.dsn = dsn
        facts = ClientFacts(options, dsn)
        sender = Sender(
            Sender.Configuration(
                dsn: dsn, transport: transport, outbox: outbox, queueSize: options.transportQueueSize,
                sendClientReports: options.sendClientReports, logger: options.logger,
                names: names, watch: watch))
        sessions = SessionTracker(
            options, header: facts.header, isProcessWide: watch != nil, send: { [sender] in sender.enqueue($0) })
        pipeline = EventPipeline(
            options: options, facts: facts, reports: sender.reports, sessions: sessions,
            filter: filter ?? options.filter, random: random)
        telemetry = Telemetry(options, sender, isProcessWide: watch != nil)
    }

    deinit {
        if !isOfParent { sender.abandon() }
    }

    // MARK: - Capture

    /// Sends an event. What the scopes and the process say is added where the event does not say it itself; a scope's
    /// level goes before the event's.
    /// - Parameters:
    ///   - event: sent under its id; without one, under a new one.
    ///   - hint: what processors and hooks may know beside the event; its attachments are sent with it.
    ///   - scope: lies over all other scopes, for this event.
    /// - Returns: the event's id; nil when it was dropped (by a rule, the sample rate, a processor, a hook, a full queue,
    ///   after ``close(timeout:)``, or because there is nowhere to send or keep it).
    @discardableResult
    public func captureEvent(_ event: Event, hint: Hint = Hint(), scope: Scope? = nil) -> EventID? {
        guard !Self.isCapturing, !isOfParent else { return nil }
        if let error = hint.error, pipeline.isIgnored(error) { return nil }
        return capture(event, hint, .running, scope)
    }

    /// Sends an error with its causes and the stack of this call. Level `error`, or the scope's. Errors that
    /// ``Options/ignoreErrors`` names are left out, and so is one that was captured last in the same isolation scope: the
    /// same object, or the same value as it was caught, however long ago.
    /// - Returns: see ``captureEvent(_:hint:scope:)``.
    @discardableResult
    @inline(never)
    public func captureException(_ error: any Error, hint: Hint = Hint(), scope: Scope? = nil) -> EventID? {
        var mark: UInt8 = 0
        return withUnsafePointer(to: &mark) { capture(error, hint, scope, above: $0) }
    }

    /// Sends a message, cut to 8,192 bytes; with the stack of this call where ``Options/attachStacktrace``.
    /// - Parameters:
    ///   - message: as it is; what differs from case to case belongs into tags or extra, or each is an issue of its own.
    ///   - level: goes before the scope's; nil: the scope's, else `info`.
    ///   - hint: see ``captureEvent(_:hint:scope:)``.
    ///   - scope: see ``captureEvent(_:hint:scope:)``.
    /// - Returns: see ``captureEvent(_:hint:scope:)``.
    @discardableResult
    @inline(never)
    public func captureMessage(
        _ message: String, level: Level? = nil, hint: Hint = Hint(), scope: Scope? = nil
    ) -> EventID? {
        var mark: UInt8 = 0
        return withUnsafePointer(to: &mark) { capture(message, level, hint, scope, above: $0) }
    }

    /// Waits until everything captured so far was sent, an attempt failed, or the time is over.
    /// - Parameter timeout: nil: ``Options/shutdownTimeout``.
    /// - Returns: whether everything was sent. What was not waits on disk or in the queue.
    @discardableResult
    public func flush(timeout: Duration? = nil) async -> Bool {
        guard !isOfParent else { return true }
        telemetry.flush()
        sessions.flush()
        return await sender.flush(timeout: timeout ?? options.shutdownTimeout)
    }

    /// Flushes, then ends the client; what was not sent is kept on disk where there is a place. Idempotent.
    /// - Parameter timeout: nil: ``Options/shutdownTimeout``.
    public func close(timeout: Duration? = nil) async {
        guard !isOfParent else { return }
        telemetry.flush()
        sessions.close()
        await sender.close(timeout: timeout ?? options.shutdownTimeout)
    }

    /// In a forked child, where nobody sends: what was captured before, and the connections, are the parent's.
    var isOfParent: Bool { generation != ForkedChild.generation }

    /// True while a hook or processor runs: what is captured inside of one is left out, as it would come back to it.
    @TaskLocal static var isCapturing = false

    // MARK: - Errors and messages

    /// - Parameter mark: see ``LiveStack/capture(above:)``.
    func capture(_ error: any Error, _ hint: Hint, _ scope: Scope?, above mark: UnsafeRawPointer) -> EventID? {
        guard !Self.isCapturing, !isOfParent else { return nil }
        let scopes = Scopes.running
        guard !pipeline.isIgnored(error), !pipeline.isRepeated(error, in: scopes.isolation) else { return nil }
        let captured = CapturedError.read(error, hint.mechanism)
        let live = LiveStack.capture(above: mark)
        let stack = live.isEmpty ? nil : StackText(live)
        if let said = plainText(hint, scopes, scope) {
            let level = said.kinds.contains(.level) ? scopes.level : nil
            let isUnhandled = hint.mechanism?.handled == false
            sessions.noteEvent(level: level, isMessage: false, isUnhandled: isUnhandled, user: nil)
            let given: Level? = said.kinds.contains(.level) ? nil : .error
            return captureText(level: given, size: stack?.size ?? 0, said, scopes) { text in
                text.add("exception") { captured.write(to: &$0, stack: stack) }
                if let stack { text.add("debug_meta") { stack.writeDebugMeta(to: &$0) } }
            }
        }
        var event = Event(fields: ["level": .string(Level.error.rawValue), "exception": captured.json(stack: stack)])
        event.fields["debug_meta"] = stack?.debugMeta
        var hint = hint
        if hint.error == nil { hint.error = error }
        return capture(event, hint, scopes, scope)
    }

    /// - Parameter mark: see ``LiveStack/capture(above:)``.
    func capture(
        _ message: String, _ level: Level?, _ hint: Hint, _ scope: Scope?, above mark: UnsafeRawPointer
    ) -> EventID? {
        guard !Self.isCapturing, !isOfParent else { return nil }
        let scopes = Scopes.running
        let entry: JSONValue = ["formatted": .string(EventText.limited(message))]
        let stack = options.attachStacktrace ? StackText(LiveStack.capture(above: mark)) : nil
        if let said = plainText(hint, scopes, scope, kinds: level == nil ? .all : .all.subtracting(.level)) {
            let level = level ?? (said.kinds.contains(.level) ? nil : .info)
            return captureText(level: level, size: stack?.size ?? 0, said, scopes) { text in
                text.add("logentry", entry)
                guard let stack else { return }
                text.add("threads") { stack.writeThreads(to: &$0) }
                text.add("debug_meta") { stack.writeDebugMeta(to: &$0) }
            }
        }
        var event = Event(fields: ["level": .string(Level.info.rawValue), "logentry": entry])
        event.fields["threads"] = stack?.threads
        event.fields["debug_meta"] = stack?.debugMeta
        guard let level else { return capture(event, hint, scopes, scope, isMessage: true) }
        let over = scope?.fork(.current) ?? Scope()
        over.setLevel(level)
        return capture(event, hint, scopes, over, isMessage: true)
    }

    // MARK: - With everything

    private func capture(
        _ event: Event, _ hint: Hint, _ scopes: Scopes, _ scope: Scope?, isMessage: Bool = false
    ) -> EventID? {
        var hint = hint
        let layers = scopes.layers(under: scope)
        let trace = EventTrace(scopes)
        guard let event = pipeline.process(event, &hint, layers: layers, trace: trace, isMessage: isMessage),
            let id = event.eventID
        else { return nil }
        let payload = JSONValue.object(event.fields).serialized()
        return enqueue(id, event.kind.itemType, payload, attachmentItems.items(for: hint.attachments), scopes, trace)
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
        var handles = [BlackBox.global, scopes.isolationHandle, scopes.currentHandle]
        // The box has the trace of the scope; that of a span that runs in it lies over it, for this one event.
        let over = scopes.span.map { _ in Scope() }
        if let over {
            guard over.handle != 0 else { return nil }
            over.setTrace(EventTrace(scopes).context)
            handles.append(over.handle)
        }
        let text = withExtendedLifetime(over) { BlackBox.text(of: handles, kinds: kinds) }
        let isCut = text.isMarked || text.extras > JSONValue.databagBreadth
        return isCut || text.keptBreadcrumbs > options.maxBreadcrumbs ? nil : text
    }

    /// - Parameter size: of what `write` adds, in bytes, beyond some hundred.
    private func captureText(
        level: Level?, size: Int, _ said: BlackBox.Text, _ scopes: Scopes, _ write: (inout EventText) -> Void
    ) -> EventID? {
        guard pipeline.isSampled() else { return nil }
        var text = EventText(id: EventID(), size: size + facts.text.count + said.count)
        if let level { text.add("level", .string(level.rawValue)) }
        write(&text)
        text.paste(facts.text)
        text.paste(said)
        if said.breadcrumbs > said.keptBreadcrumbs {
            text.add(EventMeta.key, .object(EventMeta.cutBreadcrumbs(from: said.breadcrumbs).fields))
        }
        text.end()
        return enqueue(text.id, "event", text.bytes, [], scopes, EventTrace(scopes))
    }

    func enqueue(
        _ id: EventID, _ type: String, _ payload: [UInt8], _ attached: [EnvelopeItem], _ scopes: Scopes,
        _ trace: EventTrace
    ) -> EventID? {
        let header = facts.envelopeHeader(id, trace.samplingContext(facts))
        let item = EnvelopeItem(type: type, payload: payload)
        guard sender.enqueue(Envelope(header: header, items: [item] + attached)) else { return nil }
        if type == "event" { scopes.isolation.noteEvent(id) }
        return id
    }
}
