// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import FaultlineCore

struct ErrorFilterTests {
    /// `@unchecked`, as its heir below: a class that is not final, without any state.
    private class Base: Error, @unchecked Sendable {}
    /// `@unchecked`: inherited, and no state.
    private final class Derived: Base, @unchecked Sendable {}
    private struct Other: Error {}
    private enum Wrapped: Error {
        case by(any Error)
    }
    private protocol Expected: Error {}
    private struct Refusal: Expected {
        var isExpected = true
    }

    private func ignores(_ rules: [IgnoredError], _ error: any Error) -> Bool {
        let filter = ErrorFilter(rules)
        let first = filter.isIgnored(error)
        #expect(filter.isIgnored(error) == first, "the second time")
        return first
    }

    @Test func `a type's rule holds for its subclasses and for a protocol's types`() {
        #expect(ignores([.type(Base.self)], Derived()))
        #expect(ignores([.type(Base.self)], Base()))
        #expect(!ignores([.type(Derived.self)], Base()))
        #expect(!ignores([.type(Base.self)], Other()))
        #expect(ignores([.type((any Expected).self)], Refusal()))
    }

    @Test(arguments: [
        ("ErrorFilterTests.Other", true), ("FaultlineCoreTests.ErrorFilterTests.Other", true), ("Othe", false),
        ("Other2", false), ("other", false), ("FaultlineCoreTests", false),
    ])
    func `a name is that of the type, with or without its module, and never a part`(name: String, isIgnored: Bool) {
        #expect(ignores([.named(name)], Other()) == isIgnored)
    }

    @Test func `a text literal is a name`() {
        #expect(ignores(["ErrorFilterTests.Other"], Other()))
        #expect(ignores(["shop.stock"], NSError(domain: "shop.stock", code: 1)))
        #expect(!ignores(["shop.stock"], NSError(domain: "shop.cart", code: 1)))
    }

    @Test func `a predicate sees each error`() {
        let rule = IgnoredError.where { ($0 as? Refusal)?.isExpected == true }
        let filter = ErrorFilter([rule])
        #expect(filter.isIgnored(Refusal()))
        #expect(!filter.isIgnored(Refusal(isExpected: false)))
        #expect(filter.isIgnored(Refusal()))
    }

    @Test func `cancellation is not reported by default, and all else is without rules`() {
        #expect(ignores(IgnoredError.standard, CancellationError()))
        #expect(!ignores(IgnoredError.standard, Other()))
        #expect(!ignores([], CancellationError()))
    }

    @Test func `POSIX errors of a client that went away are disconnects, others are not`() {
        #expect(ignores([.clientDisconnects], POSIXError(.ECONNRESET)))
        #expect(ignores([.clientDisconnects], POSIXError(.EPIPE)))
        #expect(!ignores([.clientDisconnects], POSIXError(.ENOENT)))
        #expect(ignores([.clientDisconnects], NSError(domain: NSPOSIXErrorDomain, code: Int(ENOTCONN))))
        #expect(!ignores([.clientDisconnects], NSError(domain: "shop", code: Int(ENOTCONN))))
    }

    @Test func `a disconnect that another error wraps is one`() {
        #expect(ignores([.clientDisconnects], Wrapped.by(POSIXError(.EPIPE))))
        #expect(!ignores([.clientDisconnects], Wrapped.by(POSIXError(.ENOENT))))
    }

    private struct Abort: Error {
        var status: Int
    }
    private struct Answered: Error {
        struct Status: CustomStringConvertible {
            let code: UInt
            var description: String { "\(code) Something" }
        }
        var httpStatus: Status
    }

    @Test func `an HTTP error below 500 blames the client`() {
        let filter = ErrorFilter([.clientErrors])
        #expect(filter.isIgnored(Abort(status: 404)))
        #expect(!filter.isIgnored(Abort(status: 500)))
        #expect(filter.isIgnored(Abort(status: 422)))
        #expect(filter.isIgnored(Answered(httpStatus: .init(code: 401))))
        #expect(!filter.isIgnored(Answered(httpStatus: .init(code: 503))))
    }

    @Test func `more types than are remembered are judged all the same`() {
        struct Many<A, B>: Error {}
        let filter = ErrorFilter(["ErrorFilterTests.Other"])
        #expect(!filter.isIgnored(Many<Int, String>()))
        #expect(filter.isIgnored(Other()))
    }
}

struct ErrorIdentityTests {
    private final class Object: Error, Sendable {}
    private struct Value: Error {}

    @Test func `an object is the same as itself and as no other`() throws {
        let object = Object()
        let identity = ErrorIdentity(object)
        #expect(identity.isSame(as: object).isSame)
        #expect(!identity.isSame(as: Object()).isSame)
        #expect(!identity.isSame(as: Value()).isSame)
    }

    private func fail() throws { throw Value() }

    @Test func `a value is the same as it is caught and thrown on, and equal ones are others`() {
        do {
            do {
                try fail()
            } catch {
                let identity = ErrorIdentity(error)
                #expect(identity.isSame(as: error).isSame)
                #expect(throws: Value.self) { try fail() }
                do { try fail() } catch { #expect(!identity.isSame(as: error).isSame) }
                do { throw error } catch { #expect(identity.isSame(as: error).isSame) }
            }
        }
    }

    @Test func `a value that is gone is no other's, wherever that one lies`() {
        var identities: [ErrorIdentity] = []
        for _ in 0..<100 {
            do { try fail() } catch {
                #expect(!identities.contains { $0.isSame(as: error).isSame })
                identities.append(ErrorIdentity(error))
            }
        }
    }

    @Test func `the memory keeps no error alive, and what comes to lie there is another`() throws {
        var object: Object? = Object()
        weak let watched = object
        let identity = ErrorIdentity(try #require(object))
        object = nil
        #expect(watched == nil)
        #expect(!identity.isSame(as: Object()).isSame)
    }
}
