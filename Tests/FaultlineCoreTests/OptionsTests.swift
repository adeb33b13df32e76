// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Logging
import TestSupport
import Testing

@testable import FaultlineCore

@Suite struct OptionsTests {
    private typealias Resolved = (options: Options, dsn: DSN?, problems: [OptionsError.Problem])

    private func resolved(_ environment: [String: String] = [:], _ change: (inout Options) -> Void = { _ in })
        -> Resolved
    {
        var options = Options()
        change(&options)
        return options.resolved { environment[$0] }
    }

    // MARK: - The environment

    @Test func `the environment fills in what the code leaves open`() {
        let (options, dsn, problems) = resolved([
            "SENTRY_DSN": " https://key@host/1 ", "SENTRY_RELEASE": "shop@1", "SENTRY_ENVIRONMENT": "staging",
            "SENTRY_DIST": "7", "SENTRY_DEBUG": "Yes", "SENTRY_SAMPLE_RATE": "0.25",
        ])
        #expect(options.dsn == "https://key@host/1")
        #expect(dsn?.publicKey == "key")
        #expect(options.release == "shop@1")
        #expect(options.environment == "staging")
        #expect(options.dist == "7")
        #expect(options.debug == true)
        #expect(options.sampleRate == 0.25)
        #expect(options.logger.logLevel == .debug)
        #expect(problems.isEmpty)
    }

    @Test func `the code wins over the environment`() {
        let environment = [
            "SENTRY_DSN": "https://env@host/1", "SENTRY_ENVIRONMENT": "staging", "SENTRY_DEBUG": "1",
            "SENTRY_SAMPLE_RATE": "0", "SENTRY_RELEASE": "bad/name",
        ]
        let (done, dsn, problems) = resolved(environment) {
            $0.dsn = "https://code@host/1"
            $0.environment = "dev"
            $0.debug = false
            $0.sampleRate = 0.5
            $0.release = "shop@2"
        }
        #expect(dsn?.publicKey == "code")
        #expect(done.environment == "dev")
        #expect(done.debug == false)
        #expect(done.sampleRate == 0.5)
        #expect(done.release == "shop@2")
        // What nobody needs is not judged.
        #expect(problems.isEmpty)
    }

    @Test func `an empty DSN in the code means none, whatever the environment says`() {
        let (options, dsn, problems) = resolved(["SENTRY_DSN": "https://env@host/1"]) { $0.dsn = " " }
        #expect(options.dsn == nil)
        #expect(dsn == nil)
        #expect(problems.isEmpty)
    }

    @Test func `defaults name the machine, the executable and production`() {
        let (options, _, problems) = resolved()
        #expect(options.environment == "production")
        #expect(options.serverName?.isEmpty == false)
        #expect(options.serviceName?.isEmpty == false)
        #expect(options.serviceName?.contains("/") == false)
        #expect(options.release == nil)
        #expect(options.sampleRate == 1)
        #expect(problems.isEmpty)
    }

    @Test(
        arguments: [
            ("SENTRY_DSN", "https://@host/1", "dsn"), ("SENTRY_RELEASE", "shop/1", "release"),
            ("SENTRY_ENVIRONMENT", "none", "environment"), ("SENTRY_DIST", "a b", "dist"),
            ("SENTRY_DEBUG", "perhaps", "debug"), ("SENTRY_SAMPLE_RATE", "half", "sampleRate"),
            ("SENTRY_SAMPLE_RATE", "1.5", "sampleRate"), ("SENTRY_SAMPLE_RATE", "nan", "sampleRate"),
        ])
    func `a bad variable is named with its option, and counts as not set`(name: String, text: String, option: String) {
        let (done, dsn, problems) = resolved([name: text])
        #expect(problems.map(\.option) == [option])
        #expect(problems.map(\.source) == [name])
        #expect(problems.first?.description.hasPrefix("\(option) (\(name)): ") == true)
        #expect(dsn == nil)
        #expect(done.dsn == nil)
        #expect(done.release == nil)
        #expect(done.environment == "production")
        #expect(done.dist == nil)
        #expect(done.debug == false)
        #expect(done.sampleRate == 1)
    }

