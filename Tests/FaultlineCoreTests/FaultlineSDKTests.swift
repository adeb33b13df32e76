// SPDX-License-Identifier: Apache-2.0

import FaultlineCrash
import FaultlineFiles
import FaultlineProtocol
import Logging
import TestSupport
import Testing

@testable import FaultlineCore

/// The process has one SDK: these tests take turns, and each leaves it stopped.
@Suite(.serialized) struct FaultlineSDKTests {
    let directory = TemporaryDirectory()
    let recorder = LogRecorder()
    let transport = KeptTransport()

    private func options(_ configure: (inout Options) -> Void = { _ in }) -> Options {
        var options = Options()
        options.dsn = "https://key@errors.example.com/7"
        options.cacheDirectory = directory.path
        options.serviceName = "sdk-tests"
        options.crashHandlers = false
        options.autoSessionTracking = false
        options.logger = recorder.logger
        configure(&options)
        return options
    }

    private var crumbs: [String] {
        let text = [UInt8(ascii: "{")] + BlackBox.members(of: layerHandles).dropFirst() + [UInt8(ascii: "}")]
        let values = (try? JSONValue(parsing: text))?.objectValue?["breadcrumbs"]?.objectValue?["values"]?.arrayValue
        return values?.compactMap { $0.objectValue?["message"]?.stringValue } ?? []
    }

    private var outbox: [String] {
        WholeFile.names(in: outboxPath).filter { $0.hasSuffix(".envelope") }
    }

    private var outboxPath: String {
        let base = WholeFile.names(in: directory.path).first { $0.hasPrefix("faultline-") } ?? ""
        return "\(directory.path)/\(base)/sdk-tests/outbox"
    }

    @Test func `before the start, scope data is kept, breadcrumbs and captures are dropped, nothing waits`() async {
        await FaultlineSDK.withIsolationScope { _ in
            FaultlineSDK.setTag("early", "yes")
            FaultlineSDK.addBreadcrumb(message: "too early")
            #expect(FaultlineSDK.captureMessage("too early") == nil)
            #expect(FaultlineSDK.captureEvent(Event()) == nil)
            #expect(!FaultlineSDK.isEnabled)
            #expect(await FaultlineSDK.flush(timeout: .seconds(60)))
            await FaultlineSDK.close(timeout: .seconds(60))

            FaultlineSDK.start(options(), transport: transport)
            #expect(FaultlineSDK.isEnabled)
            FaultlineSDK.addBreadcrumb(message: "in time", category: "test", level: .info, data: ["a": 1])
            let id = FaultlineSDK.captureMessage("hello")
            #expect(FaultlineSDK.lastEventID == id)
            #expect(await FaultlineSDK.flush(timeout: .seconds(10)))
            let event = transport.events.first
            #expect(event?.eventID == id)
            #expect(event?.tags["early"] == "yes")
            #expect(crumbs == ["in time"])
            #expect(event?.breadcrumbs.count == 1)
            #expect(event?.contexts["os"]?.objectValue?["name"] != nil)
            #expect(event?.contexts["runtime"]?.objectValue?["name"] == "Swift")
            #expect(event?.contexts["app"]?.objectValue?["app_name"] == "sdk-tests")
            #expect(event?.contexts["device"]?.objectValue?["arch"] != nil)
            #expect(event?.contexts["trace"]?.objectValue?["trace_id"] != nil)
            await FaultlineSDK.close()
        }
        #expect(recorder.lines.isEmpty)
    }

    @Test func `after close nothing is captured, and a new start works`() async {
        FaultlineSDK.start(options(), transport: transport)
        await FaultlineSDK.close()
        #expect(!FaultlineSDK.isEnabled)
        FaultlineSDK.withIsolationScope { _ in
            FaultlineSDK.addBreadcrumb(message: "late")
            #expect(FaultlineSDK.captureMessage("late") == nil)
            #expect(crumbs.isEmpty)
        }
        FaultlineSDK.start(options(), transport: transport)
        #expect(FaultlineSDK.captureMessage("again") != nil)
        await FaultlineSDK.close()
        #expect(transport.events.map(\.message) == ["again"])
        #expect(recorder.lines.isEmpty)
    }

