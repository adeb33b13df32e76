// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
internal import FaultlineProtocol
internal import Logging
internal import Synchronization

extension Sender {
    /// The long task: sends while there is something to send, else sleeps until it is told or a server may be tried again.
    func run() async {
        var round = SendingRound()
        configuration.outbox?.tidy()
        while !Task.isCancelled {
            configuration.watch?.look()
            if let pause = round.pause(urgent: takeUrgency()) {
                if configuration.outbox != nil { keep(takeQueue()) }
                answerWaiters(false)
                await signal.wait(upTo: pause)
            } else if let envelope = takeNext() {
                await send(envelope, &round)
            } else if let claim = takeWaiting(&round) {
                await send(claim, &round)
                if configuration.outbox != nil, !hasWaiters { await signal.wait(upTo: configuration.gap) }
            } else {
                if isIdle { answerWaiters(configuration.sender != nil || configuration.transport == nil) }
                await signal.wait(upTo: untilNextLook(round))
            }
        }
    }

    private func untilNextLook(_ round: SendingRound) -> Duration? {
        guard configuration.watch != nil else { return round.untilNextLook }
        return min(round.untilNextLook ?? ProcessWatch.interval, ProcessWatch.interval)
    }

    // MARK: - What there is to do

    private func takeUrgency() -> Bool {
        state.withLock { state in
            defer { state.urgent = false }
            return state.urgent
        }
    }

    private func takeNext() -> Envelope? {
        state.withLock { state in
            guard !state.closed, !state.queue.isEmpty else { return nil }
            let envelope = state.queue.removeFirst()
            state.inFlight = envelope
            return envelope
        }
    }

    private func takeQueue() -> [Envelope] {
        state.withLock { state in
            defer { state.queue = [] }
            return state.queue
        }
    }

    /// The oldest file of the outbox that is nobody else's.
    private func takeWaiting(_ round: inout SendingRound) -> OutboxClaim? {
        guard let outbox = configuration.outbox, configuration.sender != nil else { return nil }
        let changed = state.withLock { state in
            defer { state.outboxChanged = false }
            return state.outboxChanged
        }
        if changed || round.untilNextLook == .zero { round.begin(outbox.names()) }
        while let name = round.next() {
            switch OutboxClaim.attempt(name, in: outbox) {
            case .claimed(let claim): return claim
            case .gone: continue
            case .busy: round.meet()
            case .unreadable(let reason):
                outbox.quarantine(name, reason: reason)
                configuration.logger.warning(
                    "\(name) in the outbox is no report (\(reason)); it was moved to \(outbox.quarantine.directory)")
            }
        }
        return nil
    }

    private var hasWaiters: Bool { state.withLock { !$0.waiters.isEmpty } }

    /// Whether a flush that waits has nothing more to wait for.
    private var isIdle: Bool {
        let sendsWaiting = configuration.outbox != nil && configuration.sender != nil
        return state.withLock { $0.queue.isEmpty && $0.producers == 0 && !(sendsWaiting && $0.outboxChanged) }
    }

    private func answerWaiters(_ complete: Bool) {
        let waiters = state.withLock { state in
            defer { state.waiters = [:] }
            return state.waiters
        }
        for waiter in waiters.values { waiter.resume(returning: complete) }
    }

    // MARK: - Sending

    private func send(_ envelope: Envelope, _ round: inout SendingRound) async {
        guard let transport = configuration.sender else {
            if settled() { keep([envelope]) }
            return
        }
        let result = await deliver(envelope, transport)
        // After a close that did not wait, the envelope lies in the outbox already.
        guard settled() else { return }
        switch result.outcome {
        case .accepted:
            reachable(&round)
        case .retryLater(let reason):
            if configuration.outbox != nil { keep([envelope]) } else { putBack(envelope) }
            unreachable(reason, result.retryAfter, &round)
        case .rejected(let status, let reason):
            reachable(&round)
            guard let held = pass("rejected \(status)") else { return }
            let name = "\(envelope.eventID ?? EventID())\(Outbox.suffix)"
            configuration.outbox?.quarantine.take(envelope.serialized(), name: name, reason: reason)
            logRejection(name, reason, held)
        }
    }

