// SPDX-License-Identifier: Apache-2.0

/// Whom an event happened to. Nothing is collected by itself: it holds what the service put in.
///
/// Source: [User interface](https://develop.sentry.dev/sdk/data-model/event-payloads/user/).
public struct User: Sendable, Hashable {
    /// The service's own id of the person.
    public var id: String?
    /// The person's address.
    public var email: String?
    /// The name they log in with.
    public var username: String?
    /// Their IP address; `{{auto}}` asks the server to take the sender's, which is the service's.
    public var ipAddress: String?
    /// The name they are called by.
    public var name: String?
    /// Anything else.
    public var data: Fields
    /// Members that came over the wire and have no property here, such as `geo`: written again where they were read.
    private var others: Fields = [:]

    /// A user of whom only this is known.
    public init(
        id: String? = nil, email: String? = nil, username: String? = nil, ipAddress: String? = nil,
        name: String? = nil, data: Fields = [:]
    ) {
        self.id = id
        self.email = email
        self.username = username
        self.ipAddress = ipAddress
        self.name = name
        self.data = data
    }

    /// From the wire. An id that is a number is read as its digits; a member of another type than expected is kept
    /// for ``json`` but not read.
    public init(fields: Fields) {
        self.init()
        for (key, value) in fields {
            switch (key, value) {
            case ("id", .string(let text)): id = text
            case ("id", .integer(let number)): id = String(number)
            case ("email", .string(let text)): email = text
            case ("username", .string(let text)): username = text
            case ("ip_address", .string(let text)): ipAddress = text
            case ("name", .string(let text)): name = text
            case ("data", .object(let members)): data = members
            default: others[key] = value
            }
        }
    }

    /// As the protocol has it.
    public var json: JSONValue {
        var fields: Fields = [:]
        for (key, text) in [
            ("id", id), ("email", email), ("username", username), ("ip_address", ipAddress), ("name", name),
        ] {
            if let text { fields[key] = .string(text) }
        }
        if !data.isEmpty { fields["data"] = .object(data) }
        return .object(others.merging(fields))
    }
}