    @Test func `a second start is one error line and changes nothing`() async {
        FaultlineSDK.start(options(), transport: transport)
        let other = KeptTransport()
        FaultlineSDK.start(options(), transport: other)
        #expect(recorder.lines.map(\.level) == [.error])
        #expect(FaultlineSDK.captureMessage("x") != nil)
        await FaultlineSDK.close()
        #expect(transport.events.count == 1)
        #expect(other.requests.isEmpty)
    }

    /// As HTTP does.
    private struct NeedsAddress: Transport {
        let inner: KeptTransport
        func send(_ request: EnvelopeRequest) async -> TransportResult { await inner.send(request) }
    }

    @Test func `a wrong DSN is one line; reports wait on disk and go out at a start with a good one`() async throws {
        FaultlineSDK.start(
            options {
                $0.dsn = "https://@host/1"
                $0.release = "shop@1"
            }, transport: NeedsAddress(inner: transport))
        #expect(recorder.lines.map(\.level) == [.error])
        #expect(recorder.lines.first?.text.contains("https://@host/1") == true)
        let id = FaultlineSDK.captureMessage("kept")
        #expect(id != nil)
        #expect(await !FaultlineSDK.flush(timeout: .seconds(10)))
        await FaultlineSDK.close()
        #expect(transport.requests.isEmpty)
        #expect(outbox.count == 1)

        FaultlineSDK.start(options { $0.release = "shop@2" }, transport: NeedsAddress(inner: transport))
        #expect(await FaultlineSDK.flush(timeout: .seconds(10)))
        await FaultlineSDK.close()
        let event = try #require(transport.events.first)
        #expect(event.eventID == id)
        #expect(event.release == "shop@1")
        #expect(transport.requests.first?.dsn?.publicKey == "key")
        #expect(outbox.isEmpty)
        #expect(recorder.lines.count == 1)
    }

    @Test(arguments: [nil, "", " "] as [String?])
    func `no DSN is no fault, and debug mode says so once`(dsn: String?) async {
        FaultlineSDK.start(
            options {
                $0.dsn = dsn
                $0.debug = true
            }, transport: transport)
        FaultlineSDK.captureMessage("kept")
        await FaultlineSDK.close()
        #expect(recorder.all.count { $0.text.hasPrefix("dsn: ") } == 1, "\(recorder.all)")
        #expect(recorder.lines.isEmpty)
    }

    @Test func `each bad option is one line, and the service runs on with the others`() async {
        FaultlineSDK.start(
            options {
                $0.release = "shop/1"
                $0.maxBreadcrumbs = -1
                $0.environment = "staging"
            }, transport: transport)
        FaultlineSDK.captureMessage("sent")
        await FaultlineSDK.close()
        #expect(recorder.lines.map { $0.text.prefix { $0 != ":" } } == ["release", "maxBreadcrumbs"])
        #expect(transport.events.first?.fields["environment"] == "staging")
    }

    private var sessions: [Fields] {
        transport.envelopes.flatMap(\.items).filter { $0.type == "session" }
            .compactMap { (try? JSONValue(parsing: $0.payload))?.objectValue }
    }

    @Test func `the process's session is told after a minute and at its end, and another begins before it is too old`()
        async throws
    {
        FaultlineSDK.start(
            options {
                $0.release = "shop@1"
                $0.autoSessionTracking = true
            }, transport: transport)
        let tracker = try #require(FaultlineSDK.client?.sessions)
        await FaultlineSDK.flush()
        #expect(sessions.isEmpty)
        let minute = Timestamp.now().advanced(by: .seconds(60))
        tracker.tick(now: minute)
        await FaultlineSDK.flush()
        #expect(sessions.map { $0["status"] } == ["ok"])
        #expect(sessions.first?["init"] == true)

        let days = minute.advanced(by: SessionTracker.longest)
        tracker.tick(now: days)
        await FaultlineSDK.flush()
        #expect(sessions.map { $0["status"] } == ["ok", "exited"])
        #expect(sessions.last?["init"] == false)
        FaultlineSDK.withRequest(method: "GET", route: "/") { _ = 0 }
        await FaultlineSDK.close()
        #expect(sessions.map { $0["status"] } == ["ok", "exited", "exited"])
        #expect(sessions.last?["init"] == true)
        #expect(Set(sessions.compactMap { $0["sid"]?.stringValue }).count == 2)
        let counts = try #require(transport.envelopes.flatMap(\.items).first { $0.type == "sessions" })
        let aggregates = try JSONValue(parsing: counts.payload).objectValue?["aggregates"]?.arrayValue
        #expect(aggregates?.first?.objectValue?["exited"] == 1)
        #expect(Scope.root.session == nil)
    }

