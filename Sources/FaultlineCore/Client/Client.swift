// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
public import FaultlineProtocol
internal import Logging
internal import Synchronization

/// Makes events of what is captured and hands them to the transport.
///
/// The process has one that ``FaultlineSDK`` uses. A client of one's own shares the scopes with it and nothing else: no
/// crash handlers, no files; what cannot be sent stays in its bounded queue. Usable from any thread; nothing in it throws,
/// traps or waits for the network but ``flush(timeout:)`` and ``close(timeout:)``, which say how long.
public final class Client: Sendable {
    let options: Options
    let dsn: DSN?
    /// Members of each event that are the process's: release, environment, server_name, dist, sdk.
    let facts: Fields
    let sender: Sender
    private let factsText: [UInt8]
    private let publicTrace: Fields

    /// A client without crash handlers and files.
    /// - Throws: ``OptionsError`` with all problems at once; then nothing was started.
    public convenience init(_ options: Options, transport: any Transport) throws(OptionsError) {
        let (options, dsn, problems) = options.resolved().checked()
        if !problems.isEmpty { throw OptionsError(problems: problems) }
        self.init(options: options, dsn: dsn, transport: transport, outbox: nil)
        sender.start()
    }

    /// - Parameter options: resolved and checked. The sender is not started yet.
    init(
        options: Options, dsn: DSN?, transport: (any Transport)?, outbox: Outbox?, watch: ProcessWatch? = nil
    ) {
        self.options = options
        self.dsn = dsn
        facts = Self.facts(options)
        factsText = EventText.members(facts)
        publicTrace = Self.publicTrace(options, dsn)
        sender = Sender(
            Sender.Configuration(
                dsn: dsn, transport: transport, outbox: outbox, queueSize: options.transportQueueSize,
                sendClientReports: options.sendClientReports, logger: options.logger, watch: watch))
    }

    deinit {
        sender.abandon()
    }

    static func facts(_ options: Options) -> Fields {
        var facts: Fields = [:]
        facts["release"] = options.release.map { .string($0) }
        facts["environment"] = options.environment.map { .string($0) }
        facts["dist"] = options.dist.map { .string($0) }
        facts["server_name"] = options.serverName.map { .string($0) }
        facts["sdk"] = .object(SDKInfo.fields)
        return facts
    }

    // MARK: - Capture

    /// Sends an event. What the scopes and the process say is added where the event does not say it itself.
    /// - Returns: the event's id; nil when it was dropped (by the sample rate, by ``Options/beforeSend``, by a full queue,
    ///   after ``close(timeout:)``, or because there is nowhere to send or keep it).
    @discardableResult
    public func captureEvent(_ event: Event) -> EventID? {
        guard !Self.isCapturing else { return nil }
        var event = event
        event.apply(scope: scopeFields())
        return send(event)
    }

    /// Sends an error: its type, and its description as the value. Level `error`, or the scope's.
    /// - Returns: see ``captureEvent(_:)``.
    @discardableResult
    public func captureException(_ error: any Error) -> EventID? {
        capture("exception", CapturedError(error).json, level: nil, default: .error)
    }

    /// Sends a message, cut to 8,192 bytes.
    /// - Parameter level: nil: the scope's, else `info`.
    /// - Returns: see ``captureEvent(_:)``.
    @discardableResult
    public func captureMessage(_ message: String, level: Level? = nil) -> EventID? {
        capture("logentry", ["formatted": .string(EventText.limited(message))], level: level, default: .info)
    }

    /// Waits until everything captured so far was sent, an attempt failed, or the time is over.
    /// - Parameter timeout: nil: ``Options/shutdownTimeout``.
    /// - Returns: whether everything was sent. What was not waits on disk or in the queue.
    @discardableResult
    public func flush(timeout: Duration? = nil) async -> Bool {
        await sender.flush(timeout: timeout ?? options.shutdownTimeout)
    }

    /// Flushes, then ends the client; what was not sent is kept on disk where there is a place. Idempotent.
    /// - Parameter timeout: nil: ``Options/shutdownTimeout``.
    public func close(timeout: Duration? = nil) async {
        await sender.close(timeout: timeout ?? options.shutdownTimeout)
    }

    // MARK: - Pipeline

