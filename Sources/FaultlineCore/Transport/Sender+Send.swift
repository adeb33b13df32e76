// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
internal import FaultlineFiles
internal import FaultlineProtocol
internal import Logging

extension Sender {
    /// Sends what the limits leave of an envelope of the queue.
    func send(_ envelope: Envelope, _ ticket: UInt64) async {
        var envelope = envelope
        let limited = state.withLock { $0.limits.remove(from: &envelope) }
        if !limited.isEmpty { dropLimited(limited) }
        if envelope.items.isEmpty {
            _ = settled(ticket)
        } else {
            await sendWhole(envelope, ticket)
        }
        await sendReport(ifOlderThan: .seconds(60))
    }

    private func dropLimited(_ items: [EnvelopeItem]) {
        for item in items { reports.record(.rateLimitBackoff, lossOf: item) }
        configuration.logger.debug("rate limited: dropped \(items.map(\.type).joined(separator: ", "))")
    }

    private func sendWhole(_ unread: Envelope, _ ticket: UInt64) async {
        let envelope = unread.readingLatePayloads()
        guard let transport else {
            if settled(ticket) { keep([envelope]) }
            return
        }
        let start = ContinuousClock.now
        let report = takeReport(ifOlderThan: .seconds(30))
        let result = await deliver(envelope, report?.item, transport)
        if result.outcome != .accepted { reports.giveBack(report?.counts ?? [:]) }
        add(result)
        // After a close that did not wait, the envelope lies in the outbox already.
        guard settled(ticket) else { return }
        switch result.outcome {
        case .accepted:
            reachable()
            configuration.logger.debug("sent \(Self.name(envelope))")
        case .retryLater(let reason):
            if configuration.outbox != nil {
                keep([envelope], lostAs: result.lostLater)
            } else {
                state.withLock { $0.queue.putBack(unread) }
            }
            unreachable(reason, result.retryAfter, since: start)
        case .rateLimited(let reason):
            reachable()
            configuration.logger.debug("rate limited: the server dropped \(Self.name(envelope)) (\(reason))")
        case .rejected(let status, let reason):
            reachable()
            if let lost = result.discardReason { reports.record(lost, lossOf: envelope) }
            configuration.logger.debug("refused: \(Self.name(envelope)) (\(reason))")
            guard let held = pass("rejected \(status)") else { return }
            let name = "\(envelope.eventID ?? EventID())\(Outbox.suffix)"
            configuration.outbox?.quarantine.take(envelope.serialized(), name: name, reason: reason)
            logRejection(name, reason, held)
        }
    }

    /// Sends a file of the outbox.
    func send(_ claim: OutboxClaim) async {
        guard let transport, let outbox = configuration.outbox else { return }
        let start = ContinuousClock.now
        let result = await deliver(claim.envelope, nil, transport)
        add(result)
        switch result.outcome {
        case .accepted:
            outbox.remove(claim)
            reachable()
            configuration.logger.debug("sent \(claim.name)")
        case .retryLater(let reason):
            state.withLock { $0.round.failedName = claim.name }
            if !Task.isCancelled { unreachable(reason, result.retryAfter, since: start) }
        case .rateLimited:
            reachable()
            state.withLock { state in
                state.outboxLimited = true
                // A server that names no limit for it would be asked without end.
                state.lookAgain(at: state.limits.end(of: claim.envelope) ?? .now + RateLimits.standard)
            }
        case .rejected(let status, let reason):
            reachable()
            if let lost = result.discardReason { reports.record(lost, lossOf: claim.envelope) }
            outbox.quarantine(claim.name, reason: reason)
            logRejection(claim.name, reason, pass("rejected \(status)"))
        }
    }

    /// A proxy before the server may take less than the server does: then the event goes without what is attached.
    private func deliver(
        _ envelope: Envelope, _ report: EnvelopeItem?, _ transport: any Transport
    ) async -> TransportResult {
        let envelope = await configuration.names?.prepare(envelope) ?? envelope
        let result = await transport.send(request(envelope, report))
        guard case .rejected(status: 413, let reason) = result.outcome else { return result }
        var smaller = envelope
        smaller.items.removeAll { $0.type == "attachment" }
        guard !smaller.items.isEmpty, smaller.items.count < envelope.items.count else { return result }
        if pass("too large") != nil {
            configuration.logger.warning("a report goes without its attachments, which are too large (\(reason))")
        }
        let second = await transport.send(request(smaller, report))
        if second.outcome == .accepted {
            for item in envelope.items where item.type == "attachment" { reports.record(.sendError, lossOf: item) }
        }
        return second
    }

