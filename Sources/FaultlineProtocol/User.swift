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
    /// Anything else.
    public var data: Fields

    /// A user of whom only this is known.
    public init(
        id: String? = nil, email: String? = nil, username: String? = nil, ipAddress: String? = nil, data: Fields = [:]
    ) {
        self.id = id
        self.email = email
        self.username = username
        self.ipAddress = ipAddress
        self.data = data
    }

    /// From the wire; members that are not known become ``data``.
    public init(fields: Fields) {
        self.init()
        for (key, value) in fields {
            switch (key, value) {
            case ("id", .string(let text)): id = text
            case ("id", .integer(let number)): id = String(number)
            case ("email", .string(let text)): email = text
            case ("username", .string(let text)): username = text
            case ("ip_address", .string(let text)): ipAddress = text
            case ("data", .object(let members)): data = data.merging(members)
            default: data[key] = value
            }
        }
    }

    /// As the protocol has it.
    public var json: JSONValue {
        var fields: Fields = [:]
        fields["id"] = id.map { .string($0) }
        fields["email"] = email.map { .string($0) }
        fields["username"] = username.map { .string($0) }
        fields["ip_address"] = ipAddress.map { .string($0) }
        if !data.isEmpty { fields["data"] = .object(data) }
        return .object(fields)
    }
}