    private func send(_ claim: OutboxClaim, _ round: inout SendingRound) async {
        guard let transport = configuration.sender, let outbox = configuration.outbox else { return }
        let result = await deliver(claim.envelope, transport)
        switch result.outcome {
        case .accepted:
            outbox.remove(claim)
            reachable(&round)
            configuration.logger.debug("sent \(claim.name)")
        case .retryLater(let reason):
            if !Task.isCancelled { unreachable(reason, result.retryAfter, &round) }
        case .rejected(let status, let reason):
            reachable(&round)
            outbox.quarantine(claim.name, reason: reason)
            logRejection(claim.name, reason, pass("rejected \(status)"))
        }
    }

    /// A proxy before the server may take less than the server does: then the event goes without what is attached.
    private func deliver(_ envelope: Envelope, _ transport: any Transport) async -> TransportResult {
        let result = await transport.send(request(envelope))
        guard case .rejected(status: 413, let reason) = result.outcome else { return result }
        var smaller = envelope
        smaller.items.removeAll { $0.type == "attachment" }
        guard !smaller.items.isEmpty, smaller.items.count < envelope.items.count else { return result }
        if pass("too large") != nil {
            configuration.logger.warning("a report goes without its attachments, which are too large (\(reason))")
        }
        return await transport.send(request(smaller))
    }

    /// The form that goes over the wire: the address of now, and `sent_at`, which a waiting envelope must not have.
    private func request(_ envelope: Envelope) -> EnvelopeRequest {
        var envelope = envelope
        if let dsn = configuration.dsn { Self.readdress(&envelope, to: dsn) }
        if envelope.header["sdk"] == nil { envelope.header["sdk"] = .object(SDKInfo.fields) }
        envelope.setSentAt(.now())
        return EnvelopeRequest(body: envelope.serialized(), dsn: configuration.dsn)
    }

    /// An envelope that waited since before the key was changed. A trace that came from another service keeps its key.
    private static func readdress(_ envelope: inout Envelope, to dsn: DSN) {
        let before = envelope.header["dsn"]?.stringValue
        envelope.header["dsn"] = .string(dsn.description)
        guard let before, before != dsn.description, let old = try? DSN(before) else { return }
        guard var trace = envelope.header["trace"]?.objectValue, trace["public_key"] == .string(old.publicKey) else {
            return
        }
        trace["public_key"] = .string(dsn.publicKey)
        envelope.header["trace"] = .object(trace)
    }

    /// - Returns: false when ``Sender/close(timeout:)`` took the envelope over.
    private func settled() -> Bool {
        state.withLock { state in
            defer { state.inFlight = nil }
            return state.inFlight != nil
        }
    }

    private func putBack(_ envelope: Envelope) {
        state.withLock { $0.queue.insert(envelope, at: 0) }
    }

    // MARK: - Outages

    private func unreachable(_ reason: String, _ wish: Duration?, _ round: inout SendingRound) {
        let first = round.failed(wish: wish)
        state.withLock { $0.outboxChanged = true }
        guard first else { return }
        let place = configuration.outbox.map { "wait in \($0.directory)" } ?? "wait in memory"
        configuration.logger.warning(
            "reports cannot be sent (\(reason)); they \(place) and are sent when the server takes them")
    }

    private func reachable(_ round: inout SendingRound) {
        if round.succeeded() { configuration.logger.notice("reports are being sent again") }
    }

    private func logRejection(_ name: String, _ reason: String, _ held: Int?) {
        guard let held else { return }
        let place = configuration.outbox.map { "; kept in \($0.quarantine.directory)" } ?? ""
        let others = held > 0 ? " (and \(held) more since the last such line)" : ""
        configuration.logger.error("the server refused \(name) (\(reason))\(place)\(others)")
    }
}
