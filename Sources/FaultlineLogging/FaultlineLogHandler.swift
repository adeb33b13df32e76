// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCore
public import Logging

/// What a service logs, as breadcrumbs, events and, where ``/FaultlineCore/Options/enableLogs`` is set, logs of the server.
///
/// ```swift
/// LoggingSystem.bootstrap(
///     { label, provider in
///         MultiplexLogHandler([
///             StreamLogHandler.standardError(label: label, metadataProvider: provider),
///             FaultlineLogHandler(label: label, metadataProvider: provider),
///         ])
///     }, metadataProvider: .faultline)
/// ```
/// A line of an error (`LogEvent.error`, or metadata that is one) becomes the event of that error, with its causes
/// and a stack. What the SDK itself logs is left out: a report of it could not be sent either, and would be logged again.
///
/// May be made before the SDK starts; lines are dropped while it does not run. A line costs the thread what
/// ``/FaultlineCore/FaultlineSDK/addBreadcrumb(_:hint:)`` does, one of an event what a capture does.
public struct FaultlineLogHandler: LogHandler {
    /// Lines below it are not seen at all.
    public var logLevel = Logger.Level.info
    /// Goes with each line of this logger.
    public var metadata: Logger.Metadata = [:]
    /// Asked at each line.
    public var metadataProvider: Logger.MetadataProvider?
    /// Lines from here on become breadcrumbs; nil: none.
    public var breadcrumbLevel: Logger.Level? = .info
    /// Lines from here on become events; nil: none.
    public var eventLevel: Logger.Level? = .error
    /// Lines from here on become logs of the server, where those are on; nil: none.
    public var serverLogLevel: Logger.Level? = .trace
    /// Metadata that becomes tags of events, by which they can be searched; the rest is data, which is scrubbed.
    public var tagKeys: Set<String> = []

    private let label: String

    /// A handler for the logger of that name.
    public init(label: String, metadataProvider: Logger.MetadataProvider? = nil) {
        self.label = label
        self.metadataProvider = metadataProvider
    }

    /// One value of ``metadata``.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Says a line.
    public func log(event: LogEvent) {
        guard FaultlineSDK.isEnabled, !Self.isTelling, !Self.ownSources.contains(event.source) else { return }
        Self.$isTelling.withValue(true) { tell(event) }
    }

    /// The older form, with the source that it is given.
    @available(*, deprecated, renamed: "log(event:)")
    public func log(
        level: Logger.Level, message: Logger.Message, metadata: Logger.Metadata?, source: String, file: String,
        function: String, line: UInt
    ) {
        log(
            event: LogEvent(
                level: level, message: message, metadata: metadata, source: source, file: file, function: function,
                line: line))
    }

    /// While a line is told, code of the service runs (descriptions of metadata and errors, the provider): what it logs in turn
    /// would come back here, without end.
    @TaskLocal private static var isTelling = false

    private func tell(_ event: LogEvent) {
        let line = LogLine(event, label: label, metadata: merged(event.metadata))
        if let serverLogLevel, event.level >= serverLogLevel { line.sendLog() }
        if let eventLevel, event.level >= eventLevel { line.capture(tagKeys: tagKeys) }
        // Behind the event, which it would only repeat.
        if let breadcrumbLevel, event.level >= breadcrumbLevel { line.leaveBreadcrumb() }
    }

    /// The line's own goes before the logger's, that before the provider's.
    private func merged(_ own: Logger.Metadata?) -> Logger.Metadata {
        var merged = metadataProvider?.get() ?? [:]
        if !metadata.isEmpty { merged.merge(metadata) { $1 } }
        if let own, !own.isEmpty { merged.merge(own) { $1 } }
        return merged
    }

    /// The modules of the SDK.
    private static let ownSources: Set = ["Faultline", "FaultlineCore", "FaultlineCrash"]
}
