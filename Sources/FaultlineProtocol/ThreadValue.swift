// SPDX-License-Identifier: Apache-2.0

/// One thread of the process.
///
/// Source: [Threads interface](https://develop.sentry.dev/sdk/data-model/event-payloads/threads/).
public struct ThreadValue: WireObject {
    /// All members, known and unknown.
    public var fields: Fields

    /// Takes the members as they are.
    public init(fields: Fields = [:]) {
        self.fields = fields
    }

    /// The kernel's thread id; unique in the event.
    public var id: Int? {
        get { integer("id") }
        set { set("id", newValue) }
    }

    /// The thread's name; up to 15 characters on Linux.
    public var name: String? {
        get { string("name") }
        set { set("name", newValue) }
    }

    /// Whether it is the process's first thread.
    public var main: Bool? {
        get { bool("main") }
        set { set("main", newValue) }
    }

    /// Whether it is the one that crashed; its stack is the exception's.
    public var crashed: Bool? {
        get { bool("crashed") }
        set { set("crashed", newValue) }
    }

    /// Whether it captured the event.
    public var current: Bool? {
        get { bool("current") }
        set { set("current", newValue) }
    }

    /// What it was doing, in free words.
    public var state: String? {
        get { string("state") }
        set { set("state", newValue) }
    }

    /// Where it was.
    public var stacktrace: Stacktrace? {
        get { object("stacktrace") }
        set { setObject("stacktrace", newValue) }
    }
}
