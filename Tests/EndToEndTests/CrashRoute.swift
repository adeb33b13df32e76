// SPDX-License-Identifier: Apache-2.0
#if Tools
import Glibc
import Testing

/// A route of the example that kills it, and what its report must say.
struct CrashRoute: Sendable, CustomTestStringConvertible {
    let name: String
    let signal: Int32
    /// Part of type and value of the exception.
    let reason: String
    /// Functions of the crashed stack, each with the text of the line it was at.
    let places: [(function: String, line: String, path: String)]
    let order: String
    let customer: String

    var testDescription: String { name }

    func sourceLines() throws -> [(function: String, place: SourceLine)] {
        try places.map { ($0.function, try SourceLine(of: $0.line, in: "Examples/" + $0.path)) }
    }

    #if arch(x86_64)
    static let trap = SIGILL
    #else
    static let trap = SIGTRAP
    #endif
    private static let shop = "HummingbirdService/Shop.swift"
    private static let routes = "HummingbirdService/CrashRoutes.swift"

    static let all = [
        CrashRoute(
            name: "index", signal: trap, reason: "Index out of range",
            places: [
                ("price(ofLine:", "order.lines[index].cents", shop),
                // It awaits: in debug builds it has no frame of its own on the stack.
                ("total(of:", "sum += await shop.price", shop),
                ("index(_:_:)", "await Checkout(shop: shop).total", routes),
            ], order: "1001", customer: "ada"),
        CrashRoute(
            name: "nil", signal: trap, reason: "Unexpectedly found nil",
            places: [("address(of:", "addresses[order.customer]!", shop)], order: "1002", customer: "bo"),
        CrashRoute(
            name: "fatal", signal: trap, reason: "Fatal error: order 1001 came in while the shop was closed",
            places: [("accept(", "fatalError(", shop)], order: "1001", customer: "ada"),
        CrashRoute(
            name: "pointer", signal: SIGSEGV, reason: "at 0x10",
            places: [
                ("faults_write_to", "address = 42", "CFaults/faults.c"),
                ("printReceipt(", "faults_write_to(", routes),
            ], order: "1001", customer: "ada"),
        CrashRoute(
            name: "recursion", signal: SIGSEGV, reason: "Stack overflow",
            places: [("path(of:", "return path(of: parent)", shop)], order: "1002", customer: "bo"),
        CrashRoute(
            name: "doublefree", signal: SIGABRT, reason: "double free",
            places: [
                ("faults_free_twice", "free(block); /* again */", "CFaults/faults.c"),
                ("discardDraft(", "faults_free_twice(", routes),
            ], order: "1001", customer: "ada"),
    ]
}
#endif
