// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import TestSupport
import Testing

@testable import FaultlineCore

/// What is marked as secret, and is looked for in whatever leaves.
@Suite struct PrivacyTests {
    private static let mark = "s3cr3t"

    private struct Failure: Error {
        let detail = "no connection"
    }

    private static let url =
        "https://ada:\(mark)-password@host/orders/17?token=\(mark)-query#\(mark)-fragment"
    /// Secret by their names.
    private static let headers = [
        ("Authorization", "Bearer \(mark)-bearer"), ("Cookie", "sid=\(mark)-cookie"), ("X-Api-Key", "\(mark)-key"),
        ("X-Forwarded-For", "\(mark)-address"),
    ]

    /// Everything that a client sends of what `capture` captures.
    private func sent(_ capture: (Client) -> Void) async throws -> String {
        var options = Options()
        options.dsn = "https://key@127.0.0.1/1"
        options.attachStacktrace = true
        let transport = KeptTransport()
        let client = try Client(options, transport: transport)
        capture(client)
        await client.close(timeout: .seconds(10))
        return transport.envelopes.map { String(decoding: $0.serialized(), as: UTF8.self) }.joined(separator: "\n")
    }

    @Test func `nothing secret leaves with what is captured in a request`() async throws {
        let text = try await sent { client in
            FaultlineSDK.withRequest(
                method: "GET", route: "/orders/{id}", url: Self.url,
                headers: Self.headers + [("X-Note", "\(Self.mark)-header"), ("Referer", Self.url)]
            ) {
                client.captureMessage("a message")
                client.captureException(Failure())
                client.captureEvent(Event(fields: ["logentry": ["formatted": "an event"]]))
            }
        }
        for part in ["https://host/orders/17", "a message", "Failure", "an event"] { #expect(text.contains(part)) }
        #expect(!text.contains(Self.mark))
    }

    @Test func `with consent, headers leave without their secrets`() async throws {
        let request = RequestScrubber.request(method: "GET", url: Self.url, headers: Self.headers, personal: true)
        let text = try await sent { client in
            client.captureEvent(Event(fields: ["request": .object(request.fields)]))
        }
        for part in ["X-Api-Key", "token=[Filtered]"] { #expect(text.contains(part)) }
        #expect(!text.contains(Self.mark))
    }
}
