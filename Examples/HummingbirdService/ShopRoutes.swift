// SPDX-License-Identifier: Apache-2.0
#if Tools
import Faultline
import Hummingbird

/// The routes that work.
struct ShopRoutes: Sendable {
    private let shop = Shop()
    private let parking = Parking()

    func add(to router: Router<BasicRequestContext>) {
        router.get("/") { _, _ in
            """
            /hello
            /orders/{id}         1001 or 1002
            /slow?name=a         held until /release, at most 30 s
            /waiting             how many are held
            /release
            /forward?path=/hello asks the service at UPSTREAM
            \(ReportRoutes.list)
            \(CrashRoutes.list)

            """
        }
        router.get("/hello") { _, _ in "hello\n" }
        router.get("/orders/{id}", use: order)
        router.get("/slow", use: slow)
        router.get("/waiting") { _, _ in "\(await parking.count)\n" }
        router.get("/release") { _, _ in
            await parking.release()
            return "released\n"
        }
    }

    private func order(_ request: Request, _ context: BasicRequestContext) async throws -> String {
        let order = try shop.take(context.parameters.require("id"))
        let total = await Checkout(shop: shop).total(of: order, upToLine: order.lines.count - 1)
        FaultlineSDK.addBreadcrumb(message: "added up", category: "shop.total", data: ["cents": .integer(Int64(total))])
        return "\(order.id): \(total) cents\n"
    }

    private func slow(_ request: Request, _ context: BasicRequestContext) async throws -> String {
        let name = request.uri.queryParameters["name"].map(String.init) ?? "nameless"
        FaultlineSDK.setTag("slow", name)
        FaultlineSDK.addBreadcrumb(message: "parked \(name)", category: "shop.slow")
        await parking.park()
        FaultlineSDK.addBreadcrumb(message: "released \(name)", category: "shop.slow")
        return "\(name) was held\n"
    }
}

extension Shop {
    /// The order of that number; from here on the request's reports name it and its customer.
    func take(_ id: String) throws -> Order {
        FaultlineSDK.addBreadcrumb(message: "looking up order \(id)", category: "shop.orders")
        guard let order = orders[id] else { throw HTTPError(.notFound, message: "no order \(id)") }
        FaultlineSDK.setUser(User(id: order.customer))
        FaultlineSDK.setTag("order", order.id)
        FaultlineSDK.addBreadcrumb(
            message: "found order \(id)", category: "shop.orders", data: ["lines": .integer(Int64(order.lines.count))])
        return order
    }
}
#endif
