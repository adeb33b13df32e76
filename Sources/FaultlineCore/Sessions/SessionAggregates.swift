// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// Sessions that are only counted, by the minute in which they began.
struct SessionAggregates {
    /// A server takes no more in one item (https://develop.sentry.dev/sdk/telemetry/sessions/#session-aggregates-payload).
    static let limit = 100

    private struct Counts {
        var exited: Int64 = 0
        var errored: Int64 = 0
        var crashed: Int64 = 0
    }

    /// Minutes since 1970.
    private var minutes: [Int64: Counts] = [:]

    /// Counts one that is over.
    /// - Returns: whether there are as many minutes as one item holds.
    mutating func add(_ session: Session) -> Bool {
        let minute = session.started.seconds / 60
        switch session.status {
        case .crashed: minutes[minute, default: Counts()].crashed += 1
        case _ where session.errors > 0: minutes[minute, default: Counts()].errored += 1
        default: minutes[minute, default: Counts()].exited += 1
        }
        return minutes.count >= Self.limit
    }

    /// All counts as an item, and begins anew; nil when there are none.
    mutating func take(attributes: Fields) -> EnvelopeItem? {
        guard !minutes.isEmpty else { return nil }
        let buckets = minutes.sorted { $0.key < $1.key }.map { minute, counts -> JSONValue in
            var fields: Fields = ["started": .string(Timestamp(seconds: minute * 60).description)]
            for (key, count) in [("exited", counts.exited), ("errored", counts.errored), ("crashed", counts.crashed)]
            where count > 0 {
                fields[key] = .integer(count)
            }
            return .object(fields)
        }
        minutes.removeAll(keepingCapacity: true)
        let json: JSONValue = ["attrs": .object(attributes), "aggregates": .array(buckets)]
        return EnvelopeItem(type: "sessions", payload: json.serialized())
    }
}
