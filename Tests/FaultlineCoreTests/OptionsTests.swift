// SPDX-License-Identifier: Apache-2.0

import Logging
import Testing

@testable import FaultlineCore

@Suite struct OptionsTests {
    private func resolved(_ options: Options, _ environment: [String: String] = [:]) -> Options {
        options.resolved { environment[$0] }
    }

    @Test func `the environment fills in what the code leaves open`() {
        let options = resolved(
            Options(),
            [
                "SENTRY_DSN": " https://key@host/1 ", "SENTRY_RELEASE": "shop@1", "SENTRY_ENVIRONMENT": "staging",
                "SENTRY_DEBUG": "Yes",
            ])
        #expect(options.dsn == "https://key@host/1")
        #expect(options.release == "shop@1")
        #expect(options.environment == "staging")
        #expect(options.debug == true)
        #expect(options.logger.logLevel == .debug)
    }

    @Test func `the code wins over the environment`() {
        var options = Options()
        options.dsn = "https://code@host/1"
        options.environment = "dev"
        options.debug = false
        let done = resolved(
            options, ["SENTRY_DSN": "https://env@host/1", "SENTRY_ENVIRONMENT": "staging", "SENTRY_DEBUG": "1"])
        #expect(done.dsn == "https://code@host/1")
        #expect(done.environment == "dev")
        #expect(done.debug == false)
    }

    @Test func `an empty DSN in the code means none, whatever the environment says`() {
        var options = Options()
        options.dsn = ""
        #expect(resolved(options, ["SENTRY_DSN": "https://env@host/1"]).dsn == nil)
    }

    @Test func `defaults name the machine, the executable and production`() {
        let options = resolved(Options())
        #expect(options.environment == "production")
        #expect(options.serverName?.isEmpty == false)
        #expect(options.serviceName?.isEmpty == false)
        #expect(options.serviceName?.contains("/") == false)
        #expect(options.release == nil)
        #expect(options.checked().problems.isEmpty)
    }

    @Test(
        arguments: [
            ("t", true), ("Y", true), ("1", true), ("TRUE", true), ("on", true), ("f", false), ("no", false),
            ("0", false),
            ("off", false), ("2", nil), ("", nil), ("nope", nil),
        ] as [(String, Bool?)])
    func `a boolean of the environment`(text: String, flag: Bool?) {
        #expect(Options.flag(text) == flag)
    }

    @Test func `each bad value is named with what to do, replaced alone, and the others are kept`() {
        var options = Options()
        options.dsn = "https://@host/1"
        options.release = "shop/1"
        options.environment = "bad\nname"
        options.cacheDirectory = "relative"
        options.sampleRate = .nan
        options.maxBreadcrumbs = -1
        options.transportQueueSize = 0
        options.maxCachedEnvelopes = 7
        options.shutdownTimeout = .seconds(-1)
        let (done, dsn, problems) = resolved(options).checked()
        #expect(dsn == nil)
        #expect(
            problems.map(\.option) == [
                "dsn", "release", "environment", "cacheDirectory", "sampleRate", "shutdownTimeout", "maxBreadcrumbs",
                "transportQueueSize",
            ])
        for problem in problems {
            #expect(!problem.text.contains("\n"))
            #expect(problem.text.count > 30)
            #expect(!problem.text.hasPrefix(problem.option))
        }
        #expect(done.release == nil)
        #expect(done.environment == "production")
        #expect(done.cacheDirectory == nil)
        #expect(done.sampleRate == 1)
        #expect(done.maxBreadcrumbs == 100)
        #expect(done.transportQueueSize == 100)
        #expect(done.maxCachedEnvelopes == 7)
        #expect(done.shutdownTimeout == .seconds(2))
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
