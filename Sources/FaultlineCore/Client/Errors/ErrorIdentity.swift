// SPDX-License-Identifier: Apache-2.0

/// Tells whether an error is the one that was captured last, for errors that are objects.
///
/// A value has no identity: two equal ones may be two failures, and are both sent. The memory holds the object weakly,
/// so that it keeps nothing alive, and another object at the same place is another.
/// `@unchecked`: the object is only compared, never used.
struct ErrorIdentity: @unchecked Sendable {
    private weak var object: AnyObject?

    /// - Parameter error: nil when it is a value; then it is like no other.
    init?(_ error: any Error) {
        guard Self.object(of: error) != nil else { return nil }
        object = error as AnyObject
    }

    func isSame(as error: any Error) -> Bool {
        guard let object, let other = Self.object(of: error) else { return false }
        return ObjectIdentifier(object) == other
    }

    /// The object that an error is; nil for values.
    static func object(of error: any Error) -> ObjectIdentifier? {
        type(of: error) is AnyClass ? ObjectIdentifier(error as AnyObject) : nil
    }
}
