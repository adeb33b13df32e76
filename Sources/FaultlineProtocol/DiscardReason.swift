// SPDX-License-Identifier: Apache-2.0

/// Why the SDK did not send something, as client reports say it.
///
/// Source: [Client reports](https://develop.sentry.dev/sdk/telemetry/client-reports/#envelope-item-payload).
public enum DiscardReason: String, Sendable, Hashable, CaseIterable {
    /// Too much waited to be sent already.
    case queueOverflow = "queue_overflow"
    /// Too much waited on disk already, or for too long.
    case cacheOverflow = "cache_overflow"
    /// The server had asked for less of it.
    case rateLimitBackoff = "ratelimit_backoff"
    /// The server could not be reached, and there was no place to keep it.
    case networkError = "network_error"
    /// By a sample rate or a sampler.
    case sampleRate = "sample_rate"
    /// By a `beforeSend` or one of its family.
    case beforeSend = "before_send"
    /// By an event processor, an ignore list or as a repetition.
    case eventProcessor = "event_processor"
    /// The server refused it, but for status 429.
    case sendError = "send_error"
    /// The SDK could not make or keep it.
    case internalSDKError = "internal_sdk_error"
    /// It said too little.
    case insufficientData = "insufficient_data"
    /// Sampled out because the SDK could not keep up.
    case backpressure
    /// A bounded buffer (spans, logs, metrics) was full.
    case bufferOverflow = "buffer_overflow"
    /// By configuration.
    case ignored
    /// The server would not have taken it.
    case invalid
}