    @Test func `a cache directory that cannot be used is one line, and the service runs on`() async {
        let name = "sdk-tests-\(EventID())"
        FaultlineSDK.start(
            options {
                $0.cacheDirectory = "/proc/nowhere"
                $0.serviceName = name
            }, transport: transport)
        #expect(recorder.lines.count == 1)
        #expect(recorder.lines.first?.text.contains("/proc/nowhere") == true)
        #expect(FaultlineSDK.captureMessage("x") != nil)
        #expect(await FaultlineSDK.flush(timeout: .seconds(10)))
        #expect(transport.events.count == 1)
        let used = FaultlineSDK.running?.reporter.cache?.path
        await FaultlineSDK.close()
        if let used, used.hasSuffix(name) { TemporaryDirectory.remove(used) }
    }

    @Test func `without a transport everything is put on disk for another process`() async {
        FaultlineSDK.start(options(), transport: nil)
        #expect(FaultlineSDK.captureMessage("x") != nil)
        #expect(await FaultlineSDK.flush(timeout: .seconds(10)))
        #expect(outbox.count == 1)
        await FaultlineSDK.close()
    }

    @Test func `what is unsent at close is on disk`() async {
        transport.answer { _ in .retryLater(reason: "down") }
        FaultlineSDK.start(options(), transport: transport)
        for _ in 0..<3 { #expect(FaultlineSDK.captureMessage("x") != nil) }
        await FaultlineSDK.close()
        #expect(outbox.count == 3)
    }

    @Test func `beforeBreadcrumb may change or drop, and is not entered again from inside`() async {
        FaultlineSDK.start(
            options {
                $0.beforeBreadcrumb = { breadcrumb, _ in
                    FaultlineSDK.addBreadcrumb(message: "inner")
                    guard breadcrumb.message != "drop" else { return nil }
                    var breadcrumb = breadcrumb
                    breadcrumb.message = "changed"
                    return breadcrumb
                }
            }, transport: transport)
        FaultlineSDK.withIsolationScope { _ in
            FaultlineSDK.addBreadcrumb(message: "drop")
            FaultlineSDK.addBreadcrumb(message: "keep")
            #expect(crumbs == ["changed"])
        }
        await FaultlineSDK.close()
    }

    @Test func `headers are stored with consent only, and then without secrets`() async {
        func headers() -> Fields? {
            FaultlineSDK.withRequest(
                method: "POST", route: "/pay", url: "/pay?card=1",
                headers: [("Accept", "json"), ("Authorization", "Bearer x")]
            ) {
                let text = [UInt8(ascii: "{")] + BlackBox.members(of: layerHandles).dropFirst() + [UInt8(ascii: "}")]
                return (try? JSONValue(parsing: text))?.objectValue?["request"]?.objectValue?["headers"]?.objectValue
            }
        }
        FaultlineSDK.start(options(), transport: transport)
        #expect(headers() == nil)
        await FaultlineSDK.close()
        FaultlineSDK.start(options { $0.sendDefaultPII = true }, transport: transport)
        #expect(headers() == ["Accept": "json", "Authorization": "[Filtered]"])
        await FaultlineSDK.close()
    }

    @Test func `start is quick, and any thread may call everything at any time`() async {
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask { [transport] in
                    let options = options { $0.logger.logLevel = .critical }
                    for _ in 0..<5 {
                        FaultlineSDK.start(options, transport: transport)
                        FaultlineSDK.setTag("t", "\(number)")
                        FaultlineSDK.addBreadcrumb(message: "b")
                        FaultlineSDK.captureMessage("m")
                        await FaultlineSDK.close(timeout: .milliseconds(50))
                    }
                }
            }
        }
        await FaultlineSDK.close()
        FaultlineSDK.removeTag("t")
        FaultlineSDK.isolationScope.clearBreadcrumbs()
        #expect(await eventually { !FaultlineSDK.isEnabled })
    }
}
