// SPDX-License-Identifier: Apache-2.0

import FaultlineCore
import FaultlineLogging
import Logging
import Testing

private struct StockError: Error, CustomStringConvertible {
    var description: String { "no tea left" }
}

extension IntegrationsTests {
    private func logger(_ configure: (inout FaultlineLogHandler) -> Void = { _ in }) -> Logger {
        var handler = FaultlineLogHandler(label: "shop", metadataProvider: .faultline)
        configure(&handler)
        return Logger(label: "shop") { [handler] _ in handler }
    }

    private func isolated(_ body: () -> Void) {
        FaultlineSDK.withIsolationScope(Scope()) { _ in body() }
    }

    @Test func `lines become breadcrumbs, and from error on events, which do not repeat their own line`() async throws {
        start()
        isolated {
            var logger = logger { $0.tagKeys = ["zone"] }
            logger[metadataKey: "zone"] = "eu"
            logger.debug("not seen")
            logger.notice("opened", metadata: ["items": ["tea", "salt"], "password": "secret"])
            logger.error("closed", metadata: ["orders": .dictionary(["open": "7"])])
        }
        let event = try #require(await end().first)
        #expect(event.message == "closed" && event.level == .error)
        #expect(event.fields["logger"] == "shop")
        #expect(event.tags["zone"] == "eu")
        let extra = try #require(event.fields["extra"]?.objectValue)
        #expect(extra["orders"] == ["open": "7"] && extra["zone"] == nil && extra["trace_id"] != nil)
        let crumbs = event.breadcrumbs.compactMap(\.objectValue)
        #expect(crumbs.map { $0["message"] } == ["opened"])
        #expect(crumbs.first?["category"] == "shop" && crumbs.first?["type"] == "log")
        let data = try #require(crumbs.first?["data"]?.objectValue)
        #expect(data["items"] == ["tea", "salt"] && data["password"] == "[Filtered]")
    }

    @Test(arguments: [true, false])
    func `a line of an error is the event of that error`(asMetadata: Bool) async throws {
        start()
        isolated {
            if asMetadata {
                logger().critical("cannot serve", metadata: ["error": .stringConvertible(StockError())])
            } else {
                logger().critical("cannot serve", error: StockError())
            }
        }
        let event = try #require(await end().first)
        #expect(event.level == .fatal && event.message == "cannot serve")
        let exception = try #require(event.exceptions.last)
        #expect(exception.type == "StockError" && exception.value == "no tea left")
        #expect(exception.stacktrace?.frames.isEmpty == false)
    }

    @Test func `both levels can be moved or switched off`() async {
        start()
        isolated {
            let quiet = logger {
                $0.breadcrumbLevel = nil
                $0.eventLevel = nil
            }
            quiet.critical("nobody hears")
            logger { $0.eventLevel = .warning }.warning("somebody does")
        }
        let events = await end()
        #expect(events.map(\.message) == ["somebody does"])
        #expect(events.first?.breadcrumbs.isEmpty == true)
    }

    @Test func `where logs are on a line is one, with its place and the trace`() async throws {
        start { $0.enableLogs = true }
        isolated { logger().info("opened", metadata: ["items": "3"]) }
        _ = await end()
        let log = try #require(payloads("log").first?["items"]?.arrayValue?.first?.objectValue)
        #expect(log["body"] == "opened" && log["level"] == "info")
        let attributes = try #require(log["attributes"]?.objectValue)
        func value(_ key: String) -> JSONValue? { attributes[key]?.objectValue?["value"] }
        #expect(value("items") == "3" && value("logger.name") == "shop")
        #expect(value("code.file.path") == "IntegrationsTests/LogHandlerTests.swift")
        #expect(value("trace_id") == log["trace_id"])
    }

    @Test func `the SDK's own lines come back to nobody`() async {
        start {
            $0.logger = Logger(label: "service's own") {
                var handler = FaultlineLogHandler(label: $0)
                handler.breadcrumbLevel = .trace
                handler.eventLevel = .trace
                return handler
            }
            $0.logger.logLevel = .trace
            $0.debug = true
            $0.beforeBreadcrumb = { crumb, _ in
                Issue.record("\(crumb.message ?? "")")
                return crumb
            }
        }
        FaultlineSDK.captureMessage("once")
        #expect(await end().map(\.message) == ["once"])
    }

    @Test func `the provider names the span that runs`() async {
        start { $0.tracesSampleRate = 1 }
        let provider = Logger.MetadataProvider.faultline
        FaultlineSDK.withTransaction(name: "a", operation: "b") { span in
            #expect(provider.get() == ["trace_id": "\(span.traceID)", "span_id": "\(span.spanID)"])
        }
        _ = await end()
    }

    private func fail() throws { throw StockError() }

    @Test(arguments: [true, false])
    func `an error that is captured and logged is one event, two equal failures are two`(isLoggedFirst: Bool) async {
        start()
        isolated {
            for _ in 0..<2 {
                do { try fail() } catch {
                    if isLoggedFirst { logger().error("no order", error: error) }
                    FaultlineSDK.captureException(error)
                    if !isLoggedFirst { logger().error("no order", error: error) }
                }
            }
        }
        let events = await end()
        #expect(events.map { $0.exceptions.last?.type } == ["StockError", "StockError"])
        #expect(events.map(\.message) == (isLoggedFirst ? ["no order", "no order"] : [nil, nil]))
        // The line is a breadcrumb all the same.
        #expect(events.last?.breadcrumbs.count == 1)
    }

    /// Logs where it is asked for its text.
    private struct Talkative: CustomStringConvertible, Sendable {
        let logger: Logger

        var description: String {
            logger.error("asked", metadata: ["self": .stringConvertible(self)])
            return "talks"
        }
    }

    @Test func `metadata that logs while it is asked for its text ends`() async {
        start()
        isolated {
            let logger = logger()
            logger.error("closed", metadata: ["who": .array([.stringConvertible(Talkative(logger: logger))])])
        }
        let events = await end()
        #expect(events.map(\.message) == ["closed"])
        #expect(events.first?.fields["extra"]?.objectValue?["who"] == ["talks"])
    }

    @available(*, deprecated)
    private func logInOlderForm(_ handler: any LogHandler, _ message: Logger.Message, source: String) {
        handler.log(
            level: .error, message: message, metadata: ["a": "b"], source: source, file: "Shop/Shop.swift",
            function: "f()", line: 7)
    }

    @available(*, deprecated)
    @Test func `the older form of a handler says the same, and keeps the source`() async {
        start()
        isolated {
            let handler = FaultlineLogHandler(label: "shop")
            logInOlderForm(handler, "closed", source: "Shop")
            logInOlderForm(MultiplexLogHandler([handler]), "open", source: "Shop")
            logInOlderForm(handler, "our own", source: "FaultlineCore")
        }
        let events = await end()
        #expect(events.map(\.message) == ["closed", "open"])
        #expect(events.allSatisfy { $0.fields["extra"]?.objectValue?["a"] == "b" })
    }

    @Test func `beside another handler each sees every line`() async {
        start()
        isolated {
            let other = FaultlineLogHandler(label: "other")
            let both = Logger(label: "shop") { MultiplexLogHandler([FaultlineLogHandler(label: $0), other]) }
            both.error("twice")
        }
        #expect(await end().map { $0.fields["logger"] } == ["shop", "other"])
    }
}
