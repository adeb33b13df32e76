// SPDX-License-Identifier: Apache-2.0

public import FaultlineProtocol

extension FaultlineSDK {
    /// Sends an event. What the scopes and the process say is added where the event does not say it itself.
    /// - Returns: the event's id; nil when the SDK does not run or the event was dropped.
    @discardableResult
    public static func captureEvent(_ event: Event) -> EventID? {
        client?.captureEvent(event)
    }

    /// Sends an error: its type, and its description as the value. Level `error`, or the scope's.
    ///
    /// ```swift
    /// do { try await charge(order) } catch { FaultlineSDK.captureException(error) }
    /// ```
    /// - Returns: see ``captureEvent(_:)``.
    @discardableResult
    public static func captureException(_ error: any Error) -> EventID? {
        client?.captureException(error)
    }

    /// Sends a message, cut to 8,192 bytes.
    /// - Parameter level: nil: the scope's, else `info`.
    /// - Returns: see ``captureEvent(_:)``.
    @discardableResult
    public static func captureMessage(_ message: String, level: Level? = nil) -> EventID? {
        client?.captureMessage(message, level: level)
    }

    /// The id of the newest event that was captured in this isolation scope and not dropped.
    public static var lastEventID: EventID? {
        isolationScope.lastEventID
    }
}
