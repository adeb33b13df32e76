// SPDX-License-Identifier: Apache-2.0

import CFaults
import FaultlineCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension Death {
    /// With much in the scope of the task that dies.
    static let scopes: [Death] = [
        Death("attached-file") {
            let path = arguments[1] + "/state.json"
            let file = fopen(path, "w")
            fputs("{\"orders\":17}", file)
            fclose(file)
            FaultlineSDK.addFeatureFlag("old-cart", false)
            FaultlineSDK.withIsolationScope { _ in
                FaultlineSDK.addAttachment(Attachment(path: path))
                FaultlineSDK.addAttachment(Attachment(path: arguments[1] + "/missing.txt"))
                // Of a crash, files alone can be read later.
                FaultlineSDK.addAttachment(Attachment(.bytes([1, 2, 3]), filename: "bytes"))
                FaultlineSDK.addFeatureFlag("new-cart", true)
                FaultlineSDK.logger.info("is lost")
                faults_write_to(16)
            }
        },
        Death("in-transaction") {
            let headers = [(name: "sentry-trace", value: variable("LAB_TRACE") ?? "")]
            await FaultlineSDK.withRequest(method: "GET", route: nil, url: "/orders/17", headers: headers) {
                FaultlineSDK.setTransactionName("GET /orders/{id}", source: .route)
                FaultlineSDK.withTransaction(name: "over", operation: "task") { _ in }
                await FaultlineSDK.withSpan(operation: "db.query") { _ in
                    await Task.yield()
                    faults_write_to(16)
                }
            }
        },
    ]
}
