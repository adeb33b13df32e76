// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import TestSupport
import Testing

@Suite struct DSNTests {
    @Test(arguments: VectorFile.cases("dsn_parse"))
    func `a DSN is read as the vector says`(_ vector: Vector) throws {
        let text = try #require(vector.input("dsn")?.stringValue)
        let expected = vector.expected
        let valid = try #require(expected["valid"]?.boolValue as Bool?)
        guard valid else {
            #expect(throws: DSNError.self) { try DSN(text) }
            return
        }
        let dsn = try DSN(text)
        #expect(dsn.projectID == expected["project_id"]?.stringValue)
        #expect(dsn.scheme == expected["scheme"]?.stringValue)
        #expect(dsn.publicKey == expected["public_key"]?.stringValue)
        #expect(dsn.secretKey == expected["secret_key"]?.stringValue)
        #expect(dsn.host == expected["host"]?.stringValue)
        #expect(Int64(dsn.port) == expected["port"]?.integerValue)
        #expect(dsn.path == expected["path"]?.stringValue)
        #expect(dsn.authHeader(client: "sentry.swift/0.1.0") == expected["auth_header"]?.stringValue)
        // The option `org_id` goes before the DSN's; a DSN does not know of it.
        if vector.input("org_id_option") == nil { #expect(dsn.orgID == expected["org_id"]?.stringValue) }
        // Where another project id is recommended, the observed URL has the old one.
        if vector.fields["recommended"] == nil {
            #expect(dsn.envelopeURL == expected["envelope_url"]?.stringValue)
        }
    }

    @Test func `a port that is not the scheme's own is part of the address`() throws {
        #expect(try DSN("http://key@localhost:9000/1").envelopeURL == "http://localhost:9000/api/1/envelope/")
        #expect(try DSN("http://key@localhost:443/1").envelopeURL == "http://localhost:443/api/1/envelope/")
    }

    @Test func `an IPv6 host has brackets in the address only`() throws {
        let dsn = try DSN("http://key@[::1]:9000/1")
        #expect(dsn.host == "::1")
        #expect(dsn.envelopeURL == "http://[::1]:9000/api/1/envelope/")
        #expect(dsn.description == "http://key@[::1]:9000/1")
    }

    @Test func `the description has no secret and reads back`() throws {
        let dsn = try DSN("https://key:hush@sentry.example.com/a/42")
        #expect(dsn.description == "https://key@sentry.example.com/a/42")
        #expect(try DSN(dsn.description).envelopeURL == dsn.envelopeURL)
    }

    @Test(arguments: [
        "https://ke\r\ny@host/1", "https://ke,sentry_key=other@host/1", "https://ke\"y@host/1", "https://kéy@host/1",
        "https://key:a\nb@host/1",
    ])
    func `a key that would break out of its header field is refused`(_ text: String) {
        let error = #expect(throws: DSNError.self) { try DSN(text) }
        #expect(error?.problem == .publicKey)
    }

    @Test(arguments: [
        ("https://key@ho st/1", DSNError.Problem.host), ("https://key@höst/1", .host), ("https://key@[::1/1", .host),
        ("https://key@[::1]x/1", .host), ("https://key@host\r\nX: y/1", .host), ("https://key@host:0/1", .port),
        ("https://key@host:-1/1", .port), ("https://key@host:٣/1", .port), ("https://key@host/a b/1", .path),
        ("https://key@host/1/", .project), ("https://key@host/１", .project), ("https://@host/1", .publicKey),
        ("https://host/1", .publicKey), ("", .scheme), ("ftp://key@host/1", .scheme),
    ])
    func `the error names the part that is wrong`(_ text: String, _ problem: DSNError.Problem) {
        let error = #expect(throws: DSNError.self) { try DSN(text) }
        #expect(error?.problem == problem)
    }

    @Test func `the error says what, which value, and what to do`() {
        let error = #expect(throws: DSNError.self) { try DSN("https://@host/1") }
        #expect(
            error?.description == "dsn: no usable public key before an @ in `https://@host/1`; "
                + "copy it from your server's Settings → Client Keys")
    }

    @Test(arguments: ["https://key:hush@host/x", "https:/key:hush@host/1", "key:hush@host/1"])
    func `the error does not repeat a secret`(_ text: String) {
        let error = #expect(throws: DSNError.self) { try DSN(text) }
        #expect(error?.description.contains("hush") == false)
    }
}
