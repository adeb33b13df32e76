// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

extension ClientReports {
    /// A server takes no larger client report (https://develop.sentry.dev/sdk/data-model/envelopes/#size-limits).
    static let byteLimit = 4096

    /// The item that tells counts to a server.
    /// - Returns: nil when there are none; and what found no room in it.
    static func item(_ counts: Counts, at time: Timestamp = .now()) -> (item: EnvelopeItem, left: Counts)? {
        guard !counts.isEmpty else { return nil }
        var text = Array("{\"timestamp\":".utf8)
        JSONValue.number(time.secondsSince1970).write(to: &text)
        text += Array(",\"discarded_events\":[".utf8)
        var left: Counts = [:]
        var isFirst = true
        let rows = counts.sorted {
            ($0.key.reason.rawValue, $0.key.category.rawValue) < ($1.key.reason.rawValue, $1.key.category.rawValue)
        }
        for (key, quantity) in rows {
            let row: JSONValue = [
                "reason": .string(key.reason.rawValue), "category": .string(key.category.rawValue),
                "quantity": .integer(Int64(quantity)),
            ]
            let bytes = row.serialized()
            guard text.count + bytes.count + 3 <= byteLimit else {
                left[key] = quantity
                continue
            }
            if !isFirst { text.append(UInt8(ascii: ",")) }
            isFirst = false
            text += bytes
        }
        text += Array("]}".utf8)
        return (EnvelopeItem(type: "client_report", payload: text), left)
    }
}
