// SPDX-License-Identifier: Apache-2.0

public import FaultlineProtocol

/// What a person says about the service, perhaps about an error that was sent before.
/// Source: [User feedback](https://develop.sentry.dev/sdk/telemetry/feedbacks/).
public struct Feedback: Sendable, Hashable {
    /// What was said; without it nothing is sent. At most 4,096 characters, the rest is cut.
    public var message: String
    /// An e-mail address.
    public var contactEmail: String?
    /// The person's name.
    public var name: String?
    /// Where it was said.
    public var url: String?
    /// The event that it is about.
    public var associatedEventID: EventID?

    /// Feedback of these parts.
    public init(
        _ message: String, contactEmail: String? = nil, name: String? = nil, url: String? = nil,
        associatedEventID: EventID? = nil
    ) {
        self.message = message
        self.contactEmail = contactEmail
        self.name = name
        self.url = url
        self.associatedEventID = associatedEventID
    }

    static let messageLimit = 4096

    /// nil: it says nothing.
    var event: Event? {
        guard message.contains(where: { !$0.isWhitespace }) else { return nil }
        let cut = message.unicodeScalars.prefix(Self.messageLimit)
        var context: Fields = ["message": .string(String(String.UnicodeScalarView(cut)))]
        context["contact_email"] = contactEmail.map { .string($0) }
        context["name"] = name.map { .string($0) }
        context["url"] = url.map { .string($0) }
        context["associated_event_id"] = associatedEventID.map { .string($0.description) }
        var event = Event(fields: ["type": "feedback"])
        event.level = .info
        event.contexts["feedback"] = .object(context)
        return event
    }
}

extension Client {
    /// Sends what a person says. It carries the scopes' data but breadcrumbs and flags, passes the event processors and
    /// ``Options/beforeSendFeedback``, and is never sampled out.
    /// - Parameters:
    ///   - feedback: what is said, and by whom.
    ///   - hint: its attachments are sent with it.
    /// - Returns: its id; nil when it was dropped: its message is empty, or see ``captureEvent(_:hint:scope:)``.
    @discardableResult
    public func captureFeedback(_ feedback: Feedback, hint: Hint = Hint()) -> EventID? {
        feedback.event.flatMap { captureEvent($0, hint: hint) }
    }
}