    @Test func `a bad value in the code leaves the word to the environment`() {
        let (done, dsn, problems) = resolved(["SENTRY_SAMPLE_RATE": "0.5", "SENTRY_DSN": "https://key@host/1"]) {
            $0.sampleRate = 7
            $0.dsn = "nonsense"
        }
        #expect(done.sampleRate == 0.5)
        #expect(dsn?.publicKey == "key")
        #expect(problems.map(\.option) == ["dsn", "sampleRate"])
        #expect(problems.allSatisfy { $0.source == nil })
    }

    @Test(arguments: VectorFile.cases("scalars") { $0.input("env_to_bool") != nil })
    func `a yes or no is read as the vector says`(_ vector: Vector) {
        let strict = vector.input("strict") == true
        let answer: JSONValue =
            switch vector.input("env_to_bool") {
            case .string(let text): EnvironmentFlag(text, strict: strict).map { .bool($0.isSet) } ?? .null
            // A variable that is not there.
            default: strict ? .null : .bool(false)
            }
        #expect(answer == vector.specified)
    }

    // MARK: - The release

    @Test func `the release is what the platform has deployed, the first of its names`() {
        #expect(resolved(["K_REVISION": "shop-00042", "CIRCLE_SHA1": " abc\n"]).options.release == "abc")
        #expect(resolved(["K_REVISION": "shop-00042"]).options.release == "shop-00042")
        #expect(resolved(["K_REVISION": "shop-00042", "SENTRY_RELEASE": "shop@1"]).options.release == "shop@1")
        #expect(resolved(["K_REVISION": "shop-00042"]) { $0.release = "shop@2" }.options.release == "shop@2")
    }

    @Test func `a variable of the platform that is no release is passed over in silence`() {
        let (options, _, problems) = resolved(["SOURCE_VERSION": "refs/heads/main", "K_REVISION": "shop-00042"])
        #expect(options.release == "shop-00042")
        #expect(problems.isEmpty)
    }

    // MARK: - Validation

    @Test func `each bad value is named with what to do, replaced alone, and the others are kept`() {
        let (done, dsn, problems) = resolved {
            $0.dsn = "https://@host/1"
            $0.release = "shop/1"
            $0.environment = "bad\nname"
            $0.dist = String(repeating: "x", count: 65)
            $0.cacheDirectory = "relative"
            $0.sampleRate = .nan
            $0.maxBreadcrumbs = -1
            $0.shutdownTimeout = .seconds(-1)
            $0.maxValueLength = 0
            $0.maxAttachmentSize = .max
            $0.inAppInclude = ["Shop", ""]
            $0.debugFileDirectories = ["/usr/lib/debug", "symbols"]
            $0.transportQueueSize = 0
            $0.maxCachedEnvelopes = 7
        }
        #expect(dsn == nil)
        #expect(
            problems.map(\.option) == [
                "dsn", "release", "environment", "dist", "cacheDirectory", "sampleRate", "maxBreadcrumbs",
                "shutdownTimeout", "maxValueLength", "maxAttachmentSize", "inAppInclude", "debugFileDirectories",
                "transportQueueSize",
            ])
        for problem in problems {
            #expect(!problem.text.contains("\n"))
            #expect(problem.text.count > 30)
            #expect(!problem.text.hasPrefix(problem.option))
        }
        #expect(done.release == nil)
        #expect(done.environment == "production")
        #expect(done.dist == nil)
        #expect(done.cacheDirectory == nil)
        #expect(done.sampleRate == 1)
        #expect(done.maxBreadcrumbs == 100)
        #expect(done.shutdownTimeout == .seconds(2))
        #expect(done.maxValueLength == nil)
        #expect(done.maxAttachmentSize == 20 << 20)
        #expect(done.inAppInclude == ["Shop"])
        #expect(done.debugFileDirectories == ["/usr/lib/debug"])
        #expect(done.transportQueueSize == 100)
        #expect(done.maxCachedEnvelopes == 7)
    }

    @Test func `validate throws all problems at once, and nothing for good options`() throws {
        var options = Options()
        options.dsn = "nonsense"
        options.sampleRate = 2
        let error = #expect(throws: OptionsError.self) { try options.validate() }
        #expect(error?.problems.map(\.option) == ["dsn", "sampleRate"])
        #expect(error?.description.split(separator: "\n").count == 2)
        options.dsn = "https://key@host/1"
        options.sampleRate = 0
        try options.validate()
    }
}
