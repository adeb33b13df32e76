// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import FaultlineProtocol
internal import Foundation
internal import GRDB

/// One event, as it is stored, and the issue that it was counted to.
package struct StoredReport: Sendable, Hashable {
    let event: Event
    let issue: IssueSummary

    init(event: Event, issue: IssueSummary) {
        self.event = event
        self.issue = issue
    }

    init(_ row: Row) throws {
        let payload: Data = row["payload"]
        event = Event(fields: try JSONValue(parsing: Array(payload)).objectValue ?? [:])
        issue = IssueSummary(row)
    }

    /// The event's payload, JSON on one line.
    package var json: String {
        String(decoding: event.serialized(), as: UTF8.self)
    }
}
#endif
