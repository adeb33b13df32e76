// SPDX-License-Identifier: Apache-2.0

public import FaultlineProtocol

/// What is known of a capture beside the event itself; processors and hooks may look at it and change it.
/// Source: [Hints](https://develop.sentry.dev/sdk/foundations/client/hooks/).
public struct Hint: Sendable {
    /// The error that was captured.
    public var error: (any Error)?
    /// What goes along with the event, the scopes' attachments included.
    public var attachments: [Attachment]
    /// Anything that the caller wants a processor or hook to see. Never sent.
    public var data: [String: any Sendable]

    /// A hint of these parts.
    public init(
        error: (any Error)? = nil, attachments: [Attachment] = [], data: [String: any Sendable] = [:]
    ) {
        self.error = error
        self.attachments = attachments
        self.data = data
    }
}

/// Looks at an event and returns it, changed or not; nil drops it, and so does throwing. Runs on the capturing thread;
/// what is captured inside of it is left out.
public typealias EventProcessor = @Sendable (Event, inout Hint) throws -> Event?
