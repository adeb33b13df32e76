// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCore
internal import Logging

/// One line, and the forms in which it is told.
struct LogLine {
    private let event: LogEvent
    private let label: String
    private let metadata: Logger.Metadata
    private let message: String
    private let error: (any Error)?

    init(_ event: LogEvent, label: String, metadata: Logger.Metadata) {
        self.event = event
        self.label = label
        self.metadata = metadata
        message = event.message.description
        error = event.error ?? Self.error(in: metadata)
    }

    /// Who passes an error as metadata says it as `.stringConvertible`, or as text, of which nothing more is known.
    private static func error(in metadata: Logger.Metadata) -> (any Error)? {
        for case .stringConvertible(let value) in metadata.values {
            if let error = value as? any Error { return error }
        }
        return nil
    }

    func leaveBreadcrumb() {
        FaultlineSDK.addBreadcrumb(
            Breadcrumb(
                message: message, category: label, level: event.level.sentryLevel, type: "log", data: data))
    }

    func sendLog() {
        FaultlineSDK.logger.log(event.level.logLevel, message, attributes: attributes)
    }

    func capture(tagKeys: Set<String>) {
        let extra = data, tags = metadata.filter { tagKeys.contains($0.key) }.mapValues(\.description)
        let level = event.level.sentryLevel
        func configure(_ scope: Scope) {
            for (key, value) in extra where !tagKeys.contains(key) { scope.setExtra(key, value) }
            scope.setTags(tags)
            scope.addEventProcessor { [message, label] event, _ in
                var event = event
                // Of an error: what was said of it.
                if event.fields["logentry"] == nil {
                    event.fields["logentry"] = ["formatted": .string(String(message.prefix(8192)))]
                }
                event.fields["logger"] = .string(label)
                return event
            }
        }
        guard let error else {
            FaultlineSDK.captureMessage(message, level: level, configure: configure)
            return
        }
        FaultlineSDK.captureException(error) { scope in
            configure(scope)
            scope.setLevel(level)
        }
    }

    private var data: Fields {
        Fields(metadata.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) })
    }

    private var attributes: [String: AttributeValue] {
        var attributes = metadata.mapValues { AttributeValue($0.json) }
        attributes["logger.name"] = .string(label)
        attributes["code.file.path"] = .string(event.file)
        attributes["code.function.name"] = .string(event.function)
        attributes["code.line.number"] = .integer(Int64(event.line))
        attributes["sentry.origin"] = "auto.log.swift_log"
        if let error { attributes["error.type"] = .string("\(type(of: error))") }
        return attributes
    }
}

extension Logger.MetadataValue {
    /// Text where JSON has nothing better.
    fileprivate var json: JSONValue {
        switch self {
        case .string(let text): .string(text)
        case .stringConvertible(let value): .string(value.description)
        case .array(let values): .array(values.map(\.json))
        case .dictionary(let values): .object(Fields(values.mapValues(\.json)))
        }
    }
}

extension Logger.Level {
    fileprivate var sentryLevel: Level {
        switch self {
        case .trace, .debug: .debug
        case .info, .notice: .info
        case .warning: .warning
        case .error: .error
        case .critical: .fatal
        }
    }

    fileprivate var logLevel: FaultlineLog.Level {
        switch self {
        case .trace: .trace
        case .debug: .debug
        case .info, .notice: .info
        case .warning: .warn
        case .error: .error
        case .critical: .fatal
        }
    }
}
