// SPDX-License-Identifier: Apache-2.0

/// Tells whether an error is the one that was captured last.
///
/// An object is itself. A value is the same where it is passed on as it was caught: `any Error` is one reference to a counted
/// box (https://github.com/swiftlang/swift/blob/main/stdlib/public/runtime/ErrorObject.h), which each `throw` makes anew, and
/// a rethrow does not. Two equal failures are two boxes, so both are sent; and so are two for one failure where its code
/// takes the value out of its box (`catch let error as OrderError`, typed throws). The memory holds object or box weakly, so
/// that it keeps nothing alive, and another one at the same place is another.
/// `@unchecked`: the object is only compared, never used.
struct ErrorIdentity: @unchecked Sendable {
    private weak var object: AnyObject?

    init(_ error: any Error) {
        object = Self.reference(to: error)
    }

    /// - Returns: whether it is, and what keeps the remembered one alive: to be let go where no lock is held, for its end may
    ///   be the service's own code.
    func isSame(as error: any Error) -> (isSame: Bool, held: AnyObject?) {
        guard let object else { return (false, nil) }
        return (object === Self.reference(to: error), object)
    }

    /// The object that an error is; nil for values.
    static func object(of error: any Error) -> ObjectIdentifier? {
        type(of: error) is AnyClass ? ObjectIdentifier(error as AnyObject) : nil
    }

    private static func reference(to error: any Error) -> AnyObject? {
        if type(of: error) is AnyClass { return error as AnyObject }
        guard MemoryLayout<any Error>.size == MemoryLayout<AnyObject>.size else { return nil }
        // `as` keeps the box from being opened (SE-0352).
        return unsafeBitCast(error as any Error, to: AnyObject.self)
    }
}
