// SPDX-License-Identifier: Apache-2.0

/// One error in an event's chain.
///
/// Source: [Exception interface](https://develop.sentry.dev/sdk/data-model/event-payloads/exception/).
public struct ExceptionValue: WireObject {
    /// All members, known and unknown.
    public var fields: Fields

    /// Takes the members as they are.
    public init(fields: Fields = [:]) {
        self.fields = fields
    }

    /// The error's type, such as `Fatal error`, `SIGSEGV`, `NIOConnectionError`.
    public var type: String? {
        get { string("type") }
        set { set("type", newValue) }
    }

    /// What it says.
    public var value: String? {
        get { string("value") }
        set { set("value", newValue) }
    }

    /// The module that defines the type.
    public var module: String? {
        get { string("module") }
        set { set("module", newValue) }
    }

    /// The thread on which it happened; one of the event's threads.
    public var threadID: Int? {
        get { integer("thread_id") }
        set { set("thread_id", newValue) }
    }

    /// How it came to be captured.
    public var mechanism: Mechanism? {
        get { object("mechanism") }
        set { setObject("mechanism", newValue) }
    }

    /// Where it happened.
    public var stacktrace: Stacktrace? {
        get { object("stacktrace") }
        set { setObject("stacktrace", newValue) }
    }
}
