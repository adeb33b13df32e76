// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import FaultlineProtocol
internal import FaultlineReports

/// Which events are the same issue, and what the issue is called.
struct Grouping: Sendable, Hashable {
    /// Equal for events of one issue.
    let fingerprint: String
    /// What went wrong, on one line: `Fatal error: Index out of range`.
    let title: String
    /// Where: the innermost function that is the service's own, else the transaction; empty when neither is known.
    let culprit: String

    init(_ event: Event) {
        let function = Self.function(of: event)
        title = Self.cut(Self.title(of: event), to: 256)
        culprit = Self.cut(function ?? event.transaction ?? "", to: 256)
        let own = Self.defaultParts(of: event, function: function)
        let parts = event.fingerprint.map { $0.flatMap { Self.isDefault($0) ? own : [$0] } } ?? []
        let chosen = parts.isEmpty ? own : parts
        let text = JSONValue.array(chosen.map { .string(Self.cut($0, to: 512)) }).serialized()
        fingerprint = String(decoding: text, as: UTF8.self)
    }

    /// Source: [SDK fingerprinting](https://docs.sentry.io/platforms/native/usage/sdk-fingerprinting/).
    private static func isDefault(_ part: String) -> Bool {
        part == "{{ default }}" || part == "{{default}}"
    }

    private static func defaultParts(of event: Event, function: String?) -> [String] {
        if let exception = event.exceptions.last {
            return [
                "exception", exception.type ?? "", withoutNumbers(firstLine(exception.value ?? "")), function ?? "",
            ]
        }
        // The template, where there is one, is the same for all values that were put into it.
        let template = event.fields["logentry"]?.objectValue?["message"]?.stringValue
        if let message = template ?? event.message { return ["message", withoutNumbers(firstLine(message))] }
        return ["nothing", event.logger ?? "", event.transaction ?? ""]
    }

    private static func title(of event: Event) -> String {
        if let exception = event.exceptions.last {
            let type = exception.type ?? "", value = firstLine(exception.value ?? "")
            if type.isEmpty { return value.isEmpty ? "An error without type and value" : value }
            return value.isEmpty || value == type ? type : "\(type): \(value)"
        }
        return event.message.map(firstLine) ?? "An event without exception and message"
    }

    /// Frames are oldest first.
    private static func function(of event: Event) -> String? {
        let stacktrace = event.exceptions.last?.stacktrace ?? event.threads.first { $0.crashed == true }?.stacktrace
        let named = stacktrace?.frames.filter { $0.function != nil && !$0.isHidden && $0.framesLeftOut == nil } ?? []
        return (named.last { $0.inApp == true } ?? named.last)?.function
    }

    private static func firstLine(_ text: String) -> String {
        String(text.drop { $0.isNewline }.prefix(1024).prefix { !$0.isNewline })
    }

    private static func cut(_ text: String, to count: Int) -> String {
        text.count > count ? text.prefix(count - 1) + "…" : text
    }

    /// Addresses, runs of digits and long hexadecimal words become `#`: what differs from one occurrence to the next.
    static func withoutNumbers(_ text: String) -> String {
        var result = ""
        var rest = Substring(text)
        while let first = rest.first {
            guard first.isLetter || first.isNumber else {
                result.append(rest.removeFirst())
                continue
            }
            let word = rest.prefix { $0.isLetter || $0.isNumber }
            rest = rest.dropFirst(word.count)
            let digits = word.lowercased().hasPrefix("0x") ? word.dropFirst(2) : word
            let isHexadecimal = !digits.isEmpty && digits.allSatisfy { $0.isHexDigit }
            if isHexadecimal && (digits.count < word.count || (word.count >= 8 && word.contains { $0.isNumber })) {
                result += "#"
            } else {
                result += withoutDigits(word)
            }
        }
        return result
    }

    private static func withoutDigits(_ word: Substring) -> String {
        var result = ""
        for character in word {
            if !character.isNumber { result.append(character) } else if result.last != "#" { result.append("#") }
        }
        return result
    }
}
#endif
