// SPDX-License-Identifier: Apache-2.0
#if Tools
import Faultline
import Hummingbird

/// The routes that report something and live on.
struct ReportRoutes: Sendable {
    static let list = """
        /error               an error with its causes; answered with 500
        /message             a message with a context and a file
        /nightly             a run of a scheduled job, and its log
        """

    private let shop = Shop()

    func add(to router: Router<BasicRequestContext>) {
        router.get("/error", use: error)
        router.get("/message", use: message)
        router.get("/nightly", use: nightly)
    }

    /// Nothing is reported here: the middleware sees what is thrown.
    private func error(_ request: Request, _ context: BasicRequestContext) async throws -> String {
        let order = try shop.take("1001")
        return "charged \(try await Checkout(shop: shop).charge(order)) cents\n"
    }

    private func message(_ request: Request, _ context: BasicRequestContext) async throws -> String {
        FaultlineSDK.setTag("warehouse", "vienna")
        FaultlineSDK.captureMessage("cups are running out", level: .warning) { scope in
            scope.setContext("stock", ["article": "cup", "left": 2])
            scope.addAttachment(Attachment(.bytes(Array("article,left\ncup,2\n".utf8)), filename: "stock.csv"))
        }
        return "reordered\n"
    }

    private func nightly(_ request: Request, _ context: BasicRequestContext) async -> String {
        await FaultlineSDK.withMonitor(slug: "nightly", config: MonitorConfig(schedule: .crontab("0 3 * * *"))) {
            for order in shop.orders.values {
                let total = await Checkout(shop: shop).total(of: order, upToLine: order.lines.count - 1)
                FaultlineSDK.logger.info("added up \(order.id)", attributes: ["cents": .integer(Int64(total))])
            }
        }
        return "added up \(shop.orders.count) orders\n"
    }
}
#endif
