// SPDX-License-Identifier: Apache-2.0
#if Tools
/// A shop with a few mistakes in its data: what the routes talk about.
struct Shop: Sendable {
    struct Order: Sendable {
        let id: String
        let customer: String
        let lines: [Line]
    }

    struct Line: Sendable {
        let article: String
        let cents: Int
    }

    let orders = [
        "1001": Order(
            id: "1001", customer: "ada",
            lines: [Line(article: "kettle", cents: 4990), Line(article: "cup", cents: 890)]
        ),
        "1002": Order(id: "1002", customer: "bo", lines: [Line(article: "spade", cents: 2450)]),
    ]

    let addresses = ["ada": "12 St James's Square"]

    /// The category above each; "garden" and "tools" are each other's.
    let parents = ["cups": "kitchen", "tools": "garden", "garden": "tools"]
    let closed = true
    let bank = Bank(line: "43-1")

    /// The price of one line. Does not look at the order's number of lines: `/crash/index`.
    func price(ofLine index: Int, in order: Order) async -> Int {
        await Task.yield()
        return order.lines[index].cents
    }

    /// Where the order goes to. Believes that everybody has an address: `/crash/nil`.
    func address(of order: Order) async -> String {
        await Task.yield()
        return addresses[order.customer]!
    }

    /// `kitchen/cups`. Believes that no category is above itself: `/crash/recursion`.
    func path(of category: String) -> String {
        guard let parent = parents[category] else { return category }
        return path(of: parent) + "/" + category
    }

    /// Takes an order. Believes that nobody asks while the shop is closed: `/crash/fatal`.
    func accept(_ order: Order) -> String {
        if closed { fatalError("order \(order.id) came in while the shop was closed") }
        return "accepted \(order.id)"
    }
}

/// The middle of the stack: an async function between the handler and the mistake.
struct Checkout: Sendable {
    let shop: Shop

    func total(of order: Shop.Order, upToLine last: Int) async -> Int {
        var sum = 0
        for index in 0...last {
            sum += await shop.price(ofLine: index, in: order)
        }
        return sum
    }

    /// Nobody is at home at the bank: `/error`.
    func charge(_ order: Shop.Order) async throws -> Int {
        let cents = await total(of: order, upToLine: order.lines.count - 1)
        do {
            try await shop.bank.debit(cents)
        } catch {
            throw PaymentError(order: order.id, underlying: error)
        }
        return cents
    }

    func label(for order: Shop.Order) async -> String {
        "\(order.customer), \(await shop.address(of: order))"
    }
}

/// Where payments go.
struct Bank: Sendable {
    let line: String

    func debit(_ cents: Int) async throws {
        throw BankError.noAnswer(line: line, cause: .timeout(seconds: 3))
    }
}

enum BankError: Error {
    enum Cause: Error {
        case timeout(seconds: Int)
    }

    case noAnswer(line: String, cause: Cause)
}

struct PaymentError: Error {
    let order: String
    let underlying: any Error
}
#endif
