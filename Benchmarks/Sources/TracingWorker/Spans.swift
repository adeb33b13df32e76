// SPDX-License-Identifier: Apache-2.0

import CCapture
import Dispatch
import Faultline

/// Each line of standard input is `OPERATION CALLS BATCHES`; answered by the nanoseconds of one call, times 100, in each
/// batch, after a look whether each batch's transaction has all of its spans.
func spans(directory: String, rate: Double) throws {
    let transport = Queue()
    var options = Options()
    options.cacheDirectory = directory
    options.serviceName = "worker"
    options.release = "worker@1"
    options.autoSessionTracking = false
    options.sendClientReports = false
    options.tracesSampleRate = rate
    FaultlineSDK.start(options, transport: transport)
    while let line = readLine() {
        let words = line.split(separator: " ")
        guard words.count == 3, let calls = Int(words[1]), let batches = Int(words[2]) else {
            throw Failure(text: "no operation: \(line)")
        }
        var times: [Double] = []
        for _ in 0..<batches {
            if words[0] == "request" {
                times.append(time(calls) { request() })
            } else {
                times.append(try within(words[0], calls))
            }
            flush()
            try check(transport.take(), calls: rate > 0 ? calls : nil)
        }
        answer(times.map { String(Int($0 * 100)) }.joined(separator: " "))
    }
}

@inline(__always)
private func time(_ calls: Int, _ body: () -> Void) -> Double {
    let began = capture_clock()
    for _ in 0..<calls { body() }
    return Double(capture_clock() - began) / Double(calls)
}

/// As a middleware would run one. While they are recorded, more than the queue takes would come at once.
private func request() {
    FaultlineSDK.withRequest(
        method: "GET", route: "/orders/{id}", url: "/orders/17",
        headers: [("host", "shop.example"), ("accept", "*/*"), ("user-agent", "bench"), ("accept-encoding", "gzip")],
        {})
}

/// Spans of one transaction.
private func within(_ operation: Substring, _ calls: Int) throws -> Double {
    let span = FaultlineSDK.startTransaction(name: "bench", operation: "task")
    defer { span.finish() }
    return try FaultlineSDK.withSpan(span) { _ in
        switch operation {
        case "start":
            time(calls) { FaultlineSDK.startSpan(operation: "db.query", name: "SELECT orders").finish() }
        case "within":
            time(calls) { FaultlineSDK.withSpan(operation: "db.query", name: "SELECT orders") { _ in } }
        default: throw Failure(text: "no operation: \(operation)")
        }
    }
}

/// - Parameter calls: nil: nothing is to be sent.
private func check(_ envelopes: [Envelope], calls: Int?) throws {
    let sent = try envelopes.flatMap(\.items).filter { $0.type == "transaction" }.map { item in
        try JSONValue(parsing: item.payload).objectValue?["spans"]?.arrayValue?.count
    }
    guard sent == (calls.map { [$0] } ?? []) else { throw Failure(text: "sent: \(sent)") }
}

private func flush() {
    let done = DispatchSemaphore(value: 0)
    Task.detached {
        await FaultlineSDK.flush(timeout: .seconds(60))
        done.signal()
    }
    done.wait()
}
