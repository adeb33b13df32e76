// SPDX-License-Identifier: Apache-2.0

/// The HTTP request that was being answered.
///
/// Source: [Request interface](https://develop.sentry.dev/sdk/data-model/event-payloads/request/).
public struct Request: WireObject {
    /// All members, known and unknown.
    public var fields: Fields

    /// Takes the members as they are.
    public init(fields: Fields = [:]) {
        self.fields = fields
    }

    /// `GET` …
    public var method: String? {
        get { string("method") }
        set { set("method", newValue) }
    }

    /// Without the query.
    public var url: String? {
        get { string("url") }
        set { set("url", newValue) }
    }

    /// Without the question mark.
    public var queryString: String? {
        get { string("query_string") }
        set { set("query_string", newValue) }
    }

    /// Names and values.
    public var headers: Fields {
        get { members("headers") }
        set { setMembers("headers", newValue) }
    }
}
