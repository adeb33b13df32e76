// SPDX-License-Identifier: Apache-2.0

package import FaultlineCore
internal import Foundation
internal import Synchronization

/// What tests have sent, for Sentry Relay to look at: `tools/test` names a directory in `FAULTLINE_KEEP_ENVELOPES` and has
/// `tools/relay-validate` check every file in it. Without the variable nothing is kept.
///
/// Tests send to a ``KeptTransport`` or a `ScriptedServer`. One whose envelopes are odd on purpose keeps none: it takes an
/// `InMemoryTransport`, or a `ScriptedServer(…, odd: true)`.
package enum KeptEnvelopes {
    private static let directory = ProcessInfo.processInfo.environment["FAULTLINE_KEEP_ENVELOPES"].flatMap {
        $0.isEmpty ? nil : URL(fileURLWithPath: $0, isDirectory: true)
    }
    private static let count = Atomic(0)

    /// - Parameter body: an envelope, gzipped or not, or a bare event.
    package static func keep(_ body: [UInt8]) {
        guard let directory else { return }
        let number = count.add(1, ordering: .relaxed).newValue
        let name = "\(ProcessInfo.processInfo.processIdentifier)-\(number)"
        do {
            try Data(body).write(to: directory.appendingPathComponent(name))
        } catch {
            fatalError("FAULTLINE_KEEP_ENVELOPES: \(error)")
        }
    }
}

/// An `InMemoryTransport` whose envelopes Relay looks at, too, whatever is answered.
@dynamicMemberLookup
package struct KeptTransport: Transport {
    private let memory: InMemoryTransport

    package init(answer: @escaping @Sendable (EnvelopeRequest) async -> TransportResult = { _ in .accepted }) {
        memory = InMemoryTransport(answer: answer)
    }

    package var requiresDSN: Bool { memory.requiresDSN }

    package func send(_ request: EnvelopeRequest) async -> TransportResult {
        KeptEnvelopes.keep(request.body)
        return await memory.send(request)
    }

    package func answer(_ answer: @escaping @Sendable (EnvelopeRequest) async -> TransportResult) {
        memory.answer(answer)
    }

    /// `requests`, `envelopes`, `events`.
    package subscript<Value>(dynamicMember member: KeyPath<InMemoryTransport, Value>) -> Value {
        memory[keyPath: member]
    }
}
