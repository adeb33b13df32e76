// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import TestSupport
import Testing

@testable import FaultlineCore

private struct ValueError: Error {}

@Suite struct SamplingVectorTests {
    @Test(arguments: VectorFile.cases("sampling_errors"))
    func `an error is sampled as the vector says`(_ vector: Vector) async throws {
        let options = vector.input("options")?.objectValue ?? [:]
        let server = try VectorClient(random: vector.input("random")?.doubleValue ?? 0) {
            if let rate = options["sample_rate"]?.doubleValue { $0.sampleRate = rate }
            // A sampler in Swift answers with a number: what is none is told as one that is no rate.
            if let answer = options["error_sampler"] {
                let rate = answer.boolValue.map { $0 ? 1 : 0 } ?? answer.doubleValue ?? .nan
                $0.errorSampler = { _, _ in rate }
            }
        }
        let id: EventID? =
            switch vector.input("kind")?.stringValue {
            case "exception": server.client.captureException(ValueError())
            case "message": server.client.captureMessage("hello")
            case "check_in": server.client.captureTestCheckIn()
            default: nil
            }
        #expect((id != nil) == vector.expected["event_id_returned"]?.boolValue)
        #expect(server.report == vector.expected["client_report"]?.rows)
        _ = await server.client.flush(timeout: .seconds(10))
        #expect(!server.transport.envelopes.isEmpty == vector.expected["sent"]?.boolValue)
    }
}
