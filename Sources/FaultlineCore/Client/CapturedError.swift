// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
internal import FaultlineProtocol

/// A Swift error as `exception` of an event: its causes first, the innermost in front; last what was captured.
///
/// The captured error has the stack of the capture: an error of Swift does not keep where it was thrown.
/// Source: [Exception interface](https://develop.sentry.dev/sdk/data-model/event-payloads/exception/).
struct CapturedError {
    private struct Link {
        let reading: ErrorReading
        let parent: Int?
        let source: String
        var isGroup = false
    }

    /// By exception id: the captured error has 0, its causes follow.
    private var links: [Link] = []

    /// As the hint has it; nil: a capture by the service itself.
    private let given: Fields?

    /// Errors in all, and causes of causes.
    static let most = 20, deepest = 10

    /// The error, read while captures are left out: its own code (`description` …) may capture.
    static func read(_ error: any Error, _ mechanism: Mechanism?) -> CapturedError {
        guard ErrorKind.of(error).runsItsOwnCode else { return CapturedError(error, mechanism) }
        return Client.$isCapturing.withValue(true) { CapturedError(error, mechanism) }
    }

    init(_ error: any Error, _ mechanism: Mechanism? = nil) {
        given = mechanism?.fields
        var seen: Set<ObjectIdentifier> = []
        add(error, parent: nil, source: "", depth: 0, &seen)
    }

    private mutating func add(
        _ error: any Error, parent: Int?, source: String, depth: Int, _ seen: inout Set<ObjectIdentifier>
    ) {
        guard links.count < Self.most else { return }
        if let identity = ErrorIdentity.object(of: error), !seen.insert(identity).inserted { return }
        let kind = ErrorKind.of(error)
        let id = links.count
        links.append(Link(reading: ErrorReading(error, kind), parent: parent, source: source))
        guard kind.mayHaveCause, depth < Self.deepest else { return }
        for cause in ErrorCauses.of(error) {
            if cause.isOfGroup { links[id].isGroup = true }
            add(cause.error, parent: id, source: cause.source, depth: depth + 1, &seen)
        }
    }

    /// The value of an event's `exception`.
    /// - Parameter stack: of the capture; nil: none.
    func write(to text: inout [UInt8], stack: StackText?) {
        text.append(contentsOf: #"{"values":["#.utf8)
        for id in links.indices.reversed() {
            write(links[id], id, to: &text, stack: id == 0 ? stack : nil)
            text.append(contentsOf: id == 0 ? "]}".utf8 : ",".utf8)
        }
    }

    /// As a tree, for those who change it.
    func json(stack: StackText?) -> JSONValue {
        var text: [UInt8] = []
        write(to: &text, stack: stack)
        return (try? JSONValue(parsing: text)) ?? .null
    }

    private func write(_ link: Link, _ id: Int, to text: inout [UInt8], stack: StackText?) {
        let reading = link.reading
        if reading.type == reading.kind.type {
            text.append(contentsOf: reading.kind.beginning)
        } else {
            text.append(contentsOf: #"{"type":"#.utf8)
            JSONValue.string(reading.type).write(to: &text)
        }
        text.append(contentsOf: #","value":"#.utf8)
        JSONValue.string(EventText.limited(reading.value)).write(to: &text)
        text.append(contentsOf: #","mechanism":"#.utf8)
        if given == nil && links.count == 1 && reading.meta.isEmpty && reading.data.isEmpty {
            // As nearly always: what `mechanism` would say.
            text.append(
                contentsOf: stack == nil
                    ? #"{"type":"generic","handled":true}"#.utf8
                    : #"{"type":"generic","handled":true,"data":{"stacktrace":"of the capture"}}"#.utf8)
        } else {
            JSONValue.object(mechanism(link, id, hasStack: stack != nil)).write(to: &text)
        }
        if let stack {
            text.append(contentsOf: #","stacktrace":"#.utf8)
            stack.writeStacktrace(to: &text)
        }
        text.append(UInt8(ascii: "}"))
    }

    /// A capture by the service itself is `generic`, a cause `chained`
    /// (https://develop.sentry.dev/sdk/data-model/event-payloads/exception/#exception-mechanism).
    private func mechanism(_ link: Link, _ id: Int, hasStack: Bool) -> Fields {
        var mechanism = (id == 0 ? given : nil) ?? [:]
        mechanism["type"] = mechanism["type"] ?? (id == 0 ? "generic" : "chained")
        mechanism["handled"] = given?["handled"] ?? true
        if links.count > 1 { mechanism["exception_id"] = .integer(Int64(id)) }
        if let parent = link.parent {
            mechanism["parent_id"] = .integer(Int64(parent))
            mechanism["source"] = .string(link.source)
        }
        if link.isGroup { mechanism["is_exception_group"] = true }
        var data = (mechanism["data"]?.objectValue ?? [:]).merging(link.reading.data)
        // Not where it was thrown: nobody knows that.
        if hasStack { data["stacktrace"] = "of the capture" }
        if !data.isEmpty { mechanism["data"] = .object(data) }
        let meta = (mechanism["meta"]?.objectValue ?? [:]).merging(link.reading.meta)
        if !meta.isEmpty { mechanism["meta"] = .object(meta) }
        return mechanism
    }
}
