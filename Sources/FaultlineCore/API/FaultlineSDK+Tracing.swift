// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
public import FaultlineProtocol

extension FaultlineSDK {
    /// Begins a transaction in the trace of the running request (``continueTrace(headers:)``), or in a new trace. It is not
    /// made the current one: ``withSpan(_:_:)`` does that, and ``withTransaction(name:operation:source:origin:sampled:custom:_:)``
    /// does it all.
    ///
    /// Whether it is recorded is decided now, by `sampled`, ``Options/tracesSampler``, the caller in another service, and
    /// ``Options/tracesSampleRate``, in this order.
    /// - Parameters:
    ///   - name: such as `GET /orders/{id}`.
    ///   - operation: what kind of work, such as `http.server`.
    ///   - source: where the name comes from.
    ///   - origin: who began it, when it was not the service's own code: `auto.` and where.
    ///   - sampled: whether it is to be recorded; nil: not said.
    ///   - custom: what ``Options/tracesSampler`` is told beside.
    /// - Returns: the root span, to be finished. While tracing is off, or the SDK does not run, one that is never sent.
    public static func startTransaction(
        name: String, operation: String, source: TransactionSource = .custom, origin: String = "manual",
        sampled: Bool? = nil, custom: Fields = [:]
    ) -> Span {
        let scopes = Scopes.running
        guard let client else { return orphan(scopes) }
        return client.startTransaction(
            Transaction.Label(name: name, source: source), operation: operation, origin: origin, sampled: sampled,
            custom: custom, in: scopes.isolation, scopes.current)
    }

    /// Begins a span in the one that runs. It is not made the current one; see ``withSpan(operation:name:data:_:)``.
    /// - Parameters:
    ///   - operation: what kind of work, such as `db.query`.
    ///   - name: what exactly.
    ///   - origin: who began it, when it was not the service's own code: `auto.` and where.
    /// - Returns: the span, to be finished. While no transaction runs, one that is never sent.
    public static func startSpan(operation: String, name: String? = nil, origin: String = "manual") -> Span {
        Scopes.runningSpan?.startChild(operation: operation, name: name, origin: origin) ?? orphan(.bound)
    }

    static func orphan(_ scopes: Scopes) -> Span {
        let propagation = scopes.isolation.propagation
        return Span(orphanOf: propagation.traceID, parentSpanID: propagation.spanID)
    }

    /// The span that runs; nil: none.
    public static func getCurrentSpan() -> Span? { Scopes.runningSpan }

    /// Changes the span that runs; without one, nothing happens.
    /// - Parameters:
    ///   - operation: what kind of work it is; nil: as before.
    ///   - name: what exactly; nil: as before.
    ///   - data: is added to what it has.
    public static func updateCurrentSpan(operation: String? = nil, name: String? = nil, data: Fields = [:]) {
        guard let span = getCurrentSpan() else { return }
        if let operation { span.setOperation(operation) }
        if let name { span.setName(name) }
        if !data.isEmpty { span.setData(data) }
    }

    // MARK: - Around a closure

    /// Runs `body` as a transaction, whose root span is the current one, with a current scope of its own; finishes and
    /// sends it. Whoever throws makes it fail. A crash inside is reported with its trace, and the transaction as aborted.
    ///
    /// ```swift
    /// try FaultlineSDK.withTransaction(name: "nightly cleanup", operation: "task") { span in … }
    /// ```
    /// See ``startTransaction(name:operation:source:origin:sampled:custom:)``.
    public static func withTransaction<Result>(
        name: String, operation: String, source: TransactionSource = .custom, origin: String = "manual",
        sampled: Bool? = nil, custom: Fields = [:], _ body: (Span) throws -> Result
    ) rethrows -> Result {
        let span = startTransaction(
            name: name, operation: operation, source: source, origin: origin, sampled: sampled, custom: custom)
        return try finishing(span) { try withSpan(span, body) }
    }

