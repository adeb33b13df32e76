// SPDX-License-Identifier: Apache-2.0

/// How bad it is.
///
/// Source: [Event payloads](https://develop.sentry.dev/sdk/data-model/event-payloads/#optional-attributes).
public enum Level: String, Sendable, Hashable, CaseIterable {
    /// The process or the request is over.
    case fatal
    /// Something failed.
    case error
    /// Something may fail.
    case warning
    /// Worth knowing.
    case info
    /// For developers.
    case debug

    /// By the wire name; "critical" is another name of ``fatal``.
    public init?(rawValue: String) {
        switch rawValue {
        case "fatal", "critical": self = .fatal
        case "error": self = .error
        case "warning": self = .warning
        case "info": self = .info
        case "debug": self = .debug
        default: return nil
        }
    }
}
