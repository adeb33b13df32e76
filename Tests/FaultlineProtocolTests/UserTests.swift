// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Testing

@Suite struct UserTests {
    @Test func `a user reads back from the wire`() {
        let user = User(
            id: "1", email: "a@b.c", username: "ab", ipAddress: "::1", name: "A. B.", data: ["plan": "free"])
        #expect(user.json.objectValue.map { User(fields: $0) } == user)
        #expect(User().json == [:])
    }

    @Test func `members without a property stay where they were`() {
        let fields: Fields = ["geo": ["city": "Bonn"], "email": 7, "id": "1", "data": ["plan": "free"]]
        #expect(User(fields: fields).json == .object(fields))
        var user = User(fields: fields)
        user.email = "a@b.c"
        #expect(user.json.objectValue?["email"] == "a@b.c")
    }

    @Test func `an id that is a number is its digits`() {
        #expect(User(fields: ["id": 42]).id == "42")
    }
}
