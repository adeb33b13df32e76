// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

extension Options {
    /// Checks every option, those from the environment and from a configuration included.
    /// - Throws: ``OptionsError`` with all problems at once.
    public func validate() throws(OptionsError) {
        let problems = resolved().problems
        if !problems.isEmpty { throw OptionsError(problems: problems) }
    }

    /// Replaces each bad value by its default, or by nil where others may still give one.
    /// - Returns: what was bad, in the order of the properties.
    mutating func refuse() -> [OptionsError.Problem] {
        var problems: [OptionsError.Problem] = []
        let origins = origins
        func note(_ option: String, _ value: some Any, _ text: String) {
            let source = origins.source(of: option, value: value)
            problems.append(OptionsError.Problem(option: option, source: source, text: text))
        }
        func name(_ option: String, _ value: inout String?, _ fault: (String) -> String?, like example: String) {
            guard let text = value, let fault = fault(text) else { return }
            note(
                option, text,
                "\(fault) in `\(Self.oneLine(text))`; a server refuses it, so it counts as not set: use a name like `\(example)`"
            )
            value = nil
        }
        func number(_ option: String, _ value: inout Int, in range: ClosedRange<Int>, otherwise standard: Int) {
            guard !range.contains(value) else { return }
            note(option, value, Self.outside(range, value, "\(standard) is used"))
            value = standard
        }
        func names(_ option: String, _ values: inout [String]) {
            guard values.contains("") else { return }
            note(option, values, "one name is empty, which would be every module; it is left out: remove it")
            values.removeAll { $0.isEmpty }
        }

        if let text = dsn, !text.isEmpty {
            do throws(DSNError) {
                _ = try DSN(text)
            } catch {
                let fault = "\(error)"
                note("dsn", text, fault.hasPrefix("dsn: ") ? String(fault.dropFirst(5)) : fault)
                dsn = nil
            }
        }
        name("release", &release, Self.fault(ofRelease:), like: "shop@1.4.2")
        name("environment", &environment, Self.fault(ofEnvironment:), like: "staging")
        name("dist", &dist, Self.fault(ofDist:), like: "1042")
        if let path = cacheDirectory, !path.hasPrefix("/") {
            note(
                "cacheDirectory", path,
                "`\(Self.oneLine(path))` is not an absolute path; the usual places are tried: give one that begins with /"
            )
            cacheDirectory = nil
        }
        func rate(_ option: String, _ value: inout Double?) {
            guard let rate = value, !(0...1).contains(rate) else { return }
            note(option, rate, "\(rate) is not between 0 and 1 and counts as not set: give a part of 1, such as 0.25")
            value = nil
        }
        rate("sampleRate", &sampleRate)
        rate("tracesSampleRate", &tracesSampleRate)
        number("maxSpans", &maxSpans, in: 0...10_000, otherwise: 1000)
        if let id = orgID, id.isEmpty || !id.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            note("orgID", id, "`\(Self.oneLine(id))` is not a number and counts as not set: give digits, such as 4507")
            orgID = nil
        }
        number("maxBreadcrumbs", &maxBreadcrumbs, in: 0...10_000, otherwise: 100)
        if shutdownTimeout < .zero {
            note(
                "shutdownTimeout", shutdownTimeout,
                "\(shutdownTimeout) is negative; 2 seconds are used: give zero or more")
            shutdownTimeout = .seconds(2)
        }
        number("maxFeatureFlags", &maxFeatureFlags, in: 0...100, otherwise: 100)
        if let limit = maxValueLength, limit < 1 {
            note("maxValueLength", limit, Self.outside(1...Int.max, limit, "texts are not cut"))
            maxValueLength = nil
        }
        number("maxAttachmentSize", &maxAttachmentSize, in: 0...(200 << 20), otherwise: 20 << 20)
        names("inAppInclude", &inAppInclude)
        names("inAppExclude", &inAppExclude)
        let relative = debugFileDirectories.filter { !$0.hasPrefix("/") }
        if let path = relative.first {
            note(
                "debugFileDirectories", debugFileDirectories,
                "`\(Self.oneLine(path))` is not an absolute path; it is left out: give one that begins with /")
            debugFileDirectories.removeAll { !$0.hasPrefix("/") }
        }
        number("transportQueueSize", &transportQueueSize, in: 1...100_000, otherwise: 100)
        number("maxCachedEnvelopes", &maxCachedEnvelopes, in: 1...100_000, otherwise: 1000)
        return problems
    }

    private static func outside(_ range: ClosedRange<Int>, _ value: Int, _ result: String) -> String {
        let limits =
            range.upperBound == .max
            ? "\(range.lowerBound) or more" : "between \(range.lowerBound) and \(range.upperBound)"
        return "\(value) is not \(limits); \(result): give a number in that range"
    }

    static func oneLine(_ text: String) -> String {
        String(text.prefix(80).map { $0.isNewline || $0 == "\t" ? " " : $0 })
    }

    /// What is wrong with a release's name; nil: nothing.
    static func fault(ofRelease name: String) -> String? {
        fault(ofName: name, limit: 200, reserved: "latest")
    }

    private static func fault(ofEnvironment name: String) -> String? {
        fault(ofName: name, limit: 64, reserved: "none")
    }

    private static func fault(ofDist name: String) -> String? {
        if name.utf8.count > 64 { return "more than 64 bytes" }
        let isAllowed = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        return isAllowed ? nil : "a character that is no letter, digit, dot, dash or underscore"
    }

    /// What a server refuses (https://docs.sentry.io/product/releases/naming-releases/, and
    /// https://github.com/getsentry/relay/blob/master/relay-event-schema/src/protocol/event.rs).
    private static func fault(ofName name: String, limit: Int, reserved: String) -> String? {
        if name.utf8.count > limit { return "more than \(limit) bytes" }
        if name.contains(where: { $0.isNewline || $0 == "\t" }) { return "a line break or tab" }
        if name.contains("/") || name.contains("\\") { return "a slash" }
        if name == "." || name == ".." { return "nothing but dots" }
        if name.lowercased() == reserved { return "a reserved word" }
        return nil
    }
}
