// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
internal import FaultlineProtocol
internal import Logging

extension Options {
    /// The options with everything filled in that the environment or the machine knows, each bad value replaced by its
    /// default, and what was bad. A bad option never changes another.
    func resolved(
        environment variable: (String) -> String? = CacheDirectory.variable
    ) -> (options: Options, dsn: DSN?, problems: [OptionsError.Problem]) {
        var options = self
        options.strip()
        // What is refused counts as not set: the environment has the next word.
        var problems = origins.problems + options.refuse()
        options.origins = OptionOrigins()
        options.read(variable)
        problems += options.origins.problems + options.refuse()
        options.fill(variable)
        if options.debug == true, options.logger.logLevel > .debug { options.logger.logLevel = .debug }
        let dsn = options.dsn.flatMap { try? DSN($0) }
        problems += ConnectionSettings(options, environment: variable).problems(for: dsn)
        return (options, dsn, problems)
    }

    /// The variables by which other SDKs go, too (https://docs.sentry.io/platforms/python/configuration/options/).
    private mutating func read(_ variable: (String) -> String?) {
        take("dsn", \.dsn, from: "SENTRY_DSN", variable)
        take("release", \.release, from: "SENTRY_RELEASE", variable)
        take("environment", \.environment, from: "SENTRY_ENVIRONMENT", variable)
        take("dist", \.dist, from: "SENTRY_DIST", variable)
        take("debug", \.debug, from: "SENTRY_DEBUG", variable, as: "true or false") { EnvironmentFlag($0)?.isSet }
        take("sampleRate", \.sampleRate, from: "SENTRY_SAMPLE_RATE", variable, as: "a number") { Double($0) }
        take("tracesSampleRate", \.tracesSampleRate, from: "SENTRY_TRACES_SAMPLE_RATE", variable, as: "a number") {
            Double($0)
        }
        take("keepAlive", \.keepAlive, from: "SENTRY_KEEP_ALIVE", variable, as: "true or false") {
            EnvironmentFlag($0)?.isSet
        }
    }

    private mutating func fill(_ variable: (String) -> String?) {
        if release == nil { release = ReleaseDetection.release(variable) }
        if environment == nil { environment = "production" }
        if serverName == nil { serverName = ThisProcess.hostName }
        if serviceName == nil { serviceName = ThisProcess.executableName }
        if debug == nil { debug = false }
        if sampleRate == nil { sampleRate = 1 }
        if dsn?.isEmpty == true { dsn = nil }
    }

    // MARK: - Parts

    /// What says nothing counts as not set; but an empty DSN in the code means that nothing is sent, whatever the
    /// environment says.
    private mutating func strip() {
        dsn = dsn.map { Self.stripped($0) ?? "" }
        release = Self.stripped(release)
        environment = Self.stripped(environment)
        dist = Self.stripped(dist)
        serverName = Self.stripped(serverName)
        serviceName = Self.stripped(serviceName)
    }

    /// For an option that nobody set yet.
    /// - Parameters:
    ///   - kind: what is expected, for the text of a refusal.
    ///   - read: the value of a text without blanks around it; nil when it is none.
    mutating func take<Value>(
        _ option: String, _ path: WritableKeyPath<Options, Value?>, from name: String, _ variable: (String) -> String?,
        as kind: String, _ read: (String) -> Value?
    ) {
        guard self[keyPath: path] == nil, let text = Self.stripped(variable(name)) else { return }
        if let value = read(text) {
            self[keyPath: path] = value
            origins.note(option, from: name, value: value)
        } else {
            origins.refuse(
                option, from: name, "`\(Self.oneLine(text))` is not \(kind) and counts as not set; give \(kind)")
        }
    }

    private mutating func take(
        _ option: String, _ path: WritableKeyPath<Options, String?>, from name: String, _ variable: (String) -> String?
    ) {
        take(option, path, from: name, variable, as: "a text") { $0 }
    }

    /// Without what surrounds it; nil for what says nothing.
    static func stripped(_ text: String?) -> String? {
        guard let text else { return nil }
        let visible = text.drop(while: \.isWhitespace)
        guard let last = visible.lastIndex(where: { !$0.isWhitespace }) else { return nil }
        return String(visible[...last])
    }
}
