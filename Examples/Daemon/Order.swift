// SPDX-License-Identifier: Apache-2.0

/// Lines such as `cup 890`: an article, and its price in cents.
struct Order {
    let cents: [Int]

    init(_ text: String) throws {
        cents = try text.split(separator: "\n").map { line in
            guard let price = line.split(separator: " ").last.flatMap({ Int($0) }) else {
                throw OrderError.noPrice(line: String(line))
            }
            return price
        }
    }

    var total: Int { cents.reduce(0, +) }

    /// Believes that nobody orders nothing: a mistake, of which the daemon dies.
    var average: Int {
        if cents.isEmpty { fatalError("an order without lines") }
        return total / cents.count
    }
}

enum OrderError: Error {
    case noPrice(line: String)
}
