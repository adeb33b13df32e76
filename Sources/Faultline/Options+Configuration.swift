// SPDX-License-Identifier: Apache-2.0

public import Configuration
public import FaultlineCore

extension Options {
    /// The options that a configuration says, the others as in `Options()`.
    ///
    /// ```swift
    /// let config = ConfigReader(providers: [EnvironmentVariablesProvider(), try await FileProvider<JSONSnapshot>(…)])
    /// FaultlineSDK.start(Options(config: config.scoped(to: "sentry")))
    /// ```
    ///
    /// A key is the option's name. The reader is scoped by the caller; with `sentry` as above, an environment provider
    /// reads `SENTRY_DSN`, `SENTRY_SAMPLE_RATE`, `SENTRY_MAX_BREADCRUMBS` and so on. A value that cannot be used is told by
    /// ``/FaultlineCore/Options/validate()`` and in the log at the start, by its key, and counts as not set. What code sets
    /// afterwards wins.
    ///
    /// ## Configuration keys
    /// All are optional; defaults and ranges are those of the properties.
    /// - `dsn`, `httpProxy`, `httpsProxy` (string, secret)
    /// - `release`, `environment`, `dist`, `serverName`, `serviceName`, `cacheDirectory`, `caCertificates`,
    ///   `clientCertificate`, `clientKey`, `orgID` (string)
    /// - `debug`, `sendDefaultPII`, `persistScope`, `crashHandlers`, `crashLineOnStandardError`, `attachStacktrace`,
    ///   `enableLogs`, `enableMetrics`, `includeSourceContext`, `sendClientReports`, `autoSessionTracking`,
    ///   `keepAlive`, `propagateTraceparent`, `strictTraceContinuation`, `enableBackpressureHandling` (bool)
    /// - `sampleRate`, `tracesSampleRate` (double), `shutdownTimeout` (double, seconds)
    /// - `maxBreadcrumbs`, `maxFeatureFlags`, `maxValueLength`, `maxAttachmentSize`, `maxSpans`, `transportQueueSize`,
    ///   `maxCachedEnvelopes` (int)
    /// - `inAppInclude`, `inAppExclude`, `debugFileDirectories`, `ignoreTransactions` (string array)
    /// - `tracePropagationTargets` (string array: texts that a URL contains)
    /// - `previousHandlers` (string, `afterReport` or `first`)
    /// - `crashUpload` (string, `service` or `anyone`)
    /// - Parameter config: is read at once, each key one time; nothing is watched.
    public init(config: ConfigReader) {
        var reading = ConfiguredOptions(config)
        reading.string("dsn", \.dsn, isSecret: true)
        reading.string("release", \.release)
        reading.string("environment", \.environment)
        reading.string("dist", \.dist)
        reading.string("serverName", \.serverName)
        reading.string("serviceName", \.serviceName)
        reading.string("cacheDirectory", \.cacheDirectory)
        reading.take("debug", \.debug) { try config.requiredBool(forKey: $0) }
        reading.take("sampleRate", \.sampleRate) { try config.requiredDouble(forKey: $0) }
        reading.int("maxBreadcrumbs", \.maxBreadcrumbs)
        reading.bool("sendDefaultPII", \.sendDefaultPII)
        reading.seconds("shutdownTimeout", \.shutdownTimeout)
        reading.bool("persistScope", \.persistScope)
        reading.bool("crashHandlers", \.crashHandlers)
        reading.bool("crashLineOnStandardError", \.crashLineOnStandardError)
        reading.choice("previousHandlers", \.previousHandlers, ["afterReport": .afterReport, "first": .first])
        reading.take("tracesSampleRate", \.tracesSampleRate) { try config.requiredDouble(forKey: $0) }
        reading.int("maxSpans", \.maxSpans)
        reading.strings("ignoreTransactions", \.ignoreTransactions)
        reading.take("tracePropagationTargets", \.tracePropagationTargets) {
            try config.requiredStringArray(forKey: $0).map { .contains($0) }
        }
        reading.bool("propagateTraceparent", \.propagateTraceparent)
        reading.bool("strictTraceContinuation", \.strictTraceContinuation)
        reading.string("orgID", \.orgID)
        reading.bool("enableBackpressureHandling", \.enableBackpressureHandling)
        reading.bool("enableLogs", \.enableLogs)
        reading.bool("enableMetrics", \.enableMetrics)
        reading.int("maxFeatureFlags", \.maxFeatureFlags)
        reading.bool("attachStacktrace", \.attachStacktrace)
        reading.take("maxValueLength", \.maxValueLength) { try config.requiredInt(forKey: $0) }
        reading.int("maxAttachmentSize", \.maxAttachmentSize)
        reading.bool("autoSessionTracking", \.autoSessionTracking)
        reading.choice("crashUpload", \.crashUpload, ["service": .service, "anyone": .anyone])
        reading.strings("inAppInclude", \.inAppInclude)
        reading.strings("inAppExclude", \.inAppExclude)
        reading.bool("includeSourceContext", \.includeSourceContext)
        reading.strings("debugFileDirectories", \.debugFileDirectories)
        reading.int("transportQueueSize", \.transportQueueSize)
        reading.int("maxCachedEnvelopes", \.maxCachedEnvelopes)
        reading.bool("sendClientReports", \.sendClientReports)
        reading.string("httpProxy", \.httpProxy, isSecret: true)
        reading.string("httpsProxy", \.httpsProxy, isSecret: true)
        reading.string("caCertificates", \.caCertificates)
        reading.string("clientCertificate", \.clientCertificate)
        reading.string("clientKey", \.clientKey)
        reading.take("keepAlive", \.keepAlive) { try config.requiredBool(forKey: $0) }
        self = reading.options
    }
}
