// SPDX-License-Identifier: Apache-2.0
#if Tools
import CFaults
import Faultline
import Hummingbird

/// The routes that kill the service, each by a mistake in `Shop` or by one in C.
///
/// What decides about the death comes with the request (`order`, `line`, …), so that the optimiser cannot foresee it.
struct CrashRoutes: Sendable {
    static let list = """
        /crash/index         array index out of range, a few async functions deep
        /crash/nil           unexpected nil
        /crash/fatal         fatalError with a message
        /crash/pointer       bad pointer in C
        /crash/recursion     endless recursion
        /crash/doublefree    double free in C
        """

    private let shop = Shop()

    func add(to router: Router<BasicRequestContext>) {
        let crash = router.group("/crash")
        crash.get("index", use: index)
        crash.get("nil", use: missing)
        crash.get("fatal", use: fatal)
        crash.get("pointer", use: pointer)
        crash.get("recursion", use: recursion)
        crash.get("doublefree", use: doubleFree)
    }

    private func index(_ request: Request, _ context: BasicRequestContext) async throws -> String {
        let order = try shop.take(request.word("order", or: "1001"))
        let total = await Checkout(shop: shop).total(of: order, upToLine: request.number("line", or: 7))
        return "\(total) cents\n"
    }

    private func missing(_ request: Request, _ context: BasicRequestContext) async throws -> String {
        let order = try shop.take(request.word("order", or: "1002"))
        return await Checkout(shop: shop).label(for: order) + "\n"
    }

    private func fatal(_ request: Request, _ context: BasicRequestContext) async throws -> String {
        let order = try shop.take(request.word("order", or: "1001"))
        return shop.accept(order) + "\n"
    }

    private func pointer(_ request: Request, _ context: BasicRequestContext) async throws -> String {
        let order = try shop.take(request.word("order", or: "1001"))
        printReceipt(order, printer: UInt(request.number("address", or: 0x10)))
        return "printed\n"
    }

    private func recursion(_ request: Request, _ context: BasicRequestContext) async throws -> String {
        let order = try shop.take(request.word("order", or: "1002"))
        return shop.path(of: request.word("category", or: "tools")) + "/" + order.id + "\n"
    }

    private func doubleFree(_ request: Request, _ context: BasicRequestContext) async throws -> String {
        let order = try shop.take(request.word("order", or: "1001"))
        discardDraft(of: order, size: request.number("size", or: 64))
        return "discarded\n"
    }

    // Neither inlined nor ended by the call: the Swift function that calls into C is to be on the stack itself.
    @inline(never)
    private func printReceipt(_ order: Shop.Order, printer: UInt) {
        FaultlineSDK.addBreadcrumb(message: "printing the receipt of \(order.id)", category: "shop.printer")
        faults_write_to(printer)
        FaultlineSDK.addBreadcrumb(message: "printed the receipt of \(order.id)", category: "shop.printer")
    }

    @inline(never)
    private func discardDraft(of order: Shop.Order, size: Int) {
        FaultlineSDK.addBreadcrumb(message: "discarding the draft of \(order.id)", category: "shop.drafts")
        faults_free_twice(size)
        FaultlineSDK.addBreadcrumb(message: "discarded the draft of \(order.id)", category: "shop.drafts")
    }
}

extension Request {
    fileprivate func word(_ name: Substring, or standard: String) -> String {
        uri.queryParameters[name].map(String.init) ?? standard
    }

    fileprivate func number(_ name: Substring, or standard: Int) -> Int {
        uri.queryParameters[name].flatMap { Int($0) } ?? standard
    }
}
#endif
