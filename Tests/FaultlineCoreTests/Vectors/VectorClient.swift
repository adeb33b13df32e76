// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import TestSupport

@testable import FaultlineCore

/// A client of a vector's options whose server is in memory, and what became of a capture.
struct VectorClient {
    let transport = KeptTransport()
    let client: Client

    init(random: Double = 0, _ configure: (inout Options) -> Void = { _ in }) throws {
        var options = Options()
        options.dsn = "https://key@o42.example.com/7"
        configure(&options)
        let (checked, dsn, problems) = options.resolved(environment: { _ in nil })
        if !problems.isEmpty { throw OptionsError(problems: problems) }
        client = Client(options: checked, dsn: dsn, transport: transport, outbox: nil, random: { random })
        client.sender.start()
    }

    /// What was lost, as rows of reason, category and quantity; before a flush sends it.
    var report: [JSONValue] {
        client.sender.reports.take().map { ["\($0.key.reason.rawValue)", "\($0.key.category.rawValue)", $0.value] }
            .map { (row: [Any]) in
                .array([.string("\(row[0])"), .string("\(row[1])"), .integer(Int64("\(row[2])") ?? 0)])
            }
            .sorted { "\($0)" < "\($1)" }
    }

    /// The event that arrived; nil: none did.
    func sent() async -> Event? {
        _ = await client.flush(timeout: .seconds(10))
        return transport.envelopes.flatMap(\.items).first { $0.type == "event" || $0.type == "transaction" }
            .flatMap { try? JSONValue(parsing: $0.payload) }?.objectValue.map { Event(fields: $0) }
    }
}

extension JSONValue {
    /// Rows of a vector's `client_report` in the order of ``VectorClient/report``.
    var rows: [JSONValue] { (arrayValue ?? []).sorted { "\($0)" < "\($1)" } }

    /// The same members in any order: what JSON means.
    func means(_ other: JSONValue) -> Bool {
        switch (self, other) {
        case (.object(let one), .object(let two)):
            one.count == two.count && one.allSatisfy { key, value in two[key].map { value.means($0) } ?? false }
        case (.array(let one), .array(let two)):
            one.count == two.count && zip(one, two).allSatisfy { $0.means($1) }
        default:
            self == other || (doubleValue != nil && doubleValue == other.doubleValue)
        }
    }
}

extension Client {
    func captureTestCheckIn() -> EventID? {
        captureEvent(
            Event(fields: ["type": "check_in", "check_in_id": "1", "monitor_slug": "nightly", "status": "ok"]))
    }
}
