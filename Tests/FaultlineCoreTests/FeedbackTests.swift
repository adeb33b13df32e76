// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Synchronization
import TestSupport
import Testing

@testable import FaultlineCore

@Suite struct FeedbackTests {
    let transport = KeptTransport()

    private func client(_ configure: (inout Options) -> Void = { _ in }) throws -> Client {
        var options = Options()
        options.dsn = "https://key@o42.example.com/7"
        options.release = "shop@1.4.2"
        configure(&options)
        return try Client(options, transport: transport)
    }

    @Test func `feedback is an item of its own, with the scopes' data and without breadcrumbs and flags`() async throws
    {
        let client = try client { options in
            options.sampleRate = 0
            options.beforeSend = { _, _ in nil }
        }
        let about = EventID()
        let id = FaultlineSDK.withIsolationScope { _ in
            FaultlineSDK.isolationScope.addBreadcrumb(Breadcrumb(message: "crumb"))
            FaultlineSDK.setTag("zone", "eu")
            FaultlineSDK.addFeatureFlag("new-cart", true)
            return client.captureFeedback(
                Feedback(
                    "It broke", contactEmail: "a@example.com", name: "Ada", url: "https://shop.example.com/cart",
                    associatedEventID: about),
                hint: Hint(attachments: [FaultlineCore.Attachment(.bytes([1]), filename: "screen.png")]))
        }
        #expect(await client.flush(timeout: .seconds(60)))
        let envelope = try #require(transport.envelopes.last)
        #expect(envelope.eventID == id)
        #expect(envelope.items.map(\.type) == ["feedback", "attachment"])
        #expect(envelope.items[1].header["content_type"] == "image/png")
        let event = Event(fields: try #require(try JSONValue(parsing: envelope.items[0].payload).objectValue))
        #expect(
            event.contexts["feedback"] == [
                "message": "It broke", "contact_email": "a@example.com", "name": "Ada",
                "url": "https://shop.example.com/cart", "associated_event_id": .string(about.description),
            ])
        #expect(event.eventID == id)
        #expect(event.platform == "native")
        #expect(event.timestamp != nil)
        #expect(event.release == "shop@1.4.2")
        #expect(event.tags["zone"] == "eu")
        #expect(event.contexts["trace"] != nil)
        #expect(event.contexts["flags"] == nil)
        #expect(event.breadcrumbs.isEmpty)
    }

    @Test func `beforeSendFeedback changes it or drops it`() async throws {
        let client = try client { options in
            options.beforeSendFeedback = { event, hint in
                hint.attachments = []
                guard event.contexts["feedback"]?.objectValue?["name"] != "drop" else { return nil }
                var event = event
                event.tags["seen"] = "yes"
                return event
            }
        }
        let attached = Hint(attachments: [FaultlineCore.Attachment(.bytes([1]), filename: "a")])
        #expect(client.captureFeedback(Feedback("x", name: "drop")) == nil)
        #expect(client.captureFeedback(Feedback("x"), hint: attached) != nil)
        #expect(await client.flush(timeout: .seconds(60)))
        let items = transport.envelopes.flatMap(\.items)
        let feedback = items.filter { $0.type == "feedback" }
        #expect(feedback.count == 1)
        #expect(String(decoding: feedback[0].payload, as: UTF8.self).contains(#""seen":"yes""#))
        #expect(!items.contains { $0.type == "attachment" })
    }

    @Test func `the message has a limit, and must say something`() async throws {
        let client = try client()
        #expect(client.captureFeedback(Feedback(" \n")) == nil)
        #expect(client.captureFeedback(Feedback(String(repeating: "é", count: 5000))) != nil)
        #expect(await client.flush(timeout: .seconds(60)))
        let payload = try #require(transport.envelopes.last?.items.first?.payload)
        let contexts = try JSONValue(parsing: payload).objectValue?["contexts"]?.objectValue
        #expect(contexts?["feedback"]?.objectValue?["message"]?.stringValue?.count == 4096)
    }
}
