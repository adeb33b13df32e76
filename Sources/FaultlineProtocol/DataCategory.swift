// SPDX-License-Identifier: Apache-2.0

/// What a server counts and limits by: rate limits name categories, client reports count losses in them.
///
/// Source: [Rate limiting](https://develop.sentry.dev/sdk/foundations/transport/rate-limiting/#definitions).
public enum DataCategory: String, Sendable, Hashable, CaseIterable {
    /// Whatever has no category of its own.
    case `default`
    /// Error events and messages.
    case error
    /// Transaction events.
    case transaction
    /// Reports of browsers.
    case security
    /// Attachments; counted in bytes.
    case attachment
    /// Session updates and aggregates.
    case session
    /// Profiles beside a transaction.
    case profile
    /// Continuous profiles.
    case profileChunk = "profile_chunk"
    /// Session replays.
    case replay
    /// What users say.
    case feedback
    /// Check-ins.
    case monitor
    /// Spans, alone or in transactions.
    case span
    /// Log entries; counted one by one.
    case logItem = "log_item"
    /// Log entries; counted in bytes.
    case logByte = "log_byte"
    /// Metrics; counted one by one.
    case traceMetric = "trace_metric"
    /// Metrics; counted in bytes.
    case traceMetricByte = "trace_metric_byte"
    /// Of the SDK itself: client reports. Only a limit on everything holds them back.
    case `internal`

    /// The category by which an envelope's item is limited; ``default`` for a type without one.
    /// - Parameter itemType: the item header's `type`.
    public init(itemType: String) {
        self =
            switch itemType {
            case "event": .error
            case "transaction": .transaction
            case "session", "sessions": .session
            case "attachment": .attachment
            case "span": .span
            case "log": .logItem
            case "trace_metric": .traceMetric
            case "client_report": .internal
            case "profile": .profile
            case "profile_chunk": .profileChunk
            case "check_in": .monitor
            case "feedback": .feedback
            case let type where type.hasPrefix("replay_"): .replay
            default: .default
            }
    }
}
