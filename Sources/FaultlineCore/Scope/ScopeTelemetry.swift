// SPDX-License-Identifier: Apache-2.0

/// What a scope holds for logs and metrics, and of the flags in the black box. A value: forks copy it.
struct ScopeTelemetry: Sendable {
    /// Of logs and metrics.
    var attributes: [String: AttributeValue] = [:]
    var flags = FeatureFlags()
}
