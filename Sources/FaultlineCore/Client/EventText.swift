// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
internal import FaultlineProtocol

/// An event's JSON text, put together from parts that are serialised already: what was captured, the process's facts and
/// the scopes' members. No tree is built.
struct EventText {
    /// A text beyond it would be cut by the server, or make the event too large for it.
    static let textLimit = 8192

    let id: EventID
    private(set) var bytes: [UInt8] = []

    init(id: EventID) {
        self.id = id
        bytes.reserveCapacity(4096)
        append(#"{"event_id":""#)
        append(id.description)
        append(#"","timestamp":""#)
        append(Timestamp.now().description)
        append(#"","platform":"native""#)
    }

    /// - Parameter name: a plain word, which needs no escaping.
    mutating func add(_ name: StaticString, _ value: JSONValue) {
        add(name) { value.write(to: &$0) }
    }

    /// - Parameter write: appends the value.
    mutating func add(_ name: StaticString, _ write: (inout [UInt8]) -> Void) {
        append(#",""#)
        bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        append(#"":"#)
        write(&bytes)
    }

    /// Members, each preceded by a comma.
    mutating func paste(_ members: [UInt8]) {
        bytes.append(contentsOf: members)
    }

    mutating func end() {
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    /// Members of an object, each preceded by a comma.
    static func members(_ fields: Fields) -> [UInt8] {
        guard !fields.isEmpty else { return [] }
        return [UInt8(ascii: ",")] + JSONValue.object(fields).serialized().dropFirst().dropLast()
    }

    /// At most ``textLimit`` bytes.
    static func limited(_ text: String) -> String { text.cut(toBytes: textLimit) }
}
