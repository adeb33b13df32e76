// SPDX-License-Identifier: Apache-2.0

/// An object of the protocol: typed access to the members we know, and every other member kept as it came.
///
/// So an event that another SDK, another version or a hook wrote passes through unharmed.
public protocol WireObject: Sendable, Hashable {
    /// All members, in order.
    var fields: Fields { get set }
    /// Takes any members; none is checked before it is read.
    init(fields: Fields)
}

extension WireObject {
    /// As JSON text.
    public func serialized() -> [UInt8] {
        JSONValue.object(fields).serialized()
    }

    func string(_ key: String) -> String? { fields[key]?.stringValue }
    func bool(_ key: String) -> Bool? { fields[key]?.boolValue }
    func integer(_ key: String) -> Int? { fields[key]?.integerValue.flatMap { Int(exactly: $0) } }

    mutating func set(_ key: String, _ value: String?) { fields[key] = value.map { .string($0) } }
    mutating func set(_ key: String, _ value: Bool?) { fields[key] = value.map { .bool($0) } }
    mutating func set(_ key: String, _ value: Int?) { fields[key] = value.map { .integer(Int64($0)) } }

    /// An address: `"0x1f"` on the wire, any case; some SDKs write a number.
    func address(_ key: String) -> UInt64? {
        switch fields[key] {
        case .string(let text):
            text.hasPrefix("0x") || text.hasPrefix("0X") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
        case .integer(let value): UInt64(exactly: value)
        default: nil
        }
    }

    mutating func setAddress(_ key: String, _ value: UInt64?) {
        fields[key] = value.map { .string("0x" + String($0, radix: 16)) }
    }

    /// A list, either bare or as `{"values": […]}`; what is no object in it is left out.
    func list<Element: WireObject>(_ key: String) -> [Element] {
        let values = fields[key]?.objectValue?["values"]?.arrayValue ?? fields[key]?.arrayValue ?? []
        return values.compactMap(\.objectValue).map { Element(fields: $0) }
    }

    /// Written as `{"values": […]}`; an empty list removes the member.
    mutating func setList(_ key: String, _ elements: [some WireObject]) {
        fields[key] = elements.isEmpty ? nil : ["values": .array(elements.map { .object($0.fields) })]
    }

    func object<Value: WireObject>(_ key: String) -> Value? {
        fields[key]?.objectValue.map { Value(fields: $0) }
    }

    mutating func setObject(_ key: String, _ value: (some WireObject)?) {
        fields[key] = value.map { .object($0.fields) }
    }

    /// Members of an object; empty when there are none. Setting none removes the member.
    func members(_ key: String) -> Fields { fields[key]?.objectValue ?? [:] }

    mutating func setMembers(_ key: String, _ members: Fields) {
        fields[key] = members.isEmpty ? nil : .object(members)
    }

    func strings(_ key: String) -> [String]? {
        fields[key]?.arrayValue?.compactMap(\.stringValue)
    }

    mutating func setStrings(_ key: String, _ values: [String]?) {
        fields[key] = values.map { .array($0.map { .string($0) }) }
    }
}
