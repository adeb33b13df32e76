// SPDX-License-Identifier: Apache-2.0

import Faultline

/// What is measured. `sentry-python/worker.py` does the same.
enum Operation: String {
    case setTag, addBreadcrumb, captureMessage, captureException

    var captures: Bool { self == .captureMessage || self == .captureException }
}

enum Workload {
    static let keys = (0..<10).map { "key-\($0)" }
    static let values = (0..<10).map { "value-\($0)" }
    static let stackDepth = 30

    static func setTag(_ number: Int) {
        FaultlineSDK.setTag(keys[number % 10], values[number % 7])
    }

    static func addBreadcrumb(_ number: Int) {
        FaultlineSDK.addBreadcrumb(
            message: "GET /orders/17 was answered slowly", category: "http.client",
            data: ["method": "GET", "url": "https://shop.example.com/orders/17", "status_code": 200])
    }

    static func captureMessage() -> Bool {
        FaultlineSDK.captureMessage("the order 17 has no lines") != nil
    }

    struct OrderError: Error, CustomStringConvertible {
        let order: Int
        var description: String { "the order \(order) has no lines" }
    }

    /// Every call keeps its frame: what it does after the inner one is no sum, of which an optimizer would make a loop.
    @inline(never)
    static func atDepth(_ depth: Int, _ body: () -> Void) -> Int {
        if depth <= 1 { body() } else { return atDepth(depth - 1, body) &* 3 &+ depth }
        return 1
    }

    /// Of a scope in a request.
    static func fillScope() {
        for number in 0..<10 { setTag(number) }
        for number in 0..<100 { addBreadcrumb(number) }
    }
}
