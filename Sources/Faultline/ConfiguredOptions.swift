// SPDX-License-Identifier: Apache-2.0

internal import Configuration
internal import FaultlineCore

/// Reads options from a configuration, and keeps what was wrong with which key.
///
/// Only the "required" methods of a reader say why there is no value; the others give nil for a value of the wrong kind.
struct ConfiguredOptions {
    private(set) var options = Options()
    private let config: ConfigReader

    init(_ config: ConfigReader) {
        self.config = config
    }

    mutating func string(_ key: String, _ path: WritableKeyPath<Options, String?>, isSecret: Bool = false) {
        take(key, path) { [config] in try config.requiredString(forKey: $0, isSecret: isSecret) }
    }

    mutating func strings(_ key: String, _ path: WritableKeyPath<Options, [String]>) {
        take(key, path) { [config] in try config.requiredStringArray(forKey: $0) }
    }

    mutating func bool(_ key: String, _ path: WritableKeyPath<Options, Bool>) {
        take(key, path) { [config] in try config.requiredBool(forKey: $0) }
    }

    mutating func int(_ key: String, _ path: WritableKeyPath<Options, Int>) {
        take(key, path) { [config] in try config.requiredInt(forKey: $0) }
    }

    mutating func seconds(_ key: String, _ path: WritableKeyPath<Options, Duration>) {
        take(key, path) { [config] in
            let seconds = try config.requiredDouble(forKey: $0)
            guard seconds.isFinite, seconds.magnitude < 1e9 else {
                throw Unusable("`\(seconds)` is no number of seconds")
            }
            return .seconds(seconds)
        }
    }

    mutating func choice<Value>(
        _ key: String, _ path: WritableKeyPath<Options, Value>, _ choices: KeyValuePairs<String, Value>
    ) {
        take(key, path) { [config] in
            let word = try config.requiredString(forKey: $0)
            guard let choice = choices.first(where: { $0.key == word }) else {
                let words = choices.map { "`\($0.key)`" }.joined(separator: " or ")
                throw Unusable("`\(word.prefix(80))` is not \(words)")
            }
            return choice.value
        }
    }

    /// - Parameter read: throws when the value is missing, or is no such value.
    mutating func take<Value>(
        _ key: String, _ path: WritableKeyPath<Options, Value?>, _ read: (ConfigKey) throws -> Value
    ) {
        if let value = value(key, read) { options[keyPath: path] = value }
    }

    mutating func take<Value>(
        _ key: String, _ path: WritableKeyPath<Options, Value>, _ read: (ConfigKey) throws -> Value
    ) {
        if let value = value(key, read) { options[keyPath: path] = value }
    }

    private mutating func value<Value>(_ key: String, _ read: (ConfigKey) throws -> Value) -> Value? {
        do {
            let value = try read(ConfigKey(key))
            options.origins.note(key, from: Self.source, value: value)
            return value
        } catch {
            let text = String(describing: error)
            if !Self.isMissing(text) {
                options.origins.refuse(
                    key, from: Self.source, "\(text) It counts as not set; correct it or leave it out")
            }
            return nil
        }
    }

    /// An option is named like its key.
    private static let source = "configuration"

    private struct Unusable: Error, CustomStringConvertible {
        let description: String

        init(_ text: String) { description = text + "." }
    }

    // MARK: - Missing values

    /// The library's error for a value that is not there has no public name: it is known by its text around the key, which
    /// an empty configuration tells.
    private static func isMissing(_ text: String) -> Bool {
        text.hasPrefix(missing.before) && text.hasSuffix(missing.behind)
    }

    private static let missing: (before: String, behind: String) = {
        let key = "faultline-asks"
        do {
            _ = try ConfigReader(provider: InMemoryProvider(values: [:])).requiredString(forKey: ConfigKey([key]))
            return ("", "")
        } catch {
            let parts = String(describing: error).split(separator: key, maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts.first ?? ""), String(parts.last ?? ""))
        }
    }()
}
