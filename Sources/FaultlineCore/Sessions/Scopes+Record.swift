// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
internal import FaultlineProtocol

extension Scope {
    /// The user that was set here; nil when there is none.
    var user: User? {
        member("user", .user, of: [handle])?.objectValue.map { User(fields: $0) }
    }

    /// Stores the user anew where an address was set before a start said whether it may be there.
    func decideAddress() {
        if let user, user.ipAddress != nil { BlackBox.setUser(handle, user) }
    }
}

extension Scopes {
    /// The level that was set in one of them; nil when there is none.
    var level: Level? {
        member("level", .level, of: layers.map(\.handle))?.stringValue.flatMap { Level(rawValue: $0) }
    }
}

private func member(_ name: String, _ kind: RecordKinds, of scopes: [ScopeHandle]) -> JSONValue? {
    BlackBox.text(of: scopes, kinds: kind).fields[name]
}
