// SPDX-License-Identifier: Apache-2.0

import FaultlineCrash
import FaultlineProtocol
import Foundation
import Testing

@testable import FaultlineCore

struct CapturedErrorTests {
    private enum PaymentError: Error {
        case declined(reason: String, Int)
        case offline
        case network(any Error)
        case several(errors: [any Error])
    }

    private struct OrderError: Error, CustomStringConvertible {
        var underlyingError: (any Error)?
        var description: String { "no such order" }
    }

    private struct Plain: Error {
        var id = 7
    }

    private struct Box<Value>: Error {
        struct Failure: Error {}
    }

    /// `@unchecked`: changed before it is captured, by one task.
    private final class Chain: Error, @unchecked Sendable {
        var cause: (any Error)?
    }

    private func exceptions(_ error: any Error, stack: StackText? = nil) throws -> [ExceptionValue] {
        let values = CapturedError(error).json(stack: stack).objectValue?["values"]?.arrayValue
        return try #require(values).compactMap(\.objectValue).map { ExceptionValue(fields: $0) }
    }

    private func one(_ error: any Error) throws -> ExceptionValue {
        let all = try exceptions(error)
        #expect(all.count == 1)
        return try #require(all.last)
    }

    // MARK: - One error

    @Test func `an error is its type without addresses, its module, and a handled mechanism`() throws {
        let exception = try one(PaymentError.offline)
        #expect(exception.type == "CapturedErrorTests.PaymentError")
        #expect(exception.module == "FaultlineCoreTests")
        #expect(exception.value == "offline")
        #expect(exception.fields["mechanism"] == ["type": "generic", "handled": true])
    }

    @Test func `what an enum's case carries is not part of its value`() throws {
        let exception = try one(PaymentError.declined(reason: "no funds", 3))
        #expect(exception.value == "declined(reason:_:)")
        #expect(exception.mechanism?.data["description"]?.stringValue?.contains(#""no funds""#) == true)
    }

    @Test func `two cases of one enum are told apart`() throws {
        #expect(try one(PaymentError.offline).value == "offline")
        #expect(try one(PaymentError.declined(reason: "", 1)).value == "declined(reason:_:)")
        #expect(try one(PaymentError.offline).value == "offline")
    }

    @Test func `an error that describes itself has that as its value`() throws {
        #expect(try one(OrderError()).value == "no such order")
    }

    @Test func `a structure's value names its properties`() throws {
        #expect(try one(Plain()).value == "Plain(id:)")
    }

    @Test func `local and generic types have readable names`() throws {
        struct Local: Error {}
        let local = try #require(try one(Local()).type)
        #expect(local.hasSuffix("Local") && !local.contains("$"))
        #expect(try one(Box<Int>()).type == "CapturedErrorTests.Box<Int>")
        #expect(try one(Box<String>.Failure()).type == "CapturedErrorTests.Box<String>.Failure")
        #expect(try one(CancellationError()).fields["type"] == "CancellationError")
    }

    @Test func `a value has 8,192 bytes at most`() throws {
        struct Long: Error, CustomStringConvertible {
            var description: String { String(repeating: "ä", count: 10_000) }
        }
        let value = try #require(try one(Long()).value)
        #expect(value.utf8.count <= 8192)
        #expect(value.hasSuffix("..."))
    }

    // MARK: - Causes

    @Test func `a cause stands before the error that it caused, and knows it`() throws {
        let chain = try exceptions(OrderError(underlyingError: PaymentError.network(Plain())))
        #expect(chain.map(\.value) == ["Plain(id:)", "network(_:)", "no such order"])
        #expect(chain.map { $0.mechanism?.exceptionID } == [2, 1, 0])
        #expect(chain.map { $0.mechanism?.parentID } == [1, 0, nil])
        #expect(chain.map { $0.mechanism?.source } == ["network", "underlyingError", nil])
        #expect(chain.map { $0.mechanism?.type } == ["chained", "chained", "generic"])
    }

    @Test func `errors of equal right make their parent a group`() throws {
        let chain = try exceptions(PaymentError.several(errors: [Plain(id: 1), OrderError()]))
        #expect(chain.map { $0.mechanism?.source } == ["errors[1]", "errors[0]", nil])
        #expect(chain.last?.mechanism?.fields["is_exception_group"] == true)
        #expect(chain.last?.mechanism?.exceptionID == 0)
    }

    @Test func `a circle of causes ends`() throws {
        let first = Chain(), second = Chain()
        first.cause = second
        second.cause = first
        #expect(try exceptions(first).count == 2)
        first.cause = nil
    }

    @Test func `of a long chain the nearest causes are sent`() throws {
        var error = OrderError()
        for _ in 0..<100 { error = OrderError(underlyingError: error) }
        #expect(try exceptions(error).count == CapturedError.deepest + 1)
    }

    // MARK: - Errors of others

    @Test func `an NSError is its domain, with its code, text and underlying error`() throws {
        let inner = NSError(domain: NSPOSIXErrorDomain, code: 104)
        let error = NSError(
            domain: "shop.stock", code: 42,
            userInfo: [NSLocalizedDescriptionKey: "no stock", NSUnderlyingErrorKey: inner])
        let chain = try exceptions(error)
        #expect(chain.map(\.type) == [NSPOSIXErrorDomain, "shop.stock"])
        #expect(chain.map(\.value) == ["Code=104", "no stock"])
        #expect(chain.last?.mechanism?.meta["ns_error"] == ["domain": "shop.stock", "code": 42])
        #expect(chain.first?.mechanism?.meta["errno"] == ["number": 104])
        #expect(chain.first?.mechanism?.source == "NSUnderlyingError")
    }

    @Test func `an error of Foundation keeps its type and tells domain and code`() throws {
        let exception = try one(URLError(.timedOut))
        #expect(exception.type == "URLError")
        #expect(exception.value == "Code=-1001")
        #expect(exception.mechanism?.meta["ns_error"] == ["domain": "NSURLErrorDomain", "code": -1001])
    }

    @Test func `a decoding error says where, without the numbers of elements`() throws {
        struct Order: Decodable {
            struct Item: Decodable { let price: Int }
            let items: [Item]
        }
        let json = Data(#"{"items":[{"price":1},{"price":"x"}]}"#.utf8)
        let error = #expect(throws: DecodingError.self) { try JSONDecoder().decode(Order.self, from: json) }
        let exception = try one(try #require(error))
        #expect(exception.type == "DecodingError")
        #expect(exception.value == "typeMismatch: no Int at items[].price")
        #expect(exception.mechanism?.data["description"] != nil)
    }

    // MARK: - Stack

    @Test func `the captured error has the stack, and says that it is of the capture`() throws {
        let stack = StackText(LiveStack.capture())
        let chain = try exceptions(OrderError(underlyingError: Plain()), stack: stack)
        #expect(chain.first?.stacktrace == nil)
        #expect(chain.last?.stacktrace?.frames.isEmpty == false)
        #expect(chain.last?.mechanism?.data["stacktrace"] == "of the capture")
    }
}
