// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// Makes an event fit to leave: filters what the scrubber names, and cuts databags and texts to their limits; `_meta`
/// says where. The rules are those of getsentry/sentry-python (`serializer.py`, `scrubber.py`).
struct EventTrimmer: Sendable {
    let filter: KeyFilter
    /// Bytes of UTF-8 in one text; nil: no limit.
    var maxValueLength: Int?
    /// Whether the data of a request stays as it is, however large.
    var keepsRequestBodies = false

    func trimmed(_ event: Event) -> Event {
        var event = event
        var meta = EventMeta(of: event)
        EventMeta().write(to: &event)
        scrub(&event.fields, &meta)
        for (key, value) in event.fields { event.fields[key] = trimmed(value, [key], .outside, &meta) }
        meta.write(to: &event)
        return event
    }

    // MARK: - Scrubbing

    private func scrub(_ fields: inout Fields, _ meta: inout EventMeta) {
        for key in ["headers", "cookies", "data"] { scrub(&fields, ["request", key], &meta) }
        scrub(&fields, ["extra"], &meta)
        scrub(&fields, ["contexts", PropagationContext.key, "data"], &meta)
        if var user = fields["user"]?.objectValue {
            if filter.contains("ip_address") { user["ip_address"] = nil }
            fields["user"] = .object(user)
            scrub(&fields, ["user"], &meta)
        }
        scrubEach(&fields, ["breadcrumbs", "values"], member: ["data"], &meta)
        scrubEach(&fields, ["spans"], member: ["data"], &meta)
        for stacks in ["exception", "threads"] { scrubFrames(&fields, stacks, &meta) }
    }

    /// The object at `path`.
    private func scrub(_ fields: inout Fields, _ path: [String], _ meta: inout EventMeta) {
        var found: [[String]] = []
        fields = Self.changed(fields, path[...]) { value in filtered(value, path, &found) }
        for path in found { meta.note(EventMeta.filtered, at: path) }
    }

    /// A member of each element of the list at `path`.
    private func scrubEach(_ fields: inout Fields, _ path: [String], member: [String], _ meta: inout EventMeta) {
        var found: [[String]] = []
        fields = Self.changed(fields, path[...]) { value in
            guard let elements = value.arrayValue else { return value }
            return .array(
                elements.enumerated().map { number, element in
                    guard let fields = element.objectValue else { return element }
                    let place = path + ["\(number)"] + member
                    return .object(Self.changed(fields, member[...]) { filtered($0, place, &found) })
                })
        }
        for path in found { meta.note(EventMeta.filtered, at: path) }
    }

    private func scrubFrames(_ fields: inout Fields, _ stacks: String, _ meta: inout EventMeta) {
        let count = fields[stacks]?.objectValue?["values"]?.arrayValue?.count ?? 0
        for number in 0..<count {
            let path = [stacks, "values", "\(number)", "stacktrace", "frames"]
            scrubEach(&fields, path, member: ["vars"], &meta)
        }
    }

    private func filtered(_ value: JSONValue, _ path: [String], _ found: inout [[String]]) -> JSONValue {
        switch value {
        case .object(let fields):
            return .object(
                Fields(
                    fields.map { key, value in
                        // What a scope filtered before it was stored is noted, too.
                        if filter.contains(key) || value == KeyFilter.filtered {
                            found.append(path + [key])
                            return (key, KeyFilter.filtered)
                        }
                        return (key, filter.recursive ? filtered(value, path + [key], &found) : value)
                    }))
        case .array(let elements) where filter.recursive:
            return .array(
                elements.enumerated().map { number, element in filtered(element, path + ["\(number)"], &found) })
        default: return value
        }
    }

    /// The tree with the value at `path`, where there is one, changed; a number in it names an element.
    private static func changed(
        _ fields: Fields, _ path: ArraySlice<String>, _ change: (JSONValue) -> JSONValue
    ) -> Fields {
        guard let key = path.first, let value = fields[key] else { return fields }
        var fields = fields
        fields[key] = changed(value, path.dropFirst(), change)
        return fields
    }

    private static func changed(
        _ value: JSONValue, _ path: ArraySlice<String>, _ change: (JSONValue) -> JSONValue
    ) -> JSONValue {
        guard let key = path.first else { return change(value) }
        switch value {
        case .object(let fields): return .object(changed(fields, path, change))
        case .array(var elements):
            guard let number = Int(key), elements.indices.contains(number) else { return value }
            elements[number] = changed(elements[number], path.dropFirst(), change)
            return .array(elements)
        default: return value
        }
    }

    // MARK: - Trimming

    private enum Place {
        /// Of a part of the event with a form of its own.
        case outside
        /// In anybody's data, with so many levels left.
        case databag(depth: Int)
    }

    private func trimmed(_ value: JSONValue, _ path: [String], _ place: Place, _ meta: inout EventMeta) -> JSONValue {
        var depth: Int?
        switch place {
        case .databag(let left): depth = left
        case .outside where isDatabag(path): depth = JSONValue.databagDepth
        case .outside: if maxValueLength == nil, !Self.leadsToDatabag(path) { return value }
        }
        if let depth, depth <= 0 {
            meta.note(EventMeta.limited, at: path)
            return cut(value.pythonText, path, &meta)
        }
        let inside: Place = depth.map { .databag(depth: $0 - 1) } ?? .outside
        switch value {
        case .object(let fields):
            let kept = depth == nil ? fields[...] : fields.prefix(JSONValue.databagBreadth)
            if kept.count < fields.count { meta.note(["len": .integer(Int64(fields.count))], at: path) }
            return .object(Fields(kept.map { ($0.key, trimmed($0.value, path + [$0.key], inside, &meta)) }))
        case .array(let elements):
            let kept = depth == nil ? elements[...] : elements.prefix(JSONValue.databagBreadth)
            if kept.count < elements.count { meta.note(["len": .integer(Int64(elements.count))], at: path) }
            return .array(
                kept.enumerated().map { number, element in trimmed(element, path + ["\(number)"], inside, &meta) })
        case .string(let text):
            if path.count == 3, path[0] == "spans", path[2] == "description" { return value }
            return cut(text, path, &meta)
        case .number(let number) where !number.isFinite:
            return .string(number.isNaN ? "nan" : number < 0 ? "-inf" : "inf")
        default: return value
        }
    }

    private func isDatabag(_ path: [String]) -> Bool {
        switch path.first {
        case "extra": path.count == 1
        case "request": path.count == 2 && path[1] == "data" && !keepsRequestBodies
        case "breadcrumbs": path.count == 3 && path[1] == "values"
        default: false
        }
    }

    private static func leadsToDatabag(_ path: [String]) -> Bool {
        path == ["request"] || path == ["breadcrumbs"] || path == ["breadcrumbs", "values"]
    }

    private func cut(_ text: String, _ path: [String], _ meta: inout EventMeta) -> JSONValue {
        guard let maxValueLength, text.utf8.count > maxValueLength else { return .string(text) }
        let kept = Int64(max(0, maxValueLength - 3))
        meta.note(
            [
                "len": .integer(Int64(text.utf8.count)),
                "rem": [["!limit", "x", .integer(kept), .integer(Int64(maxValueLength))]],
            ], at: path)
        return .string(text.cut(toBytes: maxValueLength))
    }
}
