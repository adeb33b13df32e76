// SPDX-License-Identifier: Apache-2.0

internal import CFaultlineCrash
package import FaultlineProtocol

extension BlackBox {
    /// Appends to the scope's ring. A breadcrumb whose data does not fit a record is kept without its data.
    package static func addBreadcrumb(_ scope: ScopeHandle, _ breadcrumb: Breadcrumb) {
        guard fl_box_open() else { return }
        var buffer = fl_thread_buffer()
        var flags = serialise(breadcrumb, data: breadcrumb.data, into: &buffer)
        if buffer.full {
            buffer = fl_thread_buffer()
            flags = serialise(breadcrumb, data: ["faultline": "data left out: too large"], into: &buffer)
        }
        guard !buffer.full else { return }
        _ = fl_scope_append(scope, FL_RECORD_BREADCRUMB, flags, buffer.start, buffer.at - buffer.start, 0)
    }

    /// Bytes of UTF-8 in one text of a breadcrumb.
    private static let textLimit = 2000

    /// - Returns: flags of the record.
    private static func serialise(
        _ breadcrumb: Breadcrumb, data: Fields, into buffer: inout fl_as_buffer
    ) -> UInt8 {
        var isMarked = data.count > JSONValue.databagBreadth
        put("{\"timestamp\":", &buffer)
        if let time = breadcrumb.timestamp {
            fl_as_put_epoch(&buffer, time.seconds, time.nanoseconds)
        } else {
            fl_put_now(&buffer)
        }
        if let type = breadcrumb.type { putMember(",\"type\":", type, &buffer) }
        if let category = breadcrumb.category { putMember(",\"category\":", category, &buffer) }
        if let level = breadcrumb.level { putMember(",\"level\":", level.rawValue, &buffer) }
        if let message = breadcrumb.message { putMember(",\"message\":", message, &buffer) }
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
                } else if case .string(let text) = value {
                    put(text, limit: textLimit, into: &buffer)
                } else {
                    put(filter.filtered(value, &isMarked), into: &buffer)
                    // Of five levels, the breadcrumb and its data are two.
                    if !value.fits(height: 2) { isMarked = true }
                }
                separator = ","
            }
            put("}", &buffer)
        }
        put("}", &buffer)
        return isMarked ? UInt8(FL_RECORD_MARKED.rawValue) : 0
    }

    @inline(__always)
    private static func put(_ text: StaticString, _ buffer: inout fl_as_buffer) {
        fl_as_put(&buffer, text.utf8Start, text.utf8CodeUnitCount)
    }

    private static func putMember(_ name: StaticString, _ text: String, _ buffer: inout fl_as_buffer) {
        put(name, &buffer)
        put(text, limit: textLimit, into: &buffer)
    }
}
