// SPDX-License-Identifier: Apache-2.0

/// Limits of what an event holds of anybody's data
/// (https://develop.sentry.dev/sdk/foundations/client/data-handling/#variable-size; as getsentry/sentry-python has them).
extension JSONValue {
    /// Levels of a databag, itself included.
    package static let databagDepth = 5
    /// Members or elements at each level.
    package static let databagBreadth = 10

    /// Levels of one value in a scope: an event that holds it has some more, and a reader takes no more than 128.
    package static let scopeDepth = 64

    /// Whether it has at most `height` levels of objects and arrays, and each of them at most ``databagBreadth`` members.
    package func fits(height: Int) -> Bool {
        switch self {
        case .object(let fields):
            height > 0 && fields.count <= Self.databagBreadth && fields.allSatisfy { $0.value.fits(height: height - 1) }
        case .array(let values):
            height > 0 && values.count <= Self.databagBreadth && values.allSatisfy { $0.fits(height: height - 1) }
        default: true
        }
    }
}
