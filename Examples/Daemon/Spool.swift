// SPDX-License-Identifier: Apache-2.0
import Faultline
import Foundation
import Logging
import ServiceLifecycle

/// Works off the files `new/*.order` one after the other: an invoice of each goes to `done/`. An order that fails goes to
/// `failed/`, and the daemon goes on.
struct Spool: Service {
    let directory: String
    private let logger = Logger(label: "spool")
    private let files = FileManager.default

    init(directory: String) { self.directory = directory }

    func run() async throws {
        for folder in ["new", "taken", "done", "failed"] {
            try files.createDirectory(atPath: path(folder), withIntermediateDirectories: true)
        }
        for job in try files.contentsOfDirectory(atPath: path("taken")) {
            logger.warning("the last run died of an order", metadata: ["job": "\(job)"])
            try? move(job, from: "taken", to: "failed")
        }
        logger.info("watching \(directory)")
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            for job in try files.contentsOfDirectory(atPath: path("new")).sorted() where job.hasSuffix(".order") {
                workOff(job)
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .milliseconds(100)) }
        }
    }

    /// In an isolation scope of its own: what an order sets is in its own reports, and in no other's. As a transaction:
    /// errors, and a crash, tell in which trace they happened.
    private func workOff(_ job: String) {
        FaultlineSDK.withIsolationScope { scope in
            scope.setTag("job", job)
            FaultlineSDK.withTransaction(name: "invoice", operation: "queue.process") { span in
                do {
                    // Taken first: one of which the daemon dies is not tried again.
                    try move(job, from: "new", to: "taken")
                    try makeInvoice(of: job)
                    try move(job, from: "taken", to: "done")
                } catch {
                    span.setStatus(.internalError)
                    logger.error("no invoice was made", error: error, metadata: ["job": "\(job)"])
                    try? move(job, from: "taken", to: "failed")
                }
            }
        }
    }

    private func makeInvoice(of job: String) throws {
        let order = try FaultlineSDK.withSpan(operation: "file.read", name: job) { _ in
            try Order(String(contentsOfFile: path("taken", job), encoding: .utf8))
        }
        logger.info("read the order", metadata: ["lines": "\(order.cents.count)"])
        let invoice = "\(order.total) cents, \(order.average) a line\n"
        try invoice.write(toFile: path("done", job + ".invoice"), atomically: true, encoding: .utf8)
    }

    /// In place of one of that name: rename(2), which never stops half-way.
    private func move(_ job: String, from: String, to folder: String) throws {
        guard rename(path(from, job), path(folder, job)) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
    }

    private func path(_ parts: String...) -> String {
        ([directory] + parts).joined(separator: "/")
    }
}
