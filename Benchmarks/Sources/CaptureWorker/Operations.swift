// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Faultline

/// Each line of standard input is `OPERATION CALLS BATCHES THREADS`; answered by the nanoseconds of one call, times 100,
/// in each batch of each thread, after a look whether everything that was called for is there.
func operations(directory: String, hooked: Bool) throws {
    let transport = GatedTransport()
    var options = Options()
    options.cacheDirectory = directory
    options.serviceName = "worker"
    options.release = "worker@1"
    options.transportQueueSize = 1000
    if hooked { options.beforeSend = { event, _ in event } }
    FaultlineSDK.start(options, transport: transport)
    while let line = readLine() {
        let words = line.split(separator: " ")
        guard words.count == 4, let operation = Operation(rawValue: String(words[0])), let calls = Int(words[1]),
            let batches = Int(words[2]), let threads = Int(words[3])
        else { throw Failure("no operation: \(line)") }
        let run = Run(operation: operation, calls: calls, batches: batches, threads: threads, gate: transport)
        run.measure()
        transport.openGate()
        flush()
        let taken = transport.take()
        guard run.accepted == (operation.captures ? calls * batches * threads : 0),
            taken.count == run.accepted + threads
        else {
            throw Failure("\(operation): \(run.accepted) of \(calls * batches * threads), \(taken.count) arrived")
        }
        try operation.check(taken.last, calls: calls * batches)
        if operation == .captureException { try checkStack(of: taken.lastException) }
        answer(run.nanoseconds.map { String(Int($0 * 100)) }.joined(separator: " "))
    }
}

func flush() {
    let done = DispatchSemaphore(value: 0)
    Task.detached {
        await FaultlineSDK.flush(timeout: .seconds(300))
        done.signal()
    }
    done.wait()
}

/// What was timed must be as deep as the bench says: an optimizer that makes a loop of the recursion leaves one frame.
private func checkStack(of envelope: Envelope?) throws {
    let event = try envelope?.items.first.map { try JSONValue(parsing: $0.payload) }?.objectValue ?? [:]
    let error = event["exception"]?.objectValue?["values"]?.arrayValue?.last?.objectValue
    let frames = error?["stacktrace"]?.objectValue?["frames"]?.arrayValue ?? []
    // Names were found behind the capture; what they say of inlined functions is no frame of the stack.
    let count = frames.count { $0.objectValue?["vars"]?.objectValue?["inlined"] == nil }
    guard count >= Workload.stackDepth else {
        throw Failure("captureException: a stack of \(count) frames, not \(Workload.stackDepth)")
    }
}

extension Operation {
    /// - Parameter last: of one thread, captured behind its last call in the same scope.
    func check(_ last: Envelope?, calls: Int) throws {
        guard let item = last?.items.first, case .object(let event) = try JSONValue(parsing: item.payload) else {
            throw Failure("\(self): no event arrived")
        }
        let tags = event["tags"]?.objectValue ?? [:]
        let crumbs = event["breadcrumbs"]?.objectValue?["values"]?.arrayValue ?? []
        let newest = crumbs.last?.objectValue?["data"]?.objectValue
        switch self {
        case .setTag:
            guard tags.count == 10,
                tags[Workload.keys[(calls - 1) % 10]]?.stringValue == Workload.values[(calls - 1) % 7]
            else { throw Failure("setTag: \(tags)") }
        case .addBreadcrumb, .captureMessage, .captureException:
            guard crumbs.count == 100, newest?["status_code"] == 200, newest?.count == 3 else {
                throw Failure("\(self): \(crumbs.count) breadcrumbs, the newest: \(String(describing: newest))")
            }
        }
    }
}
