// SPDX-License-Identifier: Apache-2.0

public import FaultlineProtocol

/// One log entry, as ``Options/beforeSendLog`` sees it.
/// Source: [Logs](https://develop.sentry.dev/sdk/telemetry/logs/).
public struct FaultlineLog: Sendable, Hashable {
    /// How bad it is, in the words of the wire.
    public enum Level: String, Sendable, Hashable, CaseIterable {
        /// Each step.
        case trace
        /// For developers.
        case debug
        /// Worth knowing.
        case info
        /// Something may fail.
        case warn
        /// Something failed.
        case error
        /// The process or the request is over.
        case fatal

        /// The lowest number of the level's range in
        /// [OpenTelemetry](https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber): 1, 5, 9 … 21.
        public var severityNumber: Int {
            switch self {
            case .trace: 1
            case .debug: 5
            case .info: 9
            case .warn: 13
            case .error: 17
            case .fatal: 21
            }
        }
    }

    /// When it was written.
    public var timestamp: Timestamp
    /// The trace that it belongs to.
    public var traceID: TraceID
    /// The span that was active; nil: there was none.
    public var spanID: SpanID?
    /// How bad it is.
    public var level: Level
    /// The text, parameters filled in.
    public var body: String
    /// The entry's own, those of the scopes and of the process.
    public var attributes: [String: AttributeValue]

    /// As it stands in the item's list.
    func serialized() -> [UInt8] {
        var text = TelemetryText(timestamp, traceID, spanID)
        text.put(#","level":""#)
        text.put(level.rawValue)
        text.put(#"","severity_number":"#)
        text.put(String(level.severityNumber))
        text.put(#","body":"#, .string(body))
        return text.ended(attributes)
    }

    /// `template` with each `{name}` replaced by the parameter of that name; unknown names stay as they are.
    static func body(_ template: String, _ parameters: [String: AttributeValue]) -> String {
        guard !parameters.isEmpty else { return template }
        var body = ""
        var rest = template[...]
        while let open = rest.firstIndex(of: "{") {
            body += rest[..<open]
            rest = rest[open...]
            guard let close = rest.firstIndex(of: "}"),
                let value = parameters[String(rest[rest.index(after: open)..<close])]
            else {
                body.append(rest.removeFirst())
                continue
            }
            body += value.text
            rest = rest[rest.index(after: close)...]
        }
        return body + rest
    }

    /// The template and its parameters as attributes; none where there are no parameters.
    static func attributes(_ template: String, _ parameters: [String: AttributeValue]) -> [String: AttributeValue] {
        guard !parameters.isEmpty else { return [:] }
        var attributes = ["sentry.message.template": AttributeValue.string(template)]
        for (name, value) in parameters { attributes["sentry.message.parameter.\(name)"] = value }
        return attributes
    }
}
