// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
internal import FaultlineProtocol

/// Takes what is likely a secret out of events: the value of each member whose whole name, in any case, is in a list is
/// replaced by `[Filtered]`, and `_meta` says so.
///
/// Looks at request headers, cookies and data, `extra`, `user`, the data of breadcrumbs and spans, and frame variables;
/// not at contexts, tags and texts. What scopes hold is filtered before it is stored.
/// Source: [Data scrubbing](https://docs.sentry.io/platforms/python/data-management/sensitive-data/); the lists are those
/// of the Python SDK.
public struct EventScrubber: Sendable {
    /// Names of members, in any case.
    public var denyList: [String]
    /// More of them, used unless ``Options/sendDefaultPII``.
    public var piiDenyList: [String]
    /// Whether objects inside of the members are looked at, too.
    public var recursive: Bool

    /// A scrubber with these lists.
    public init(
        denyList: [String] = EventScrubber.defaultDenyList, piiDenyList: [String] = EventScrubber.defaultPIIDenyList,
        recursive: Bool = false
    ) {
        self.denyList = denyList
        self.piiDenyList = piiDenyList
        self.recursive = recursive
    }

    /// Names of secrets.
    public static let defaultDenyList = KeyFilter.secretNames
    /// Names of what tells who a person is.
    public static let defaultPIIDenyList = KeyFilter.personalNames

    /// - Parameter personal: ``Options/sendDefaultPII``.
    func filter(personal: Bool) -> KeyFilter {
        KeyFilter(names: denyList + (personal ? [] : piiDenyList), recursive: recursive)
    }
}
