// SPDX-License-Identifier: Apache-2.0

/// How an error came to be captured.
///
/// Source: [Exception mechanism](https://develop.sentry.dev/sdk/data-model/event-payloads/exception/#exception-mechanism).
public struct Mechanism: WireObject {
    /// All members, known and unknown.
    public var fields: Fields

    /// Takes the members as they are.
    public init(fields: Fields = [:]) {
        self.fields = fields
    }

    /// Of an error that the service let go, and an integration has seen.
    /// - Parameter type: names the integration: `auto.http.` and the framework.
    public static func unhandled(_ type: String) -> Mechanism {
        Mechanism(fields: ["type": .string(type), "handled": false])
    }

    /// `generic` for a call of the service, `signalhandler` for a crash. Required by servers.
    public var type: String? {
        get { string("type") }
        set { set("type", newValue) }
    }

    /// Whether the service dealt with it; false for a crash.
    public var handled: Bool? {
        get { bool("handled") }
        set { set("handled", newValue) }
    }

    /// Whether the type says nothing about the cause; servers then group by the stack and show its function.
    public var synthetic: Bool? {
        get { bool("synthetic") }
        set { set("synthetic", newValue) }
    }

    /// Its number in a chain: 0 for the error that was captured, 1 … for its causes.
    public var exceptionID: Int? {
        get { integer("exception_id") }
        set { set("exception_id", newValue) }
    }

    /// The ``exceptionID`` of the error that this one is a cause of.
    public var parentID: Int? {
        get { integer("parent_id") }
        set { set("parent_id", newValue) }
    }

    /// The parent's property that holds this error, such as `cause` or `errors[0]`.
    public var source: String? {
        get { string("source") }
        set { set("source", newValue) }
    }

    /// The signal, in `signal`: number, name, code, code_name.
    public var meta: Fields {
        get { members("meta") }
        set { setMembers("meta", newValue) }
    }

    /// Anything else, such as `relevant_address`.
    public var data: Fields {
        get { members("data") }
        set { setMembers("data", newValue) }
    }
}
