// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import TestSupport
import Testing

@testable import FaultlineCore

@Suite struct CheckInTests {
    private let transport = KeptTransport()
    private let recorder = LogRecorder()

    private func client(_ configure: (inout Options) -> Void = { _ in }) throws -> Client {
        var options = Options()
        options.dsn = "https://key@errors.example.com/7"
        options.release = "shop@1"
        options.environment = "test"
        options.sampleRate = 0
        options.logger = recorder.logger
        configure(&options)
        return try Client(options, transport: transport)
    }

    private var payloads: [Fields] {
        transport.envelopes.flatMap(\.items).filter { $0.type == "check_in" }
            .compactMap { (try? JSONValue(parsing: $0.payload))?.objectValue }
    }

    @Test func `a check-in is as the protocol has it, whatever the sample rate, with the trace and nothing else`()
        async throws
    {
        let client = try client { $0.beforeSend = { _, _ in nil } }
        var config = MonitorConfig(schedule: .crontab("0 3 * * *"))
        config.timezone = "UTC"
        config.checkInMargin = 5
        config.maxRuntime = 30
        config.failureIssueThreshold = 2
        config.recoveryThreshold = 2
        let checkIn = CheckIn(monitorSlug: "nightly", status: .inProgress, monitorConfig: config)
        var traceID: String?
        FaultlineSDK.withIsolationScope { _ in
            FaultlineSDK.setTag("not", "sent")
            traceID = FaultlineSDK.isolationScope.propagation.traceID.description
            client.capture(checkIn)
        }
        await client.close()
        var payload = try #require(payloads.first)
        let context = payload["contexts"]?.objectValue?["trace"]?.objectValue
        #expect(context?["trace_id"]?.stringValue == traceID)
        payload["contexts"] = nil
        let expected: JSONValue =
            [
                "check_in_id": .string(checkIn.id.description), "monitor_slug": "nightly", "status": "in_progress",
                "duration": nil, "release": "shop@1", "environment": "test",
                "monitor_config": [
                    "schedule": ["type": "crontab", "value": "0 3 * * *"], "timezone": "UTC", "checkin_margin": 5,
                    "max_runtime": 30, "failure_issue_threshold": 2, "recovery_threshold": 2,
                ],
            ]
        #expect(JSONValue.object(payload).means(expected), "\(payload)")
        let header = try #require(transport.envelopes.first?.header)
        #expect(header["event_id"]?.stringValue.flatMap { EventID($0) } != nil)
        #expect(header["trace"]?.objectValue?["trace_id"]?.stringValue == traceID)
    }

    @Test func `the hook may change, drop, or throw`() async throws {
        struct Failure: Error {}
        let client = try client {
            $0.beforeSendCheckIn = { checkIn in
                if checkIn.monitorSlug == "throws" { throw Failure() }
                if checkIn.monitorSlug == "dropped" { return nil }
                var checkIn = checkIn
                checkIn.duration = .milliseconds(1500)
                return checkIn
            }
        }
        for slug in ["throws", "dropped", "kept"] { client.capture(CheckIn(monitorSlug: slug, status: .ok)) }
        await client.close()
        #expect(payloads.map { $0["monitor_slug"] } == ["kept"])
        #expect(payloads.first?["duration"] == 1.5)
    }

    @Test func `a bad config is left out with one line, and a check-in for nothing is not sent`() async throws {
        let client = try client()
        let config = MonitorConfig(schedule: .interval(0, .hour))
        client.capture(CheckIn(monitorSlug: "hourly", status: .ok, monitorConfig: config))
        client.capture(CheckIn(monitorSlug: "---", status: .ok))
        await client.close()
        #expect(payloads.count == 1)
        #expect(payloads.first?["monitor_config"] == nil)
        #expect(recorder.lines.count == 2)
        #expect(recorder.lines.first?.text.contains("an interval of 0") == true)
    }

    @Test(arguments: [
        ("0 3 * * *", true), ("*/5 1-3,7 * JAN mon", true), ("@daily", true), ("0  3\t* * *", true),
        ("0 3 * *", false), ("0 3 * * * *", false), ("@often", false), ("", false), ("a b c d \n", false),
    ])
    func `a crontab line has five fields, or is a short word`(_ line: String, _ good: Bool) {
        #expect(MonitorConfig(schedule: .crontab(line)).problems.isEmpty == good)
    }

    @Test func `what a server would refuse is named`() {
        var config = MonitorConfig(schedule: .interval(2, .week))
        #expect(config.problems.isEmpty)
        config.checkInMargin = 0
        config.maxRuntime = 40_321
        config.failureIssueThreshold = 721
        config.recoveryThreshold = -1
        config.timezone = "Europe/Wien?"
        #expect(
            config.problems.map { String($0.prefix { $0 != ":" }) } == [
                "checkin_margin", "max_runtime", "failure_issue_threshold", "recovery_threshold", "timezone",
            ])
    }

    @Test func `without a client an id is returned all the same, and the job runs`() async throws {
        let id = CheckInID()
        #expect(FaultlineSDK.captureCheckIn(monitorSlug: "x", checkInID: id, status: .ok) == id)
        #expect(CheckInID.latest.description == String(repeating: "0", count: 32))
        #expect(FaultlineSDK.withMonitor(slug: "x") { 7 } == 7)
        await #expect(throws: CancellationError.self) {
            try await FaultlineSDK.withMonitor(slug: "x") { () async throws -> Int in throw CancellationError() }
        }
    }
}