    /// An event of one member. Without a hook that wants to see it, it is put together from bytes.
    private func capture(_ name: StaticString, _ value: JSONValue, level: Level?, default standard: Level) -> EventID? {
        guard !Self.isCapturing else { return nil }
        let layers = Scopes.layers
        // A scope that found no room in the box (handle 0) has no trace there: the slow way adds it.
        guard options.beforeSend == nil, layers[1] != 0 else {
            var event = Event(fields: [:])
            event.fields["\(name)"] = value
            event.level = level
            event.apply(scope: scopeFields())
            if event.level == nil { event.level = standard }
            return send(event)
        }
        guard isSampled() else { return nil }
        var text = EventText(id: EventID())
        var kinds = RecordKinds.all
        if let level {
            kinds.remove(.level)
            text.add("level", .string(level.rawValue))
        } else if BlackBox.members(of: layers, kinds: .level).isEmpty {
            text.add("level", .string(standard.rawValue))
        }
        text.add(name, value)
        text.paste(factsText)
        text.paste(BlackBox.members(of: layers, kinds: kinds))
        text.end()
        return enqueue(text.id, text.bytes)
    }

    /// The steps behind the scopes, in the order of https://develop.sentry.dev/sdk/foundations/client/.
    private func send(_ event: Event) -> EventID? {
        var event = event
        if event.eventID == nil { event.eventID = EventID() }
        if event.timestamp == nil { event.timestamp = .now() }
        if event.platform == nil { event.platform = "native" }
        event.apply(facts: facts)
        guard let event = applyBeforeSend(event), isSampled(), let id = event.eventID else { return nil }
        return enqueue(id, JSONValue.object(event.fields).serialized())
    }

    /// Also for events that were found at a start. A capture inside the hook is left out: it would come back here.
    func applyBeforeSend(_ event: Event) -> Event? {
        guard let beforeSend = options.beforeSend else { return event }
        var hint = Hint()
        let changed = Self.$isCapturing.withValue(true) { try? beforeSend(event, &hint) }
        if changed == nil { options.logger.debug("beforeSend dropped \(event.eventID?.description ?? "an event")") }
        return changed
    }

    @TaskLocal static var isCapturing = false

    private func isSampled() -> Bool {
        let sampled = options.sampleRate >= 1 || Double.random(in: 0..<1) < options.sampleRate
        if !sampled { options.logger.debug("an event was dropped by sampleRate \(options.sampleRate)") }
        return sampled
    }

    private func enqueue(_ id: EventID, _ payload: [UInt8]) -> EventID? {
        let isolation = Scopes.bound.isolation
        var header: Fields = ["event_id": .string(id.description)]
        header["dsn"] = dsn.map { .string($0.description) }
        header["sdk"] = .object(SDKInfo.fields)
        header["trace"] = .object(traceHeader(isolation.propagation))
        let item = EnvelopeItem(type: "event", payload: payload)
        guard sender.enqueue(Envelope(header: header, items: [item])) else { return nil }
        isolation.noteEvent(id)
        return id
    }

    /// The scopes' members as a tree.
    private func scopeFields() -> Fields {
        let layers = Scopes.layers
        let text = [UInt8(ascii: "{")] + BlackBox.members(of: layers).dropFirst() + [UInt8(ascii: "}")]
        var fields = (try? JSONValue(parsing: text))?.objectValue ?? [:]
        if layers[1] == 0 {
            var contexts = fields["contexts"]?.objectValue ?? [:]
            contexts[PropagationContext.key] = .object(Scopes.bound.isolation.propagation.context)
            fields["contexts"] = .object(contexts)
        }
        return fields
    }

    // MARK: - Trace header

    /// What the first service of the trace said; else what this one knows. Without a public key the server cannot use it.
    private func traceHeader(_ propagation: PropagationContext) -> Fields {
        if let incoming = propagation.incoming, incoming["trace_id"] != nil, incoming["public_key"] != nil {
            return incoming
        }
        var trace: Fields = ["trace_id": .string(propagation.traceID.description)]
        for (key, value) in publicTrace { trace[key] = value }
        return trace
    }

    private static func publicTrace(_ options: Options, _ dsn: DSN?) -> Fields {
        var trace: Fields = [:]
        trace["public_key"] = dsn.map { .string($0.publicKey) }
        trace["release"] = options.release.map { .string($0) }
        trace["environment"] = options.environment.map { .string($0) }
        trace["org_id"] = dsn?.orgID.map { .string("\($0)") }
        return trace
    }
}
