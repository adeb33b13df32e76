// SPDX-License-Identifier: Apache-2.0

public import FaultlineProtocol

/// What a scheduled job says of one of its runs.
///
/// Source: [Check-ins](https://develop.sentry.dev/sdk/telemetry/check-ins/).
public struct CheckIn: Sendable, Hashable {
    /// How the run fares.
    public enum Status: String, Sendable, Hashable {
        /// It began.
        case inProgress = "in_progress"
        /// It ended well.
        case ok
        /// It failed.
        case error
    }

    /// Of the run: what it says first and last has the same id.
    public var id: CheckInID
    /// Names the job's monitor at the server, such as `nightly-report`.
    public var monitorSlug: String
    /// How the run fares.
    public var status: Status
    /// How long it took; nil while it is in progress.
    public var duration: Duration?
    /// Creates the monitor at the server, or changes it; nil: as it is there.
    public var monitorConfig: MonitorConfig?

    /// A check-in of these parts.
    public init(
        monitorSlug: String, id: CheckInID = CheckInID(), status: Status, duration: Duration? = nil,
        monitorConfig: MonitorConfig? = nil
    ) {
        self.monitorSlug = monitorSlug
        self.id = id
        self.status = status
        self.duration = duration
        self.monitorConfig = monitorConfig
    }

    /// As the protocol has it, but for what the client knows.
    var fields: Fields {
        var fields: Fields = [
            "check_in_id": .string(id.description), "monitor_slug": .string(monitorSlug),
            "status": .string(status.rawValue),
        ]
        fields["duration"] = duration.map { .number($0 / .seconds(1)) } ?? .null
        if let monitorConfig { fields["monitor_config"] = .object(monitorConfig.fields) }
        return fields
    }

    /// What a server takes for no name at all: it keeps letters, digits, `-` and `_` of it.
    var hasName: Bool {
        monitorSlug.unicodeScalars.contains { $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0)) }
    }
}
