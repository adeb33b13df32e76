// SPDX-License-Identifier: Apache-2.0

/// Errors that are not reported: see ``Options/ignoreErrors``.
///
/// ```swift
/// options.ignoreErrors += [.type(ValidationError.self), "Shop.CartError", .where { ($0 as? Refusal)?.isExpected == true }]
/// ```
/// A text is the same as ``named(_:)``.
public struct IgnoredError: Sendable, ExpressibleByStringLiteral {
    enum Rule: Sendable {
        /// Says by the dynamic type alone, but for errors of Foundation that are bridged.
        case type(@Sendable (any Error) -> Bool)
        case name(String)
        case cancellation
        case clientDisconnects
        case clientErrors
        case predicate(@Sendable (any Error) -> Bool)
    }

    let rule: Rule

    /// Errors of a type, of its subclasses, or of a protocol.
    public static func type<E>(_ type: E.Type) -> IgnoredError {
        IgnoredError(rule: .type { $0 is E })
    }

    /// Errors whose type has this name, as reports show it (`OrderError`, `Cart.Failure`), or with its module in front
    /// (`Shop.OrderError`). Neither a part of a name nor that of a superclass counts. Of an `NSError` its domain.
    public static func named(_ name: String) -> IgnoredError {
        IgnoredError(rule: .name(name))
    }

    /// As ``named(_:)``.
    public init(stringLiteral name: String) {
        self = .named(name)
    }

    /// Errors that `isIgnored` says yes to. It runs on the capturing thread, once for each capture that no other rule
    /// ignores.
    public static func `where`(_ isIgnored: @escaping @Sendable (any Error) -> Bool) -> IgnoredError {
        IgnoredError(rule: .predicate(isIgnored))
    }

    /// `CancellationError`.
    public static let cancellation = IgnoredError(rule: .cancellation)

    /// The other side is gone: those cases of SwiftNIO's `ChannelError` that say so (`alreadyClosed`, `eof`,
    /// `ioOnClosedChannel`, `inputClosed`, `outputClosed`), and `ECONNRESET`, `EPIPE` or `ENOTCONN` in its `IOError`, in
    /// `Errno` or `POSIXError`. Also as the cause of another error.
    public static let clientDisconnects = IgnoredError(rule: .clientDisconnects)

    /// HTTP errors that blame the client: a stored property `status`, `httpStatus`, `statusCode` or `responseStatus` is a
    /// status from 100 to 499, as in Hummingbird's `HTTPError` and Vapor's `Abort`. A computed property cannot be seen:
    /// use ``where(_:)``.
    public static let clientErrors = IgnoredError(rule: .clientErrors)

    /// What ``Options/ignoreErrors`` begins with: ``cancellation``, ``clientDisconnects`` and ``clientErrors``.
    public static let standard: [IgnoredError] = [.cancellation, .clientDisconnects, .clientErrors]

    private init(rule: Rule) {
        self.rule = rule
    }
}
