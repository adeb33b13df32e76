// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// When a job is to run, and when the server raises an alarm.
///
/// Source: [Check-ins](https://develop.sentry.dev/sdk/telemetry/check-ins/#monitor-upsert-support).
public struct MonitorConfig: Sendable, Hashable {
    /// When the job is to run.
    public enum Schedule: Sendable, Hashable {
        /// Five fields, such as `0 3 * * *`, or `@hourly` and its like (crontab(5)).
        case crontab(String)
        /// Every so many units; at least one.
        case interval(Int, Unit)
    }

    /// Of an interval.
    public enum Unit: String, Sendable, Hashable {
        case year, month, week, day, hour, minute
    }

    /// When the job is to run.
    public var schedule: Schedule
    /// How late it may begin, in minutes; 1 … 40,320 (28 days). nil: as the server has it.
    public var checkInMargin: Int?
    /// How long it may run, in minutes; 1 … 40,320. nil: as the server has it.
    public var maxRuntime: Int?
    /// After how many failures in a row an issue is made; 1 … 720.
    public var failureIssueThreshold: Int?
    /// After how many good runs in a row the issue is resolved; 1 … 720.
    public var recoveryThreshold: Int?
    /// Of the schedule, from the tz database, such as `Europe/Vienna`. nil: UTC.
    public var timezone: String?
    /// Who is told: `user:<id>` or `team:<id>`.
    public var owner: String?

    /// A job of which only the schedule is said.
    public init(schedule: Schedule) {
        self.schedule = schedule
    }

    /// As the protocol has it.
    var fields: Fields {
        var fields: Fields = [:]
        switch schedule {
        case .crontab(let text): fields["schedule"] = ["type": "crontab", "value": .string(text)]
        case .interval(let count, let unit):
            fields["schedule"] = [
                "type": "interval", "value": .integer(Int64(count)), "unit": .string(unit.rawValue),
            ]
        }
        fields["timezone"] = timezone.map { .string($0) }
        for (key, value) in numbers { fields[key] = value.map { .integer(Int64($0)) } }
        fields["owner"] = owner.map { .string($0) }
        return fields
    }

    private var numbers: KeyValuePairs<String, Int?> {
        [
            "checkin_margin": checkInMargin, "max_runtime": maxRuntime,
            "failure_issue_threshold": failureIssueThreshold, "recovery_threshold": recoveryThreshold,
        ]
    }

    /// What a server would refuse in it, each as a sentence; empty when nothing.
    /// Source: [validators.py](https://github.com/getsentry/sentry/blob/master/src/sentry/monitors/validators.py).
    public var problems: [String] {
        var problems: [String] = []
        switch schedule {
        case .crontab(let text) where !Self.isCrontab(text):
            problems.append("schedule: `\(text)` has not the five fields of a crontab line, such as `0 3 * * *`")
        case .interval(let count, _) where count < 1:
            problems.append("schedule: an interval of \(count) is less than 1")
        case .crontab, .interval: break
        }
        for (key, value) in numbers {
            let range = key.hasSuffix("threshold") ? 1...720 : 1...40_320
            guard let value, !range.contains(value) else { continue }
            problems.append("\(key): \(value) is not between 1 and \(range.upperBound)")
        }
        if let timezone, !Self.isZone(timezone) {
            problems.append("timezone: `\(timezone)` is no name of the tz database, such as `Europe/Vienna`")
        }
        return problems
    }

    private static let shorthands: Set<Substring> = [
        "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@hourly",
    ]

    private static func isCrontab(_ text: String) -> Bool {
        let parts = text.split { $0 == " " || $0 == "\t" }
        if parts.count == 1 { return shorthands.contains(parts[0]) }
        return parts.count == 5
            && parts.allSatisfy { $0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "@") } }
    }

    private static func isZone(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                case UInt8(ascii: "/"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"): true
                default: false
                }
            }
    }
}
