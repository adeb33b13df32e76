// SPDX-License-Identifier: Apache-2.0

/// The members of a JSON object, in order.
///
/// Kept as pairs: an object of the protocol has few members, and a literal of three costs one allocation and no
/// hashing. Looking a member up is O(count). Keys are compared as `String`: composed and decomposed letters are equal.
public struct Fields: Sendable {
    /// Without labels, as a literal's: it is taken over as it is.
    @usableFromInline var pairs: [(String, JSONValue)]

    /// The pairs as given; a key that comes twice is looked up as its first.
    @inlinable
    public init(_ pairs: [(String, JSONValue)]) {
        self.pairs = pairs
    }

    /// Sorted by key, so that the same dictionary is always the same text.
    public init(_ dictionary: [String: JSONValue]) {
        pairs = dictionary.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The member's value; nil removes the member. A new member goes to the end.
    public subscript(key: String) -> JSONValue? {
        get { pairs.first { $0.0 == key }?.1 }
        set {
            guard let index = pairs.firstIndex(where: { $0.0 == key }) else {
                if let newValue { pairs.append((key, newValue)) }
                return
            }
            if let newValue { pairs[index].1 = newValue } else { pairs.remove(at: index) }
        }
    }

    /// These members, with those of `other` over them.
    public func merging(_ other: Fields) -> Fields {
        var merged = self
        for (key, value) in other { merged[key] = value }
        return merged
    }
}

extension Fields: ExpressibleByDictionaryLiteral {
    /// In the order written.
    @inlinable
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements)
    }
}

extension Fields: RandomAccessCollection {
    /// The first member's place.
    @inlinable public var startIndex: Int { pairs.startIndex }
    /// Behind the last member.
    @inlinable public var endIndex: Int { pairs.endIndex }
    /// The member at a place.
    @inlinable public subscript(position: Int) -> (key: String, value: JSONValue) { pairs[position] }
}

extension Fields: Hashable {
    /// The same members in the same order.
    public static func == (left: Fields, right: Fields) -> Bool {
        left.pairs.elementsEqual(right.pairs) { $0 == $1 }
    }

    /// Of keys and values, in order.
    public func hash(into hasher: inout Hasher) {
        for (key, value) in pairs {
            hasher.combine(key)
            hasher.combine(value)
        }
    }
}
