// SPDX-License-Identifier: Apache-2.0

import CLab
import FaultlineCrash
import FaultlineFiles
import FaultlineProtocol
import Testing

@testable import FaultlineCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Processes that end by themselves, and forked children, each a process of its own.
@Suite(.timeLimit(.minutes(5)))
struct SenderAtExitTests {
    let directory = TemporaryDirectory()

    private static func start(in directory: String, _ transport: any Transport, timeout: Duration) {
        var options = Options()
        options.dsn = "http://key@127.0.0.1:9/1"
        options.serviceName = "exits"
        options.cacheDirectory = directory
        options.shutdownTimeout = timeout
        options.crashHandlers = false
        FaultlineSDK.start(options, transport: transport)
    }

    private var outbox: [String] {
        WholeFile.names(in: "\(directory.path)/faultline-\(geteuid())/exits/outbox")
    }

    private static let silent = InMemoryTransport { _ in
        await waitForEver()
        return .accepted
    }

    @Test func `a process that ends without close sends what waits first, and says nothing`() async throws {
        let result = await #expect(
            processExitsWith: .exitCode(3), observing: [\.standardOutputContent, \.standardErrorContent]
        ) { [path = directory.path as String] in
            let transport = DryRunTransport { text in print(text) }
            Self.start(in: path, transport, timeout: .seconds(60))
            for number in 0..<20 { FaultlineSDK.captureMessage("message \(number)") }
            exit(3)
        }
        let output = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
        #expect((0..<20).allSatisfy { output.contains("\"message \($0)\"") })
        #expect(!String(decoding: try #require(result).standardErrorContent, as: UTF8.self).contains("attempting"))
        #expect(outbox.isEmpty)
    }

    @Test func `a process whose server hangs ends within the time, says why it waits, and loses nothing`() async throws
    {
        let result = await #expect(processExitsWith: .exitCode(3), observing: [\.standardErrorContent]) {
            [path = directory.path as String] in
            Self.start(in: path, Self.silent, timeout: .milliseconds(300))
            for _ in 0..<20 { FaultlineSDK.captureMessage("kept") }
            exit(3)
        }
        let errors = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
        #expect(errors.contains("faultline: attempting to send 20 pending events, for at most 0.3 seconds\n"))
        #expect(outbox.count == 20)
    }

    @Test(arguments: [true, false])
    func `an address that was set before the start stays where it may`(_ isAllowed: Bool) async throws {
        let result = await #expect(processExitsWith: .exitCode(3), observing: [\.standardOutputContent]) {
            [path = directory.path as String, isAllowed] in
            FaultlineSDK.setUser(User(id: "7", ipAddress: "192.0.2.7"))
            var options = Options()
            options.dsn = "http://key@127.0.0.1:9/1"
            options.serviceName = "exits"
            options.cacheDirectory = path
            options.crashHandlers = false
            options.sendDefaultPII = isAllowed
            FaultlineSDK.start(options, transport: DryRunTransport { text in print(text) })
            FaultlineSDK.captureMessage("hello")
            print(String(decoding: BlackBox.members(of: [BlackBox.root], kinds: .user), as: UTF8.self))
            exit(3)
        }
        let output = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
        #expect(output.contains("hello"))
        #expect(output.ranges(of: "192.0.2.7").count == (isAllowed ? 2 : 0), "\(output)")
    }

    @Test func `a forked child is silent, sends nothing of its parent's, and holds nobody up`() async throws {
        let result = await #expect(processExitsWith: .exitCode(3), observing: [\.standardErrorContent]) {
            [path = directory.path as String] in
            Self.start(in: path, Self.silent, timeout: .milliseconds(300))
            for _ in 0..<20 { FaultlineSDK.captureMessage("the parent's") }
            let status = lab_run_in_forked_child {
                guard !FaultlineSDK.isEnabled, FaultlineSDK.captureMessage("the child's") == nil else { _exit(9) }
                FaultlineSDK.addBreadcrumb(message: "the child's")
                FaultlineSDK.setTag("of", "the child")
            }
            guard status == 0 else { _exit(10) }
            let names = WholeFile.names(in: "\(path)/faultline-\(geteuid())/exits/outbox")
            guard names.isEmpty, FaultlineSDK.isEnabled else { _exit(11) }
            exit(3)
        }
        let errors = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
        #expect(errors.components(of: "attempting to send") == 1, "\(errors)")
        #expect(outbox.count == 20)
    }

    @Test func `a forked child that starts anew loses nothing of its own`() async throws {
        await #expect(processExitsWith: .exitCode(3)) { [path = directory.path as String] in
            // The Swift runtime has locks of its own, which a child would find held: what it needs is made before, and
            // nobody is at it at the fork.
            var options = Options()
            options.dsn = "https://key@errors.example.com/7"
            let warm = try Client(options, transport: InMemoryTransport())
            warm.captureMessage("the parent's")
            _ = await warm.flush(timeout: .seconds(10))
            Self.start(in: path, Self.silent, timeout: .milliseconds(300))
            _ = await FaultlineSDK.flush(timeout: .seconds(10))
            setenv("FAULTLINE_TEST_PLACE", path, 1)
            let status = lab_run_in_forked_child {
                guard let place = getenv("FAULTLINE_TEST_PLACE") else { _exit(9) }
                SenderAtExitTests.start(
                    in: String(cString: place), SenderAtExitTests.silent, timeout: .milliseconds(300))
                guard FaultlineSDK.isEnabled else { _exit(10) }
                for _ in 0..<5 where FaultlineSDK.captureMessage("the child's") == nil { _exit(11) }
            }
            guard status == 0 else { _exit(12) }
            exit(3)
        }
        #expect(outbox.count == 5)
        let texts = outbox.map {
            TemporaryDirectory.text(of: "\(directory.path)/faultline-\(geteuid())/exits/outbox/\($0)")
        }
        #expect(texts.allSatisfy { $0.contains("the child's") })
    }
}

extension String {
    /// How often a text comes in it.
    fileprivate func components(of text: String) -> Int {
        ranges(of: text).count
    }
}
