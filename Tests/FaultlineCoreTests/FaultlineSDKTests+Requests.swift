// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Synchronization
import TestSupport
import Testing

@testable import FaultlineCore

/// Many requests at once: each event carries what its own request said, and all of it.
extension FaultlineSDKTests {
    private func start(_ transport: any Transport, queue: Int) {
        var options = Options()
        options.dsn = "https://key@errors.example.com/7"
        options.cacheDirectory = directory.path
        options.serviceName = "sdk-tests"
        options.crashHandlers = false
        options.logger = recorder.logger
        options.transportQueueSize = queue
        FaultlineSDK.start(options, transport: transport)
    }

    private static func crumb(_ request: Int, _ number: Int) -> String { "request \(request), step \(number)" }

    private static func expect(_ event: Event, isOf request: Int, steps: [Int]) {
        let messages = event.breadcrumbs.map { $0.objectValue?["message"]?.stringValue ?? "" }
        #expect(messages.sorted() == steps.map { crumb(request, $0) }.sorted())
        #expect(event.tags == ["request": "\(request)", "even": "\(request % 2 == 0)", "last": "\(request)"])
        #expect(event.transaction == "GET /orders/\(request)")
        #expect(event.user?.id == "\(request)")
    }

    private static func request(of event: Event) -> Int? { event.message.flatMap { Int($0) } }

    @Test func `a thousand requests at once, on any thread, do not mix`() async {
        let transport = KeptTransport()
        start(transport, queue: 1000)
        await withTaskGroup(of: Void.self) { group in
            for request in 0..<1000 {
                group.addTask {
                    await FaultlineSDK.withRequest(method: "GET", route: "/orders/\(request)") {
                        FaultlineSDK.setTag("request", "\(request)")
                        FaultlineSDK.setUser(User(id: "\(request)"))
                        FaultlineSDK.addBreadcrumb(message: Self.crumb(request, 0))
                        await Task.yield()
                        await withTaskGroup(of: Void.self) { children in
                            for step in 1...3 {
                                children.addTask {
                                    await Task.yield()
                                    FaultlineSDK.addBreadcrumb(message: Self.crumb(request, step))
                                }
                            }
                        }
                        async let even: Void = FaultlineSDK.setTag("even", "\(request % 2 == 0)")
                        await even
                        await FaultlineSDK.withIsolationScope { _ in
                            FaultlineSDK.setTag("inner", "\(request)")
                            FaultlineSDK.addBreadcrumb(message: "inside")
                            await Task.yield()
                        }
                        FaultlineSDK.setTag("last", "\(request)")
                        FaultlineSDK.captureMessage("\(request)")
                    }
                }
            }
        }
        #expect(await FaultlineSDK.flush(timeout: .seconds(120)))
        let events = transport.events
        #expect(Set(events.compactMap(Self.request)).count == 1000)
        for event in events {
            if let request = Self.request(of: event) { Self.expect(event, isOf: request, steps: [0, 1, 2, 3]) }
        }
        await FaultlineSDK.close(timeout: .seconds(10))
    }

    @Test func `ten thousand scopes that outgrow the box's file lose nothing`() async {
        let count = 10_000, steps = Array(0..<20)
        // As many more for Relay would show it nothing new.
        let transport = InMemoryTransport()
        start(transport, queue: count)
        let gate = Gate(waitsFor: count)
        await withTaskGroup(of: Void.self) { group in
            for request in 0..<count {
                group.addTask {
                    await FaultlineSDK.withRequest(method: "GET", route: "/orders/\(request)") {
                        FaultlineSDK.setTag("request", "\(request)")
                        FaultlineSDK.setTag("even", "\(request % 2 == 0)")
                        FaultlineSDK.setUser(User(id: "\(request)"))
                        for step in steps { FaultlineSDK.addBreadcrumb(message: Self.crumb(request, step)) }
                        await gate.pass()
                        FaultlineSDK.setTag("last", "\(request)")
                        FaultlineSDK.captureMessage("\(request)")
                    }
                }
            }
        }
        #expect(await FaultlineSDK.flush(timeout: .seconds(300)))
        let events = transport.events
        #expect(Set(events.compactMap(Self.request)).count == count)
        for event in events {
            if let request = Self.request(of: event) { Self.expect(event, isOf: request, steps: steps) }
        }
        await FaultlineSDK.close(timeout: .seconds(10))
    }
}

/// Opens when all have come.
private actor Gate {
    private var missing: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(waitsFor count: Int) { missing = count }

    func pass() async {
        missing -= 1
        guard missing == 0 else { return await withCheckedContinuation { waiting.append($0) } }
        for continuation in waiting { continuation.resume() }
        waiting = []
    }
}
