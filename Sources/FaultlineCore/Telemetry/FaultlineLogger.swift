// SPDX-License-Identifier: Apache-2.0

/// Writes structured logs to the server; they are searched there by their attributes.
///
/// Nothing is written unless ``Options/enableLogs``; then texts and attributes are not even made. Returns at once: logs are
/// sent in the background, many together.
///
/// ```swift
/// FaultlineSDK.logger.info("placed \(order.id)", attributes: ["items": 3])
/// FaultlineSDK.logger.warning("only {count} of {item} left", parameters: ["count": 2, "item": "tea"])
/// ```
/// A text with `parameters` is a template: each `{name}` is replaced, and template and parameters become attributes too,
/// so that logs of one template can be found whatever it was filled with.
///
/// Logs that were not sent when the process is killed or crashes, of some seconds at most, are lost; breadcrumbs survive.
/// Source: [Logs](https://develop.sentry.dev/sdk/telemetry/logs/).
public struct FaultlineLogger: Sendable {
    /// nil: of the process, whoever that is at the time.
    let client: Client?

    /// Each step.
    public func trace(
        _ body: @autoclosure () -> String, parameters: @autoclosure () -> [String: AttributeValue] = [:],
        attributes: @autoclosure () -> [String: AttributeValue] = [:]
    ) {
        log(.trace, body(), parameters: parameters(), attributes: attributes())
    }

    /// For developers.
    public func debug(
        _ body: @autoclosure () -> String, parameters: @autoclosure () -> [String: AttributeValue] = [:],
        attributes: @autoclosure () -> [String: AttributeValue] = [:]
    ) {
        log(.debug, body(), parameters: parameters(), attributes: attributes())
    }

    /// Worth knowing.
    public func info(
        _ body: @autoclosure () -> String, parameters: @autoclosure () -> [String: AttributeValue] = [:],
        attributes: @autoclosure () -> [String: AttributeValue] = [:]
    ) {
        log(.info, body(), parameters: parameters(), attributes: attributes())
    }

    /// Something may fail.
    public func warning(
        _ body: @autoclosure () -> String, parameters: @autoclosure () -> [String: AttributeValue] = [:],
        attributes: @autoclosure () -> [String: AttributeValue] = [:]
    ) {
        log(.warn, body(), parameters: parameters(), attributes: attributes())
    }

    /// Something failed.
    public func error(
        _ body: @autoclosure () -> String, parameters: @autoclosure () -> [String: AttributeValue] = [:],
        attributes: @autoclosure () -> [String: AttributeValue] = [:]
    ) {
        log(.error, body(), parameters: parameters(), attributes: attributes())
    }

    /// The process or the request is over.
    public func fatal(
        _ body: @autoclosure () -> String, parameters: @autoclosure () -> [String: AttributeValue] = [:],
        attributes: @autoclosure () -> [String: AttributeValue] = [:]
    ) {
        log(.fatal, body(), parameters: parameters(), attributes: attributes())
    }

    /// At a level that is known only when it runs.
    public func log(
        _ level: FaultlineLog.Level, _ body: @autoclosure () -> String,
        parameters: @autoclosure () -> [String: AttributeValue] = [:],
        attributes: @autoclosure () -> [String: AttributeValue] = [:]
    ) {
        guard let client = client ?? FaultlineSDK.client, !client.isOfParent, client.options.enableLogs else { return }
        client.telemetry.capture(level, body(), parameters(), attributes())
    }
}
