// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Names of members whose values are likely secrets: compared as a whole, in any case.
///
/// Scopes ask it before they store anything, events before they leave. Immutable; usable from any thread.
package final class KeyFilter: Sendable {
    private let names: Set<String>
    /// By the number of bytes (63: 63 or more), by the first byte's last five bits, in which letters of both cases agree:
    /// there is such a name. Most members are passed by this alone.
    private let starts: [UInt32]
    /// Whether the standard filter knows all of the names.
    private let isCommon: Bool
    /// Whether members of members are looked at, too.
    package let recursive: Bool

    /// - Parameter recursive: whether members of members are looked at, too.
    package init(names: some Sequence<String>, recursive: Bool) {
        self.names = Set(names.map { $0.lowercased() })
        var starts = [UInt32](repeating: 0, count: 64)
        for name in self.names {
            let first = name.utf8.first ?? 0
            // Beyond ASCII the cases of one letter may differ in all of their bytes.
            starts[min(name.utf8.count, 63)] |= first < 0x80 ? 1 << UInt32(first & 31) : .max
        }
        self.starts = starts
        self.recursive = recursive
        isCommon = !recursive && self.names.isSubset(of: Self.standardNames)
    }

    /// What stands in the place of a filtered value.
    package static let filtered: JSONValue = "[Filtered]"
    /// The same, serialised.
    package static let filteredJSON: StaticString = "\"[Filtered]\""

    /// - Complexity: O(1).
    package func contains(_ key: String) -> Bool {
        let start = starts[min(key.utf8.count, 63)], first = key.utf8.first ?? 0
        guard start != 0, first >= 0x80 || start & 1 << UInt32(first & 31) != 0 else { return false }
        return names.contains(key) || names.contains(key.lowercased())
    }

    /// The members with the values of filtered ones replaced.
    package func filtered(_ fields: Fields, _ changed: inout Bool) -> Fields {
        guard fields.contains(where: { contains($0.key) || (recursive && $0.value.isContainer) }) else { return fields }
        return Fields(
            fields.map { key, value in
                guard contains(key) else { return (key, filtered(value, &changed)) }
                changed = true
                return (key, Self.filtered)
            })
    }

    /// A member's value: where the filter is recursive, with what is filtered inside of it replaced.
    package func filtered(_ value: JSONValue, _ changed: inout Bool) -> JSONValue {
        guard recursive else { return value }
        switch value {
        case .object(let fields): return .object(filtered(fields, &changed))
        case .array(let values):
            var result: [JSONValue] = []
            for value in values { result.append(filtered(value, &changed)) }
            return .array(result)
        default: return value
        }
    }

    /// A user: filtered, and without the address where that is one of the names. Before ``use(_:)`` nobody has said yet
    /// whether it is: it stays, and counts as changed, so that each client looks again.
    package func filtered(user: JSONValue, _ changed: inout Bool) -> JSONValue {
        guard var fields = user.objectValue else { return user }
        let address = fields["ip_address"]
        if contains("ip_address") { fields["ip_address"] = nil }
        fields = filtered(fields, &changed)
        if let address, fields["ip_address"] == nil, !Self.isDecided.load(ordering: .acquiring) {
            fields["ip_address"] = address
            changed = true
        }
        return .object(fields)
    }

    // MARK: - The process's

    /// What scopes use. A filter that was in use is never freed: somebody may be reading it without a lock.
    package static var current: KeyFilter {
        guard let address = UnsafeRawPointer(bitPattern: inUse.load(ordering: .acquiring)) else { return standard }
        return Unmanaged<KeyFilter>.fromOpaque(address).takeUnretainedValue()
    }

    /// Replaces ``current``; an equal one changes nothing.
    /// - Returns: the one in use.
    @discardableResult
    package static func use(_ filter: KeyFilter) -> KeyFilter {
        isDecided.store(true, ordering: .releasing)
        let before = current
        guard before.names != filter.names || before.recursive != filter.recursive else { return before }
        inUse.store(UInt(bitPattern: Unmanaged.passRetained(filter).toOpaque()), ordering: .releasing)
        return filter
    }

    /// Whether what scopes hold is filtered by all of this one's names: as it was stored under ``current``, or before
    /// that one was in use.
    package var isAppliedToScopes: Bool {
        guard isCommon else { return false }
        let current = Self.current
        return current === self || current === Self.standard
    }

    private static let inUse = Atomic<UInt>(0)
    private static let isDecided = Atomic(false)
    private static let standard = KeyFilter(names: secretNames + personalNames, recursive: false)
    private static let standardNames = Set((secretNames + personalNames).map { $0.lowercased() })

    /// Of the Python SDK (getsentry/sentry-python, `sentry_sdk/scrubber.py`).
    package static let secretNames = [
        "password", "passwd", "secret", "api_key", "apikey", "auth", "credentials", "mysql_pwd", "privatekey",
        "private_key", "token", "session", "csrftoken", "sessionid", "x_csrftoken", "x_forwarded_for", "set_cookie",
        "cookie", "authorization", "proxy-authorization", "x_api_key", "aiohttp_session", "connect.sid", "csrf_token",
        "csrf", "_csrf", "_csrf_token", "PHPSESSID", "_session", "symfony", "user_session", "_xsrf", "XSRF-TOKEN",
    ]
    /// What tells who a person is; from the same place.
    package static let personalNames = ["x_forwarded_for", "x_real_ip", "ip_address", "remote_addr"]
}

extension JSONValue {
    fileprivate var isContainer: Bool {
        switch self {
        case .object, .array: true
        default: false
        }
    }
}
