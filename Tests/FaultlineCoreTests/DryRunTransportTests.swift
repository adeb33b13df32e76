// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Synchronization
import Testing

@testable import FaultlineCore

@Suite struct DryRunTransportTests {
    @Test func `what would leave is written readably, and nothing leaves`() async throws {
        let written = Mutex("")
        let client = try Client(Options(), transport: DryRunTransport { text in written.withLock { $0 += text } })
        client.captureMessage("hello")
        #expect(await client.flush(timeout: .seconds(60)))
        let lines = written.withLock { $0 }.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[0].hasPrefix("envelope {"))
        #expect(lines[0].contains("\"sent_at\""))
        #expect(lines[1].hasPrefix("  event {"))
        #expect(lines[2].hasPrefix("    {"))
        #expect(lines[2].contains("\"hello\""))
        await client.close()
    }

    @Test func `of attachments and of what is no JSON the size is written`() {
        var envelope = Envelope(items: [EnvelopeItem(type: "attachment", payload: Array("{}".utf8))])
        envelope.items.append(EnvelopeItem(type: "other", payload: [0, 1, 2]))
        let lines = DryRunTransport.text(envelope.serialized()).split(separator: "\n")
        #expect(lines[2] == "    2 bytes")
        #expect(lines[4] == "    3 bytes")
        #expect(DryRunTransport.text([1, 2]) == "no envelope: 2 bytes\n")
    }
}
