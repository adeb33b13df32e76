// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Synchronization
import TestSupport
import Testing

@testable import FaultlineCore

/// Logs and metrics, from the call to the envelope.
@Suite struct TelemetryTests {
    let transport = KeptTransport()

    private func client(_ configure: (inout Options) -> Void = { _ in }) throws -> Client {
        var options = Options()
        options.dsn = "https://key@o42.example.com/7"
        options.release = "shop@1.4.2"
        options.serverName = "web-1"
        options.enableLogs = true
        configure(&options)
        return try Client(options, transport: transport)
    }

    private func items(_ type: String) throws -> [Fields] {
        let payloads = transport.envelopes.flatMap(\.items).filter { $0.type == type }.map(\.payload)
        return try payloads.flatMap {
            try JSONValue(parsing: $0).objectValue?["items"]?.arrayValue?.compactMap(\.objectValue) ?? []
        }
    }

    private func sent(_ client: Client, _ type: String, _ body: () -> Void) async throws -> Fields {
        FaultlineSDK.withIsolationScope { _ in body() }
        #expect(await client.flush(timeout: .seconds(60)))
        return try #require(try items(type).last)
    }

    private func value(_ item: Fields, _ attribute: String) -> JSONValue? {
        item["attributes"]?.objectValue?[attribute]?.objectValue?["value"]
    }

    // MARK: - Logs

    @Test func `a log has level, number, time, trace and the facts of the process`() async throws {
        let client = try client()
        var trace = ""
        let log = try await sent(client, "log") {
            trace = FaultlineSDK.isolationScope.propagation.traceID.description
            client.logger.warning("cart \"full\"", attributes: ["retries": 2, "zones": ["a", "b"]])
        }
        #expect(log["level"] == "warn")
        #expect(log["severity_number"] == 13)
        #expect(log["body"] == "cart \"full\"")
        #expect(log["trace_id"] == .string(trace))
        #expect(log["span_id"] == nil)
        let age = Timestamp.now().secondsSince1970 - (log["timestamp"]?.doubleValue ?? 0)
        #expect((0..<60).contains(age))
        #expect(log["attributes"]?.objectValue?["retries"] == ["value": 2, "type": "integer"])
        #expect(log["attributes"]?.objectValue?["zones"] == ["value": ["a", "b"], "type": "array"])
        #expect(value(log, "sentry.environment") == "production")
        #expect(value(log, "sentry.release") == "shop@1.4.2")
        #expect(value(log, "sentry.sdk.name") == "faultline.swift")
        #expect(value(log, "sentry.sdk.version") == .string(SDKInfo.version))
        #expect(value(log, "server.address") == "web-1")
        #expect(value(log, "process.runtime.name") == "Swift")
        #expect(value(log, "sentry.message.template") == nil)
        #expect(value(log, "sentry.origin") == nil)

        let envelope = try #require(transport.envelopes.last)
        #expect(envelope.header["trace"] == nil)
        #expect(envelope.items[0].header["content_type"] == "application/vnd.sentry.items.log+json")
        #expect(envelope.items[0].header["item_count"] == 1)
    }

    @Test(arguments: [
        ("trace", 1), ("debug", 5), ("info", 9), ("warn", 13), ("error", 17), ("fatal", 21),
    ]) func `each level has its number`(_ name: String, _ number: Int) throws {
        #expect(try #require(FaultlineLog.Level(rawValue: name)).severityNumber == number)
    }

    @Test func `a template is filled in, and is an attribute with its parameters`() async throws {
        let client = try client()
        let log = try await sent(client, "log") {
            client.logger.info("Adding {item}{{x} of {count} to {cart}", parameters: ["item": "tea", "count": 2])
        }
        #expect(log["body"] == "Adding tea{{x} of 2 to {cart}")
        #expect(value(log, "sentry.message.template") == "Adding {item}{{x} of {count} to {cart}")
        #expect(value(log, "sentry.message.parameter.item") == "tea")
        #expect(log["attributes"]?.objectValue?["sentry.message.parameter.count"] == ["value": 2, "type": "integer"])
    }

    @Test func `the more specific attribute wins, and a removed one is gone`() async throws {
        let client = try client()
        Scope.global.setAttributes(["telemetry.global": 0, "telemetry.zone": "global"])
        defer { for key in ["telemetry.global", "telemetry.zone"] { Scope.global.removeAttribute(key) } }
        let log = try await sent(client, "log") {
            FaultlineSDK.setAttributes(["telemetry.zone": "isolation", "own": "isolation", "gone": true])
            FaultlineSDK.setAttribute("sentry.environment", "canary")
            FaultlineSDK.removeAttribute("gone")
            FaultlineSDK.withIsolationScope { $0.setAttribute("own", "of a fork") }
            client.logger.error("x", attributes: ["own": "item"])
        }
        #expect(value(log, "telemetry.global") == 0)
        #expect(value(log, "telemetry.zone") == "isolation")
        #expect(value(log, "own") == "item")
        #expect(value(log, "gone") == nil)
        #expect(value(log, "sentry.environment") == "canary")
    }

