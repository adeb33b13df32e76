// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import Testing

/// A transaction as the collector has it.
struct StoredTransaction: Sendable {
    let event: Event
    /// The envelope's.
    let header: Fields

    /// The root span, without its times.
    var root: Fields { event.contexts["trace"]?.objectValue ?? [:] }

    var traceID: String? { root["trace_id"]?.stringValue }

    /// What is propagated to services behind this one: the dynamic sampling context.
    var samplingContext: [String: JSONValue] {
        Dictionary(uniqueKeysWithValues: (header["trace"]?.objectValue ?? [:]).map { ($0.key, $0.value) })
    }

    /// The only child span of that operation.
    func span(_ operation: String) throws -> Fields {
        let spans = event.fields["spans"]?.arrayValue?.compactMap(\.objectValue) ?? []
        let found = spans.filter { $0["op"]?.stringValue == operation }
        try #require(found.count == 1, "\(spans)")
        return found[0]
    }
}

extension [StoredTransaction] {
    /// The only one of a service.
    func of(_ release: String) throws -> StoredTransaction {
        let found = filter { $0.event.release == release }
        try #require(found.count == 1, "\(release) of \(map { ($0.event.release, $0.event.transaction) })")
        return found[0]
    }
}

extension Envelope {
    /// Of sentry-python, which is not ours to have checked.
    var isOfAnotherSDK: Bool {
        let named =
            header["sdk"]?.objectValue
            ?? items.first.flatMap {
                try? JSONValue(parsing: $0.payload).objectValue?["sdk"]?.objectValue
            }
        return named?["name"]?.stringValue?.hasPrefix("sentry.python") == true
    }
}
#endif
