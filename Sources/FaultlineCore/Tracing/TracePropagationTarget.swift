// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Which outgoing requests carry the trace on: those whose URL one of ``Options/tracePropagationTargets`` matches.
///
/// Source: [tracePropagationTargets](https://develop.sentry.dev/sdk/foundations/trace-propagation/#tracepropagationtargets).
public struct TracePropagationTarget: Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    private enum Rule: Sendable {
        case contains(String)
        case pattern(Pattern)
    }
    private let rule: Rule

    /// URLs that contain the text, case as given.
    public static func contains(_ text: String) -> Self { Self(rule: .contains(text)) }

    /// URLs in which the regular expression is found anywhere, case as given.
    /// - Throws: what `Regex` says of a pattern that is none.
    public static func pattern(_ pattern: String) throws -> Self {
        Self(rule: .pattern(try Pattern(pattern)))
    }

    /// URLs that contain the text.
    public init(stringLiteral text: String) { rule = .contains(text) }

    private init(rule: Rule) { self.rule = rule }

    /// The text or the pattern.
    public var description: String {
        switch rule {
        case .contains(let text): text
        case .pattern(let pattern): pattern.text
        }
    }

    func matches(_ url: String) -> Bool {
        switch rule {
        case .contains(let text): text.isEmpty || url.contains(text)
        case .pattern(let pattern): pattern.matches(url)
        }
    }
}

/// A regular expression that several threads use. `Regex` is not `Sendable`: it compiles itself at its first use.
private final class Pattern: Sendable {
    let text: String
    private let regex: Mutex<Regex<AnyRegexOutput>>

    init(_ text: String) throws {
        self.text = text
        regex = Mutex(try Regex(text))
    }

    func matches(_ url: String) -> Bool {
        regex.withLock { (try? $0.firstMatch(in: url)) != nil }
    }
}
