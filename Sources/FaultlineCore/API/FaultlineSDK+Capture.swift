// SPDX-License-Identifier: Apache-2.0

public import FaultlineProtocol

extension FaultlineSDK {
    /// Sends an event. What the scopes and the process say is added where the event does not say it itself; a scope's
    /// level goes before the event's.
    /// - Parameters:
    ///   - event: sent under its id; without one, under a new one.
    ///   - hint: what processors and hooks may know beside the event; its attachments are sent with it.
    ///   - scope: lies over all other scopes, for this event.
    /// - Returns: the event's id; nil when the SDK does not run or the event was dropped.
    @discardableResult
    public static func captureEvent(_ event: Event, hint: Hint = Hint(), scope: Scope? = nil) -> EventID? {
        client?.captureEvent(event, hint: hint, scope: scope)
    }

    /// Sends an event with what `configure` sets on a scope that lies over all others; see
    /// ``captureEvent(_:hint:scope:)``.
    @discardableResult
    public static func captureEvent(
        _ event: Event, hint: Hint = Hint(), configure: (Scope) throws -> Void
    ) rethrows -> EventID? {
        guard let client else { return nil }
        return client.captureEvent(event, hint: hint, scope: try configured(configure))
    }

    /// Sends an error with its causes and the stack of this call. Level `error`, or the scope's. Errors that
    /// ``Options/ignoreErrors`` names are left out, and so is one that was captured last in the same isolation scope: the
    /// same object, or the same value as it was caught, however long ago.
    ///
    /// ```swift
    /// do { try await charge(order) } catch { FaultlineSDK.captureException(error) }
    /// ```
    /// - Returns: see ``captureEvent(_:hint:scope:)``.
    @discardableResult
    @inline(never)
    public static func captureException(_ error: any Error, hint: Hint = Hint(), scope: Scope? = nil) -> EventID? {
        guard let client else { return nil }
        var mark: UInt8 = 0
        return withUnsafePointer(to: &mark) { client.capture(error, hint, scope, above: $0) }
    }

    /// Sends an error with what `configure` sets on a scope that lies over all others.
    ///
    /// ```swift
    /// FaultlineSDK.captureException(error) { $0.setTag("attempt", "2") }
    /// ```
    @discardableResult
    @inline(never)
    public static func captureException(
        _ error: any Error, hint: Hint = Hint(), configure: (Scope) throws -> Void
    ) rethrows -> EventID? {
        guard let client else { return nil }
        let scope = try configured(configure)
        var mark: UInt8 = 0
        return withUnsafePointer(to: &mark) { client.capture(error, hint, scope, above: $0) }
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
    public static func captureMessage(
        _ message: String, level: Level? = nil, hint: Hint = Hint(), scope: Scope? = nil
    ) -> EventID? {
        guard let client else { return nil }
        var mark: UInt8 = 0
        return withUnsafePointer(to: &mark) { client.capture(message, level, hint, scope, above: $0) }
    }

    /// Sends a message with what `configure` sets on a scope that lies over all others; see
    /// ``captureMessage(_:level:hint:scope:)``.
    @discardableResult
    @inline(never)
    public static func captureMessage(
        _ message: String, level: Level? = nil, hint: Hint = Hint(), configure: (Scope) throws -> Void
    ) rethrows -> EventID? {
        guard let client else { return nil }
        let scope = try configured(configure)
        var mark: UInt8 = 0
        return withUnsafePointer(to: &mark) { client.capture(message, level, hint, scope, above: $0) }
    }

    private static func configured(_ configure: (Scope) throws -> Void) rethrows -> Scope {
        let scope = Scope()
        try configure(scope)
        return scope
    }

    /// The id of the newest event that was captured in this isolation scope and not dropped.
    public static var lastEventID: EventID? {
        isolationScope.lastEventID
    }
}
