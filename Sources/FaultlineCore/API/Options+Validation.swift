// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

extension Options {
    /// Checks every option, those from the environment included.
    /// - Throws: ``OptionsError`` with all problems at once.
    public func validate() throws(OptionsError) {
        let problems = resolved().checked().problems
        if !problems.isEmpty { throw OptionsError(problems: problems) }
    }

    /// The options with each bad value replaced by its default, and what was bad. A bad option never changes another.
    func checked() -> (options: Options, dsn: DSN?, problems: [OptionsError.Problem]) {
        var options = self
        var problems: [OptionsError.Problem] = []
        func note(_ option: String, _ text: String) {
            problems.append(OptionsError.Problem(option: option, text: text))
        }

        var parsed: DSN?
        if let dsn {
            do throws(DSNError) {
                parsed = try DSN(dsn)
            } catch {
                let text = "\(error)"
                note("dsn", text.hasPrefix("dsn: ") ? String(text.dropFirst(5)) : text)
            }
        }
        func name(_ option: String, _ value: String?, limit: Int, otherwise standard: String?) -> String? {
            guard let value, let fault = Self.fault(ofName: value, limit: limit) else { return value }
            note(
                option,
                "\(fault) in `\(Self.oneLine(value))`; the server refuses it, so events go without it: use a name like `shop@1.4.2`"
            )
            return standard
        }
        options.release = name("release", release, limit: 200, otherwise: nil)
        options.environment = name("environment", environment, limit: 64, otherwise: "production")
        options.dist = name("dist", dist, limit: 64, otherwise: nil)
        if let cacheDirectory, !cacheDirectory.hasPrefix("/") {
            note(
                "cacheDirectory",
                "`\(cacheDirectory)` is not an absolute path; the default is used: give one that begins with /")
            options.cacheDirectory = nil
        }
        if !(0...1).contains(sampleRate) {
            note(
                "sampleRate",
                "\(sampleRate) is not between 0 and 1; every event is sent: give a part of 1, such as 0.25")
            options.sampleRate = 1
        }
        if shutdownTimeout < .zero {
            note("shutdownTimeout", "\(shutdownTimeout) is negative; 2 seconds are used: give zero or more")
            options.shutdownTimeout = .seconds(2)
        }
        func count(_ option: String, _ value: Int, in range: ClosedRange<Int>, otherwise standard: Int) -> Int {
            if range.contains(value) { return value }
            note(
                option,
                "\(value) is not between \(range.lowerBound) and \(range.upperBound); \(standard) is used: give a number in that range"
            )
            return standard
        }
        options.maxBreadcrumbs = count("maxBreadcrumbs", maxBreadcrumbs, in: 0...10_000, otherwise: 100)
        options.transportQueueSize = count("transportQueueSize", transportQueueSize, in: 1...100_000, otherwise: 100)
        options.maxCachedEnvelopes = count("maxCachedEnvelopes", maxCachedEnvelopes, in: 1...100_000, otherwise: 1000)
        problems += ConnectionSettings(options).problems(for: parsed)
        return (options, parsed, problems)
    }

    private static func oneLine(_ text: String) -> String {
        String(text.prefix(80).map { $0.isNewline || $0 == "\t" ? " " : $0 })
    }

    /// What a server refuses in the name of a release or environment
    /// (https://docs.sentry.io/product/releases/naming-releases/).
    private static func fault(ofName name: String, limit: Int) -> String? {
        if name.count > limit { return "more than \(limit) characters" }
        if name.contains(where: { $0.isNewline || $0 == "\t" }) { return "a line break or tab" }
        if name.contains("/") || name.contains("\\") { return "a slash" }
        if name == "." || name == ".." || name == " " { return "nothing but dots" }
        return nil
    }
}
