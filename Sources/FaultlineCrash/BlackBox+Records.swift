// SPDX-License-Identifier: Apache-2.0

internal import CFaultlineCrash
package import FaultlineProtocol

extension BlackBox {
    /// Key and value are cut to 200 characters, as the server would. nil removes.
    package static func setTag(_ scope: ScopeHandle, _ key: String, _ value: String?) {
        guard let value else {
            remove(scope, FL_RECORD_TAG, key)
            return
        }
        guard fl_box_open() else { return }
        withBytes(of: key) { key in
            withBytes(of: value) { text in
                _ = fl_scope_set_tag(scope, key.baseAddress, key.count, text.baseAddress, text.count)
            }
        }
    }

    /// Replaces the whole context. nil removes.
    package static func setContext(_ scope: ScopeHandle, _ key: String, _ value: Fields?) {
        setKeyed(scope, FL_RECORD_CONTEXT, key, value.map { .object($0) }, isMarked: false)
    }

    /// nil removes. What the filter names is filtered.
    package static func setExtra(_ scope: ScopeHandle, _ key: String, _ value: JSONValue?) {
        let filter = KeyFilter.current
        guard let value, !filter.contains(key) else {
            setKeyed(scope, FL_RECORD_EXTRA, key, value.map { _ in KeyFilter.filtered }, isMarked: true)
            return
        }
        var isMarked = !value.fits(height: 3)
        setKeyed(scope, FL_RECORD_EXTRA, key, filter.filtered(value, &isMarked), isMarked: isMarked)
    }

    /// nil removes. What the filter names is filtered; the address of a person is left out.
    package static func setUser(_ scope: ScopeHandle, _ user: User?) {
        guard let user else {
            setSingle(scope, FL_RECORD_USER, nil)
            return
        }
        var isMarked = false
        setSingle(scope, FL_RECORD_USER, KeyFilter.current.filtered(user: user.json, &isMarked), isMarked: isMarked)
    }

    package static func setLevel(_ scope: ScopeHandle, _ level: Level?) {
        setSingle(scope, FL_RECORD_LEVEL, level.map { .string($0.rawValue) })
    }

    package static func setTransaction(_ scope: ScopeHandle, _ name: String?) {
        setSingle(scope, FL_RECORD_TRANSACTION, name.map { .string($0) })
    }

    /// - Parameter isMarked: something in it was filtered.
    package static func setRequest(_ scope: ScopeHandle, _ request: Request?, isMarked: Bool) {
        setSingle(scope, FL_RECORD_REQUEST, request.map { .object($0.fields) }, isMarked: isMarked)
    }

    package static func setFingerprint(_ scope: ScopeHandle, _ fingerprint: [String]?) {
        setSingle(scope, FL_RECORD_FINGERPRINT, fingerprint.map { .array($0.map { .string($0) }) })
    }

    // MARK: - Records

    static let keyLimit = 200

    static func setKeyed(
        _ scope: ScopeHandle, _ kind: fl_record_kind, _ key: String, limit: Int = keyLimit, _ value: JSONValue?,
        isMarked: Bool
    ) {
        guard let value else {
            remove(scope, kind, key, limit: limit)
            return
        }
        guard fl_box_open() else { return }
        var buffer = fl_thread_buffer()
        put(key, limit: limit, into: &buffer)
        let keyLength = buffer.at - buffer.start
        fl_as_put(&buffer, ":", 1)
        put(value, into: &buffer)
        append(scope, kind, buffer, keyLength: keyLength, isMarked: isMarked)
    }

    static func setSingle(
        _ scope: ScopeHandle, _ kind: fl_record_kind, _ value: JSONValue?, isMarked: Bool = false
    ) {
        guard fl_box_open() else { return }
        guard let value else {
            _ = fl_scope_append(scope, kind, removed, nil, 0, 0)
            return
        }
        var buffer = fl_thread_buffer()
        put(value, into: &buffer)
        append(scope, kind, buffer, keyLength: 0, isMarked: isMarked)
    }

    private static func remove(
        _ scope: ScopeHandle, _ kind: fl_record_kind, _ key: String, limit: Int = keyLimit
    ) {
        guard fl_box_open() else { return }
        var buffer = fl_thread_buffer()
        put(key, limit: limit, into: &buffer)
        let length = buffer.at - buffer.start
        _ = fl_scope_append(scope, kind, removed, buffer.start, length, length)
    }

    static func append(
        _ scope: ScopeHandle, _ kind: fl_record_kind, _ buffer: fl_as_buffer, keyLength: Int, isMarked: Bool
    ) {
        // A record that is too large for the buffer is too large for the box: told with a length that it refuses.
        let length = buffer.full ? Int(FL_RECORD_MAX) + 1 : buffer.at - buffer.start
        let flags = isMarked ? UInt8(FL_RECORD_MARKED.rawValue) : 0
        _ = fl_scope_append(scope, kind, flags, buffer.start, length, keyLength)
    }

    private static let removed = UInt8(FL_RECORD_REMOVED.rawValue)

    @inline(__always)
    static func put(_ text: String, limit: Int, into buffer: inout fl_as_buffer) {
        withBytes(of: text) { fl_as_put_string(&buffer, $0.baseAddress, $0.count, limit) }
    }

    /// Every native string has its bytes in one place. `withUTF8` would need a copy of it, and a retain with that.
    @inline(__always)
    private static func withBytes(of text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        if text.utf8.withContiguousStorageIfAvailable(body) == nil {
            var copy = text
            copy.withUTF8(body)
        }
    }

    /// What lies deeper than `depth` levels is left out.
    static func put(_ value: JSONValue, depth: Int = JSONValue.scopeDepth, into buffer: inout fl_as_buffer) {
        switch value {
        case .string(let text): put(text, limit: Int(FL_RECORD_MAX), into: &buffer)
        case .integer(let number): fl_as_put_integer(&buffer, number)
        case .bool(let flag): fl_as_put_literal(&buffer, flag ? "true" : "false")
        case .null, .number:
            value.serialized().withUnsafeBytes { fl_as_put(&buffer, $0.baseAddress, $0.count) }
        case .array where depth == 0, .object where depth == 0: put("…", limit: Int(FL_RECORD_MAX), into: &buffer)
        case .array(let elements):
            fl_as_put(&buffer, "[", 1)
            for (index, element) in elements.enumerated() {
                if index > 0 { fl_as_put(&buffer, ",", 1) }
                put(element, depth: depth - 1, into: &buffer)
            }
            fl_as_put(&buffer, "]", 1)
        case .object(let fields):
            fl_as_put(&buffer, "{", 1)
            for index in fields.indices {
                if index > 0 { fl_as_put(&buffer, ",", 1) }
                put(fields[index].key, limit: Int(FL_RECORD_MAX), into: &buffer)
                fl_as_put(&buffer, ":", 1)
                put(fields[index].value, depth: depth - 1, into: &buffer)
            }
            fl_as_put(&buffer, "}", 1)
        }
    }
}
