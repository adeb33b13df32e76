// SPDX-License-Identifier: Apache-2.0

internal import CFaultlineCrash
package import FaultlineProtocol

extension BlackBox {
    /// Appends to the scope's ring. A breadcrumb whose data does not fit a record is kept without its data.
    package static func addBreadcrumb(_ scope: ScopeHandle, _ breadcrumb: Breadcrumb) {
        addBreadcrumb(
            scope, message: breadcrumb.message, category: breadcrumb.category, level: breadcrumb.level,
            type: breadcrumb.type, data: breadcrumb.data, timestamp: breadcrumb.timestamp)
    }

    /// The same of its parts, which need not become one first.
    package static func addBreadcrumb(
        _ scope: ScopeHandle, message: String?, category: String?, level: Level?, type: String? = nil, data: Fields,
        timestamp: Timestamp? = nil
    ) {
        guard fl_box_open() else { return }
        var buffer = fl_thread_buffer()
        begin(timestamp, type, category, level, message, into: &buffer)
        var isMarked = end(data, into: &buffer)
        if buffer.full {
            buffer = fl_thread_buffer()
            begin(timestamp, type, category, level, message, into: &buffer)
            isMarked = end(["faultline": "data left out: too large"], into: &buffer)
        }
        guard !buffer.full else { return }
        let flags = isMarked ? UInt8(FL_RECORD_MARKED.rawValue) : 0
        _ = fl_scope_append(scope, FL_RECORD_BREADCRUMB, flags, buffer.start, buffer.at - buffer.start, 0)
    }

    /// Bytes of UTF-8 in one text of a breadcrumb.
    private static let textLimit = 2000

    @inline(__always)
    private static func begin(
        _ timestamp: Timestamp?, _ type: String?, _ category: String?, _ level: Level?, _ message: String?,
        into buffer: inout fl_as_buffer
    ) {
        put("{\"timestamp\":", &buffer)
        if let time = timestamp {
            fl_as_put_epoch(&buffer, time.seconds, time.nanoseconds)
        } else {
            fl_put_now(&buffer)
        }
        if let type { putMember(",\"type\":", type, &buffer) }
        if let category { putMember(",\"category\":", category, &buffer) }
        if let level { putMember(",\"level\":", level.rawValue, &buffer) }
        if let message { putMember(",\"message\":", message, &buffer) }
    }

    /// - Returns: whether something was filtered, or is to be trimmed.
    @inline(__always)
    private static func end(_ data: Fields, into buffer: inout fl_as_buffer) -> Bool {
        var isMarked = data.count > JSONValue.databagBreadth
        if !data.isEmpty {
            let filter = KeyFilter.current
            var separator: StaticString = ",\"data\":{"
            for (key, value) in data {
                put(separator, &buffer)
                put(key, limit: textLimit, into: &buffer)
                put(":", &buffer)
                if filter.contains(key) {
                    put(KeyFilter.filteredJSON, &buffer)
                    isMarked = true
                } else {
                    switch value {
                    case .string(let text): put(text, limit: textLimit, into: &buffer)
                    case .null, .bool, .integer, .number: put(value, into: &buffer)
                    case .array, .object:
                        put(filter.filtered(value, &isMarked), into: &buffer)
                        // Of five levels, the breadcrumb and its data are two.
                        if !value.fits(height: 2) { isMarked = true }
                    }
                }
                separator = ","
            }
            put("}", &buffer)
        }
        put("}", &buffer)
        return isMarked
    }

    @inline(__always)
    static func put(_ text: StaticString, _ buffer: inout fl_as_buffer) {
        // As fl_as_put, but of a length that the compiler knows.
        guard !buffer.full, let at = buffer.at, let end = buffer.end, end - at >= text.utf8CodeUnitCount else {
            buffer.full = true
            return
        }
        at.update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        buffer.at = at + text.utf8CodeUnitCount
    }

    @inline(__always)
    static func putMember(_ name: StaticString, _ text: String, _ buffer: inout fl_as_buffer) {
        put(name, &buffer)
        put(text, limit: textLimit, into: &buffer)
    }
}
