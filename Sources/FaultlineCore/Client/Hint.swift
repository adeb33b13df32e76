// SPDX-License-Identifier: Apache-2.0

public import FaultlineProtocol

/// What is known of a capture beside the event itself; processors and hooks may look at it and change it.
/// Source: [Hints](https://develop.sentry.dev/sdk/foundations/client/hooks/).
public struct Hint: Sendable {
    /// The error that was captured.
    public var error: (any Error)?
    /// What goes along with the event, the scopes' attachments included.
    public var attachments: [Attachment]
    /// How an error that is captured as such came here; nil: by a call of the service (`generic`, handled). Integrations name
    /// theirs, with `handled` false where the service itself let the error go: release health then counts its request as
    /// crashed. Its causes are as handled as it is.
    /// Source: [Exception mechanism](https://develop.sentry.dev/sdk/data-model/event-payloads/exception/#exception-mechanism).
    public var mechanism: Mechanism?
    /// Anything that the caller wants a processor or hook to see. Never sent.
    public var data: [String: any Sendable]

    /// A hint of these parts.
    public init(
        error: (any Error)? = nil, attachments: [Attachment] = [], data: [String: any Sendable] = [:],
        mechanism: Mechanism? = nil
    ) {
        self.error = error
        self.attachments = attachments
        self.data = data
        self.mechanism = mechanism
    }
}

/// Looks at an event and returns it, changed or not; nil drops it, and so does throwing. Runs on the capturing thread;
/// what is captured inside of it is left out.
public typealias EventProcessor = @Sendable (Event, inout Hint) throws -> Event?
