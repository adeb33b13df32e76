// SPDX-License-Identifier: Apache-2.0
#if Tools

/// The public key by which a client says who it is.
///
/// Source: [Authentication](https://develop.sentry.dev/sdk/foundations/transport/authentication/).
enum IngestKey {
    /// Of `Sentry sentry_key=…, sentry_version=7, …`; nil when the value has none.
    static func inHeader(_ value: String) -> String? {
        let scheme = value.prefix { $0 != " " }
        guard scheme.lowercased() == "sentry" else { return nil }
        for pair in value.dropFirst(scheme.count).split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            let name = parts.first?.drop { $0 == " " }
            if name == "sentry_key", parts.count == 2 { return String(parts[1].prefix { $0 != " " }) }
        }
        return nil
    }
}
#endif