    @Test(arguments: [false, true])
    func `the user is on a log only when asked for`(personal: Bool) async throws {
        let client = try client { $0.sendDefaultPII = personal }
        let log = try await sent(client, "log") {
            FaultlineSDK.setUser(User(id: "42", email: "a@example.com", username: "ada"))
            client.logger.info("x")
        }
        #expect(value(log, "user.id") == (personal ? "42" : nil))
        #expect(value(log, "user.name") == (personal ? "ada" : nil))
        #expect(value(log, "user.email") == (personal ? "a@example.com" : nil))
    }

    @Test func `without enableLogs nothing is sent, and no text is made`() async throws {
        let client = try client { $0.enableLogs = false }
        var made = 0
        func text() -> String {
            made += 1
            return "x"
        }
        client.logger.fatal(text())
        #expect(await client.flush(timeout: .seconds(60)))
        #expect(made == 0)
        #expect(transport.requests.isEmpty)
    }

    @Test func `beforeSendLog changes a log, drops one, and one that throws drops it`() async throws {
        struct Failure: Error {}
        let client = try client { options in
            options.beforeSendLog = { log in
                if log.body == "drop" { return nil }
                if log.body == "throw" { throw Failure() }
                var log = log
                log.body += "!"
                log.attributes["seen"] = true
                return log
            }
        }
        for body in ["drop", "throw", "keep"] { client.logger.info(body) }
        #expect(await client.flush(timeout: .seconds(60)))
        let logs = try items("log")
        #expect(logs.map { $0["body"] } == ["keep!"])
        #expect(value(logs[0], "seen") == true)
        let report = try await clientReport(of: client)
        #expect(report[ClientReports.Key(reason: .beforeSend, category: .logItem)] == 2)
        #expect(try #require(report[ClientReports.Key(reason: .beforeSend, category: .logByte)]) > 200)
    }

    /// What was told to the server by now.
    private func clientReport(of client: Client) async throws -> ClientReports.Counts {
        _ = await client.flush(timeout: .seconds(60))
        let payloads = transport.envelopes.flatMap(\.items).filter { $0.type == "client_report" }.map(\.payload)
        var counts: ClientReports.Counts = [:]
        for payload in payloads {
            let events = try JSONValue(parsing: payload).objectValue?["discarded_events"]?.arrayValue ?? []
            for event in events.compactMap(\.objectValue) {
                guard let reason = event["reason"]?.stringValue.flatMap(DiscardReason.init),
                    let category = event["category"]?.stringValue.flatMap(DataCategory.init)
                else { continue }
                counts[ClientReports.Key(reason: reason, category: category), default: 0] +=
                    Int(event["quantity"]?.integerValue ?? 0)
            }
        }
        return counts
    }

    // MARK: - Metrics

    @Test func `a metric has name, type, value, unit and attributes`() async throws {
        let client = try client()
        let metric = try await sent(client, "trace_metric") {
            client.metrics.distribution("api.ms", 12.5, unit: "millisecond", attributes: ["route": "/orders/{id}"])
        }
        #expect(metric["name"] == "api.ms")
        #expect(metric["type"] == "distribution")
        #expect(metric["value"] == 12.5)
        #expect(metric["unit"] == "millisecond")
        #expect(metric["trace_id"]?.stringValue?.count == 32)
        #expect(metric["attributes"]?.objectValue?["route"] == ["value": "/orders/{id}", "type": "string"])
        #expect(value(metric, "sentry.release") == "shop@1.4.2")
        let header = try #require(transport.envelopes.last?.items.first?.header)
        #expect(header["content_type"] == "application/vnd.sentry.items.trace-metric+json")
        #expect(header["item_count"] == 1)

        client.metrics.count("orders")
        client.metrics.gauge("queue", -3)
        #expect(await client.flush(timeout: .seconds(60)))
        let others = try items("trace_metric").suffix(2)
        #expect(others.map { $0["type"] } == ["counter", "gauge"])
        #expect(others.map { $0["value"] } == [1.0, -3.0])
        #expect(others.allSatisfy { $0["unit"] == nil })
    }

    @Test func `a metric that no server takes is left out and counted`() async throws {
        let client = try client { $0.beforeSendMetric = { $0.name == "drop" ? nil : $0 } }
        client.metrics.count("")
        client.metrics.gauge("endless", .infinity)
        client.metrics.count("large", attributes: ["text": .string(String(repeating: "x", count: 2000))])
        client.metrics.count("drop")
        let report = try await clientReport(of: client)
        #expect(try items("trace_metric").isEmpty)
        #expect(report[ClientReports.Key(reason: .invalid, category: .traceMetric)] == 3)
        #expect(report[ClientReports.Key(reason: .beforeSend, category: .traceMetric)] == 1)
    }

    @Test func `metrics can be switched off`() async throws {
        let client = try client { $0.enableMetrics = false }
        client.metrics.count("orders")
        #expect(await client.flush(timeout: .seconds(60)))
        #expect(transport.requests.isEmpty)
    }

    @Test func `close sends what waits`() async throws {
        let client = try client()
        client.logger.info("last words")
        client.metrics.count("last")
        await client.close(timeout: .seconds(60))
        #expect(try items("log").map { $0["body"] } == ["last words"])
        #expect(try items("trace_metric").count == 1)
        client.logger.info("too late")
        await client.close(timeout: .seconds(60))
        #expect(try items("log").count == 1)
    }
}
