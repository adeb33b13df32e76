// SPDX-License-Identifier: Apache-2.0

/// A yes or no in an environment variable.
/// Source: [Options](https://docs.sentry.io/platforms/python/configuration/options/).
struct EnvironmentFlag {
    let isSet: Bool

    /// `t y 1 true yes on` and `f n 0 false no off`, in any case.
    /// - Parameter strict: whether nothing else is an answer (nil). Else every other text is a yes, the empty one a no.
    init?(_ text: String, strict: Bool = true) {
        switch text.lowercased() {
        case "t", "y", "1", "true", "yes", "on": isSet = true
        case "f", "n", "0", "false", "no", "off": isSet = false
        default:
            if strict { return nil }
            isSet = !text.isEmpty
        }
    }
}