    /// The form that goes over the wire: the address of now, and `sent_at`, which a waiting envelope must not have.
    private func request(_ envelope: Envelope, _ report: EnvelopeItem? = nil) -> EnvelopeRequest {
        var envelope = envelope
        if let dsn = configuration.dsn, envelope.header["dsn"] != dsnText { Self.readdress(&envelope, to: dsn) }
        if envelope.header["sdk"] == nil { envelope.header["sdk"] = .object(SDKInfo.fields) }
        envelope.setSentAt(.now())
        if let report { envelope.items.append(report) }
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

    /// - Returns: false when ``Sender/end()`` took the envelope over.
    private func settled(_ ticket: UInt64) -> Bool {
        state.withLock { $0.queue.settle(ticket) }
    }

    // MARK: - Client reports

    /// What was lost, in an envelope of its own.
    /// - Parameter age: the last report's; a younger one makes this one wait.
    func sendReport(ifOlderThan age: Duration) async {
        guard let transport, let report = takeReport(ifOlderThan: age) else { return }
        let start = ContinuousClock.now
        let result = await transport.send(request(Envelope(items: [report.item])))
        add(result)
        switch result.outcome {
        case .accepted:
            reachable()
            configuration.logger.debug("sent a client report")
        case .retryLater(let reason):
            reports.giveBack(report.counts)
            unreachable(reason, result.retryAfter, since: start)
        case .rateLimited: reports.giveBack(report.counts)
        // It would be refused again.
        case .rejected(_, let reason): configuration.logger.debug("refused: a client report (\(reason))")
        }
    }

    /// What was counted, when it is time for a report.
    private func takeReport(ifOlderThan age: Duration) -> (item: EnvelopeItem, counts: ClientReports.Counts)? {
        guard !reports.isEmpty else { return nil }
        let isTime = state.withLock { state in
            let now = ContinuousClock.now
            guard now - state.reportedAt >= age, state.limits.end(of: .internal, now: now) == nil else { return false }
            state.reportedAt = now
            return true
        }
        guard isTime else { return nil }
        var counts = reports.take()
        guard let (item, left) = ClientReports.item(counts) else { return nil }
        reports.giveBack(left)
        for key in left.keys { counts[key] = nil }
        return (item, counts)
    }

    // MARK: - What the server said

    private func add(_ result: TransportResult) {
        var limits = result.limits
        // A transport of somebody's own may leave them out.
        if case .rateLimited = result.outcome, limits.isEmpty { limits.all = RateLimits.standard }
        guard !limits.isEmpty, state.withLock({ $0.limits.add(limits) }), pass("rate limited") != nil else { return }
        let names = limits.all != nil ? ["everything"] : limits.categories.keys.map(\.rawValue).sorted()
        let longest = ([limits.all].compactMap(\.self) + limits.categories.values).max() ?? .zero
        configuration.logger.warning(
            """
            the server's rate limit is reached (\(names.joined(separator: ", ")), for \(longest.components.seconds) s): \
            until then such events are dropped and counted; reports on disk wait
            """)
    }

    private func unreachable(_ reason: String, _ wish: Duration?, since start: ContinuousClock.Instant) {
        let first = state.withLock { state in
            state.outboxChanged = true
            return state.round.failed(wish: wish, since: start)
        }
        guard first else { return }
        let place = configuration.outbox.map { "wait in \($0.directory)" } ?? "wait in memory"
        configuration.logger.warning(
            "reports cannot be sent (\(reason)); they \(place) and are sent when the server takes them")
    }

    private func reachable() {
        if state.withLock({ $0.round.succeeded() }) { configuration.logger.notice("reports are being sent again") }
    }

    private func logRejection(_ name: String, _ reason: String, _ held: Int?) {
        guard let held else { return }
        let place = configuration.outbox.map { "; kept in \($0.quarantine.directory)" } ?? ""
        let others = held > 0 ? " (and \(held) more since the last such line)" : ""
        configuration.logger.error("the server refused \(name) (\(reason))\(place)\(others)")
    }
}
