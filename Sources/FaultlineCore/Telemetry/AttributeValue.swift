// SPDX-License-Identifier: Apache-2.0

public import FaultlineProtocol

/// What an attribute of a log or metric says, with its type on the wire.
///
/// Written as literals: `["retries": 2, "cached": true, "ratio": 0.5, "zones": ["a", "b"]]`.
/// Source: [Attributes](https://develop.sentry.dev/sdk/telemetry/attributes/).
public enum AttributeValue: Sendable, Hashable {
    /// Text.
    case string(String)
    /// `true` or `false`.
    case boolean(Bool)
    /// A whole number.
    case integer(Int64)
    /// Any number. What is not finite is sent as text: JSON has no such numbers.
    case double(Double)
    /// Values of one of the types above. What is of several types is sent as its JSON text.
    case array([AttributeValue])

    /// Any other value becomes its JSON text: null, an object, an array of several types or of such values.
    public init(_ json: JSONValue) {
        switch json {
        case .string(let text): self = .string(text)
        case .bool(let flag): self = .boolean(flag)
        case .integer(let number): self = .integer(number)
        case .number(let number): self = .double(number)
        case .array(let elements):
            let values = elements.map { AttributeValue($0) }
            let areScalars = elements.allSatisfy { $0.arrayValue == nil && $0.objectValue == nil && $0 != .null }
            self = areScalars ? .array(values) : .string(Self.text(json))
        case .null, .object: self = .string(Self.text(json))
        }
    }

    /// `{"value":…,"type":…}`, the form in which it is sent.
    public var json: JSONValue {
        let (value, type) = wire
        return ["value": value, "type": .string("\(type)")]
    }

    /// Appends ``json`` as text.
    func write(to text: inout [UInt8]) {
        let (value, type) = wire
        text.append(contentsOf: "{\"value\":".utf8)
        value.write(to: &text)
        text.append(contentsOf: ",\"type\":\"".utf8)
        text.append(contentsOf: UnsafeBufferPointer(start: type.utf8Start, count: type.utf8CodeUnitCount))
        text.append(contentsOf: "\"}".utf8)
    }

    private var wire: (JSONValue, StaticString) {
        switch self {
        case .string(let text): return (.string(text), "string")
        case .boolean(let flag): return (.bool(flag), "boolean")
        case .integer(let number): return (.integer(number), "integer")
        case .double(let number) where number.isFinite: return (.number(number), "double")
        case .double: return (.string(Self.text(plain)), "string")
        case .array(let elements):
            guard let first = elements.first else { return (plain, "array") }
            let isOfOneType = elements.allSatisfy { $0.scalarType != nil && $0.scalarType == first.scalarType }
            return isOfOneType ? (plain, "array") : (.string(Self.text(plain)), "string")
        }
    }

    /// As it reads in a sentence: text without quotes, all else as JSON.
    var text: String {
        if case .string(let text) = self { text } else { Self.text(plain) }
    }

    private enum ScalarType {
        case string, boolean, integer, double
    }

    /// nil for what no array may hold.
    private var scalarType: ScalarType? {
        switch self {
        case .string: .string
        case .boolean: .boolean
        case .integer: .integer
        case .double(let number): number.isFinite ? .double : nil
        case .array: nil
        }
    }

    /// The value alone.
    private var plain: JSONValue {
        switch self {
        case .string(let text): .string(text)
        case .boolean(let flag): .bool(flag)
        case .integer(let number): .integer(number)
        case .double(let number): .number(number)
        case .array(let elements): .array(elements.map(\.plain))
        }
    }

    /// What is text already, without its quotes.
    private static func text(_ json: JSONValue) -> String {
        if case .number(let number) = json, !number.isFinite { return "\(number)" }
        return String(decoding: json.serialized(), as: UTF8.self)
    }
}

extension AttributeValue: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringInterpolation, ExpressibleByArrayLiteral
{
    /// `true` or `false`.
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    /// A whole number.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// A number.
    public init(floatLiteral value: Double) { self = .double(value) }
    /// Text.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A list.
    public init(arrayLiteral elements: AttributeValue...) { self = .array(elements) }
}
