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

    /// - Parameter size: bytes of what will be pasted.
    init(id: EventID, size: Int) {
        self.id = id
        bytes.reserveCapacity(size + 1024)
        append(#"{"event_id":""#)
        id.write(to: &bytes)
        append(#"","timestamp":""#)
        Timestamp.now().write(to: &bytes)
        append(#"","platform":"native""#)
    }

    /// - Parameter name: a plain word, which needs no escaping.
    mutating func add(_ name: StaticString, _ value: JSONValue) {
        add(name) { value.write(to: &$0) }
    }

    /// - Parameter write: appends the value.
    mutating func add(_ name: StaticString, _ write: (inout [UInt8]) -> Void) {
        append(#",""#)
        append(name)
        append(#"":"#)
        write(&bytes)
    }

    /// Members, each preceded by a comma.
    mutating func paste(_ members: [UInt8]) {
        bytes.append(contentsOf: members)
    }

    /// What scopes say.
    mutating func paste(_ said: BlackBox.Text) {
        said.append(to: &bytes)
    }

    mutating func end() {
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Members of an object, each preceded by a comma.
    static func members(_ fields: Fields) -> [UInt8] {
        guard !fields.isEmpty else { return [] }
        return [UInt8(ascii: ",")] + JSONValue.object(fields).serialized().dropFirst().dropLast()
    }

    /// At most ``textLimit`` bytes.
    static func limited(_ text: String) -> String { text.cut(toBytes: textLimit) }
}
