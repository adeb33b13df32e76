// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Testing

@testable import FaultlineCore

@Suite struct RequestScrubberTests {
    @Test(arguments: [
        "Authorization", "X-Api-Key", "COOKIE", "Set-Cookie", "x-csrf-token", "X-Forwarded-For", "Proxy-Authorization",
        "My-Secret-Header", "X-Real-IP",
    ])
    func `a header that may be secret or personal is filtered`(name: String) {
        let request = RequestScrubber.request(method: "GET", url: nil, headers: [(name, "v")], personal: true)
        #expect(request.fields["headers"] == .object([name: "[Filtered]"]))
    }

    @Test(arguments: ["Accept", "User-Agent", "Content-Type", "Host"])
    func `other headers stay`(name: String) {
        let request = RequestScrubber.request(method: "GET", url: nil, headers: [(name, "v")], personal: true)
        #expect(request.fields["headers"] == .object([name: "v"]))
    }

    @Test func `a URL loses user, query and fragment; the query stays with consent, without secrets`() {
        let url = "https://me:pw@host:8080/a/b?x=1&api_token=abc&y#part"
        let without = RequestScrubber.request(method: "GET", url: url, headers: [], personal: false)
        #expect(without.fields == ["method": "GET", "url": "https://host:8080/a/b"])
        let with = RequestScrubber.request(method: "GET", url: url, headers: [], personal: true)
        #expect(with.fields["query_string"] == "x=1&api_token=[Filtered]&y")
    }

    @Test func `a path with a colon or an at sign stays as it is`() {
        let request = RequestScrubber.request(method: "GET", url: "/a:b@c//d", headers: [], personal: false)
        #expect(request.fields["url"] == "/a:b@c//d")
    }

    @Test(arguments: ["?", "#", "/x?", "/x#"])
    func `a mark that joins a delimiter hides nothing`(_ delimiter: String) {
        let address = RequestScrubber.address(of: "https://me:pw@\u{301}host\(delimiter)\u{301}secret")
        #expect(!address.contains("secret") && !address.contains("pw") && address.contains("host"))
        #expect(RequestScrubber.scrubbed(query: "a=1&\u{301}token=\u{301}x") == "a=1&\u{301}token=[Filtered]")
        #expect(RequestScrubber.path(of: "https://host/a?\u{301}b") == "/a")
    }

    @Test(arguments: [
        ("/to/https://a.example/b@c", "/to/https://a.example/b@c"), ("https://a.example/x://y/@z", "/x://y/@z"),
        ("https://a.example", "/"), ("", "/"), ("mailto:me", "mailto:me"),
    ])
    func `a path is what follows the host`(url: String, path: String) {
        #expect(RequestScrubber.path(of: url) == path)
    }
}
