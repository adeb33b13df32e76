// SPDX-License-Identifier: Apache-2.0

public import FaultlineProtocol

extension FaultlineSDK {
    /// Sends an event. What the scopes and the process say is added where the event does not say it itself; a scope's
    /// level goes before the event's.
    /// - Parameters:
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

    /// Sends an error: its type, and its description as the value. Level `error`, or the scope's.
    ///
    /// ```swift
    /// do { try await charge(order) } catch { FaultlineSDK.captureException(error) }
    /// ```
    /// - Returns: see ``captureEvent(_:hint:scope:)``.
    @discardableResult
    public static func captureException(_ error: any Error, hint: Hint = Hint(), scope: Scope? = nil) -> EventID? {
        client?.captureException(error, hint: hint, scope: scope)
    }

    /// Sends an error with what `configure` sets on a scope that lies over all others.
    ///
    /// ```swift
    /// FaultlineSDK.captureException(error) { $0.setTag("attempt", "2") }
    /// ```
    @discardableResult
    public static func captureException(
        _ error: any Error, hint: Hint = Hint(), configure: (Scope) throws -> Void
    ) rethrows -> EventID? {
        guard let client else { return nil }
        return client.captureException(error, hint: hint, scope: try configured(configure))
    }

    /// Sends a message, cut to 8,192 bytes.
    /// - Parameter level: goes before the scope's; nil: the scope's, else `info`.
    /// - Returns: see ``captureEvent(_:hint:scope:)``.
    @discardableResult
    public static func captureMessage(
        _ message: String, level: Level? = nil, hint: Hint = Hint(), scope: Scope? = nil
    ) -> EventID? {
        client?.captureMessage(message, level: level, hint: hint, scope: scope)
    }

    /// Sends a message with what `configure` sets on a scope that lies over all others; see
    /// ``captureMessage(_:level:hint:scope:)``.
    @discardableResult
    public static func captureMessage(
        _ message: String, level: Level? = nil, hint: Hint = Hint(), configure: (Scope) throws -> Void
    ) rethrows -> EventID? {
        guard let client else { return nil }
        return client.captureMessage(message, level: level, hint: hint, scope: try configured(configure))
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
