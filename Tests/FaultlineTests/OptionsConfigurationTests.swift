// SPDX-License-Identifier: Apache-2.0

import Configuration
import FaultlineCore
import Synchronization
import Testing

@testable import Faultline

@Suite struct OptionsConfigurationTests {
    private func options(_ values: [AbsoluteConfigKey: ConfigValue]) -> Options {
        Options(config: ConfigReader(provider: InMemoryProvider(values: values)).scoped(to: "sentry"))
    }

    private func problems(_ options: Options) -> [OptionsError.Problem] {
        do {
            try options.validate()
            return []
        } catch {
            return error.problems
        }
    }

    @Test func `each key sets the option of its name`() {
        let options = options([
            "sentry.dsn": "https://key@host/1", "sentry.release": "shop@1", "sentry.sampleRate": 0.25,
            "sentry.maxBreadcrumbs": 7, "sentry.sendDefaultPII": true, "sentry.shutdownTimeout": 1.5,
            "sentry.inAppInclude": ConfigValue(.stringArray(["Shop", "Till"]), isSecret: false),
            "sentry.previousHandlers": "first",
        ])
        #expect(options.dsn == "https://key@host/1")
        #expect(options.release == "shop@1")
        #expect(options.sampleRate == 0.25)
        #expect(options.maxBreadcrumbs == 7)
        #expect(options.sendDefaultPII)
        #expect(options.shutdownTimeout == .milliseconds(1500))
        #expect(options.inAppInclude == ["Shop", "Till"])
        #expect(options.previousHandlers == .first)
        #expect(problems(options).isEmpty)
    }

    @Test func `an empty configuration gives the defaults and no problem`() {
        let options = options([:])
        #expect(String(describing: options) == String(describing: Options()))
        #expect(problems(options).isEmpty)
    }

    @Test func `the environment's provider reads the variables of other SDKs`() {
        let provider = EnvironmentVariablesProvider(environmentVariables: [
            "SENTRY_DSN": "https://key@host/1", "SENTRY_SAMPLE_RATE": "0.5", "SENTRY_MAX_BREADCRUMBS": "9",
            "SENTRY_DEBUG": "yes",
        ])
        let options = Options(config: ConfigReader(provider: provider).scoped(to: "sentry"))
        #expect(options.dsn == "https://key@host/1")
        #expect(options.sampleRate == 0.5)
        #expect(options.maxBreadcrumbs == 9)
        #expect(options.debug == true)
    }

    @Test func `a value of the wrong kind or out of range is named by its key, and counts as not set`() {
        let options = options([
            "sentry.sampleRate": "half", "sentry.maxBreadcrumbs": -1, "sentry.release": 14, "sentry.debug": "perhaps",
            "sentry.previousHandlers": "second", "sentry.shutdownTimeout": ConfigValue(.double(.nan), isSecret: false),
            "sentry.dist": "7",
        ])
        let problems = problems(options)
        #expect(
            problems.map(\.option) == [
                "release", "debug", "sampleRate", "shutdownTimeout", "previousHandlers", "maxBreadcrumbs",
            ])
        #expect(problems.allSatisfy { $0.source == "configuration" })
        #expect(problems.first?.text.contains("sentry.release") == true)
        #expect(options.sampleRate == nil)
        #expect(options.previousHandlers == .afterReport)
        #expect(options.shutdownTimeout == .seconds(2))
        #expect(options.dist == "7")
    }

    @Test func `a bad value that code replaces is no problem, and another bad one is the code's`() {
        var options = options(["sentry.maxBreadcrumbs": -1])
        options.maxBreadcrumbs = 5
        #expect(problems(options).isEmpty)
        options.maxBreadcrumbs = -2
        #expect(problems(options).map(\.source) == [nil])
    }

    @Test func `the DSN is a secret to those who log accesses, a bad one too`() throws {
        for dsn in ["https://key@host/1", "nonsense"] {
            let reporter = Accesses()
            let provider = InMemoryProvider(values: ["dsn": ConfigValue(.string(dsn), isSecret: false)])
            _ = Options(config: ConfigReader(provider: provider, accessReporter: reporter))
            let event = try #require(reporter.events.withLock { $0 }.first { $0.metadata.key.components == ["dsn"] })
            #expect(try #require(try event.result.get()).isSecret)
        }
    }

    /// Fails when somebody adds an option and forgets its key.
    @Test func `every option of a plain kind has its key`() {
        let standards = Mirror(reflecting: Options()).children
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for child in standards {
            guard let name = child.label, let content = Self.otherThan(child.value) else { continue }
            values[AbsoluteConfigKey([name])] = ConfigValue(content, isSecret: false)
        }
        #expect(values.count > 20)
        let options = Options(config: ConfigReader(provider: InMemoryProvider(values: values)))
        for (standard, child) in zip(standards, Mirror(reflecting: options).children) {
            guard let name = child.label, Self.otherThan(standard.value) != nil else { continue }
            #expect(
                String(describing: standard.value) != String(describing: child.value),
                "add the key '\(name)' to Options.init(config:) and to its documentation")
        }
    }

    /// A value of the same kind, when that is a plain one.
    private static func otherThan(_ value: Any) -> ConfigContent? {
        switch type(of: value) {
        case is String?.Type, is String.Type: .string("set")
        case is Bool.Type: .bool(value as? Bool != true)
        case is Bool?.Type: .bool(true)
        case is Int.Type, is Int?.Type: .int(3)
        case is Double.Type, is Double?.Type, is Duration.Type: .double(0.5)
        case is [String].Type: .stringArray(["set"])
        default: nil
        }
    }
}

/// Keeps what is reported.
private final class Accesses: AccessReporter {
    let events = Mutex<[AccessEvent]>([])

    func report(_ event: AccessEvent) { events.withLock { $0.append(event) } }
}
