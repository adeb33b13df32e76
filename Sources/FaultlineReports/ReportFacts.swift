// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// What is known about an event besides its stack: a name and a text each, in the order in which they are asked for.
struct ReportFacts {
    private let event: Event
    private let issue: String?

    init(_ event: Event, issue: String?) {
        self.event = event
        self.issue = issue
    }

    var rows: [(name: String, text: String)] {
        let rows: [(String, String?)] = [
            ("release", [event.release, event.dist].compactMap(\.self).joined(separator: ", dist ")),
            ("environment", event.environment),
            ("server", event.serverName),
            ("time", event.timestamp.map(Self.time)),
            ("level", event.level == .fatal ? nil : (event.level ?? .error).rawValue),
            ("transaction", event.transaction),
            ("request", request),
            ("user", user),
            ("tags", Self.pairs(event.tags.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
            ("extra", Self.pairs(event.extra.map { ($0.key, $0.value) })),
            ("system", system),
            ("left out", leftOut),
            ("event", event.eventID?.description),
            ("issue", issue),
        ]
        return rows.compactMap { name, text in text.flatMap { $0.isEmpty ? nil : (name, $0) } }
    }

    /// `SIGSEGV, SEGV_MAPERR, fault address 0x10`.
    static func signal(of exception: ExceptionValue) -> String? {
        guard let signal = exception.mechanism?.meta["signal"]?.objectValue else { return nil }
        let number = signal["number"]?.integerValue, code = signal["code"]?.integerValue
        let address = exception.mechanism?.data["relevant_address"]
        return [
            signal["name"]?.stringValue ?? number.map { "signal \($0)" },
            signal["code_name"]?.stringValue ?? code.map { "code \($0)" },
            address?.stringValue.map { "fault address \($0)" },
        ].compactMap(\.self).joined(separator: ", ")
    }

    private var request: String? {
        guard let request = event.request else { return nil }
        let query = request.queryString.map { $0.isEmpty ? "" : "?" + $0 } ?? ""
        return [request.method, request.url.map { $0 + query }].compactMap(\.self).joined(separator: " ")
    }

    private var user: String? {
        guard let user = event.user else { return nil }
        let known = [
            ("id", user.id), ("email", user.email), ("username", user.username), ("name", user.name),
            ("ip", user.ipAddress),
        ]
        return Self.pairs(
            known.compactMap { name, text in text.map { (name, .string($0)) } } + user.data.map { ($0.key, $0.value) })
    }

    private var system: String {
        let os = event.contexts["os"]?.objectValue ?? [:], runtime = event.contexts["runtime"]?.objectValue ?? [:]
        let distribution = os["distribution_pretty_name"]?.stringValue
        let kernel = [os["name"], os["kernel_version"] ?? os["version"]].compactMap { $0?.stringValue }
        let swift = [runtime["name"], runtime["version"]].compactMap { $0?.stringValue }
        let arch = event.contexts["device"]?.objectValue?["arch"]?.stringValue
        return [distribution, kernel.joined(separator: " "), arch, swift.joined(separator: " ")]
            .compactMap(\.self).filter { !$0.isEmpty }.joined(separator: ", ")
    }

    /// What the SDK cut to make the event fit, and where the whole of it is.
    private var leftOut: String? {
        guard let told = event.contexts["faultline"]?.objectValue, let parts = told["left_out"]?.arrayValue else {
            return nil
        }
        let whole = told["whole_report"]?.objectValue?["attachment"]?.stringValue
        return parts.compactMap(\.stringValue).joined(separator: ", ")
            + (whole.map { "; the whole report is attached (\($0))" } ?? "")
    }

    /// `2026-08-21 09:30:00.123 UTC`.
    private static func time(_ time: Timestamp) -> String {
        let text = time.description
        return text.prefix(10) + " " + text.dropFirst(11).prefix(12) + " UTC"
    }

    /// `order=1001  region=eu`; a long value is cut.
    static func pairs(_ pairs: [(String, JSONValue)]) -> String {
        pairs.map { name, value in
            let text = value.stringValue ?? String(decoding: value.serialized(), as: UTF8.self)
            return "\(name)=\(text.cut(to: 200))"
        }.joined(separator: "  ")
    }
}