    /// Runs `body` as a transaction, on the caller's actor; see the form that is not `async`.
    public static func withTransaction<Result>(
        name: String, operation: String, source: TransactionSource = .custom, origin: String = "manual",
        sampled: Bool? = nil, custom: Fields = [:], isolation: isolated (any Actor)? = #isolation,
        _ body: (Span) async throws -> Result
    ) async rethrows -> Result {
        let span = startTransaction(
            name: name, operation: operation, source: source, origin: origin, sampled: sampled, custom: custom)
        return try await finishing(span) { try await withSpan(span, body) }
    }

    /// Runs `body` in a span within the one that runs, and finishes it. Whoever throws makes it fail. While no transaction
    /// runs, `body` runs all the same, with a span that is never sent.
    ///
    /// ```swift
    /// let orders = try await FaultlineSDK.withSpan(operation: "db.query", name: "SELECT orders") { _ in
    ///     try await database.orders()
    /// }
    /// ```
    /// - Parameters:
    ///   - operation: what kind of work, such as `db.query`.
    ///   - name: what exactly.
    ///   - data: of the span.
    ///   - body: is given the span.
    public static func withSpan<Result>(
        operation: String, name: String? = nil, data: Fields = [:], _ body: (Span) throws -> Result
    ) rethrows -> Result {
        let span = startSpan(operation: operation, name: name)
        if !data.isEmpty { span.setData(data) }
        return try finishing(span) { try withSpan(span, body) }
    }

    /// Runs `body` in a span within the one that runs, on the caller's actor; see the form that is not `async`.
    public static func withSpan<Result>(
        operation: String, name: String? = nil, data: Fields = [:], isolation: isolated (any Actor)? = #isolation,
        _ body: (Span) async throws -> Result
    ) async rethrows -> Result {
        let span = startSpan(operation: operation, name: name)
        if !data.isEmpty { span.setData(data) }
        return try await finishing(span) { try await withSpan(span, body) }
    }

    /// Runs `body` with `span` as the current one; it is not finished. With the root span of a transaction, `body` has a
    /// current scope of its own.
    public static func withSpan<Result>(_ span: Span, _ body: (Span) throws -> Result) rethrows -> Result {
        guard let scopes = Scopes.running.entering(span) else { return try body(span) }
        return try Scopes.$bound.withValue(scopes) { try body(span) }
    }

    /// Runs `body` with `span` as the current one, on the caller's actor; see the form that is not `async`.
    public static func withSpan<Result>(
        _ span: Span, isolation: isolated (any Actor)? = #isolation, _ body: (Span) async throws -> Result
    ) async rethrows -> Result {
        guard let scopes = Scopes.running.entering(span) else { return try await body(span) }
        return try await Scopes.$bound.withValue(scopes, operation: { try await body(span) }, isolation: isolation)
    }

    private static func finishing<Result>(_ span: Span, _ body: () throws -> Result) rethrows -> Result {
        do {
            let result = try body()
            span.finish()
            return result
        } catch {
            span.fail(error)
            throw error
        }
    }

    private static func finishing<Result>(
        _ span: Span, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async rethrows -> Result {
        do {
            let result = try await body()
            span.finish()
            return result
        } catch {
            span.fail(error)
            throw error
        }
    }
}

extension Span {
    /// Ends it by an error, unless its code has said already how it ended.
    func fail(_ error: any Error) {
        if current.status == nil { setStatus(error is CancellationError ? .cancelled : .internalError) }
        finish()
    }
}

extension Scopes {
    /// Those of what runs in `span`; nil: an orphan, which changes nothing.
    func entering(_ span: Span) -> Scopes? {
        guard let transaction = span.transaction else { return nil }
        guard span.isRoot else { return with(span) }
        let scope = current.fork(.current)
        transaction.enter(scope)
        return inBlock(scope).with(span)
    }
}
