// SPDX-License-Identifier: Apache-2.0

import CFaults
import FaultlineCore
import FaultlineCrash
import Logging

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

func start(
    in directory: String, release: String, previousFirst: Bool = false, transport: (any Transport)? = nil
) {
    var options = Options()
    options.dsn = "http://0123456789abcdef0123456789abcdef@127.0.0.1:9/1"
    options.serviceName = "crashlab"
    options.cacheDirectory = directory
    options.release = release
    options.serverName = "laboratory"
    options.previousHandlers = previousFirst ? .first : .afterReport
    options.debug = variable("LAB_DEBUG") != nil
    options.persistScope = variable("LAB_MEMORY") == nil
    options.autoSessionTracking = variable("LAB_SESSION") != nil
    options.tracesSampleRate = variable("LAB_RATE").flatMap { Double($0) }
    if variable("LAB_HOOK") != nil {
        options.beforeSend = { event, _ in
            var event = event
            event.tags["hook"] = "saw it"
            return event
        }
    }
    if variable("LAB_ANYONE") != nil { options.crashUpload = .anyone }
    options.crashLineOnStandardError = variable("LAB_LINE") != nil
    if variable("LAB_DEBUG") != nil { options.logger.logLevel = .debug }
    if transport != nil { options.logger = Logger(label: "faultline") { _ in PrintedLog() } }
    if variable("LAB_KIND") ?? arguments[2] == "in-before-breadcrumb" {
        options.beforeBreadcrumb = { breadcrumb, _ in
            if breadcrumb.category == "burner" { faults_write_to(16) }
            return breadcrumb
        }
    }
    FaultlineSDK.start(options, transport: transport)
}

/// Prints what would be sent: the event of each envelope, one line each; of an attachment its name and size. It is out
/// before the envelope counts as accepted, as a server has it before it answers.
struct PrintingTransport: Transport {
    func send(_ request: EnvelopeRequest) async -> TransportResult {
        guard let envelope = try? Envelope(parsing: request.body) else { return .rejected(status: 400, reason: "torn") }
        for item in envelope.items where item.type == "event" {
            print(String(decoding: item.payload, as: UTF8.self))
        }
        for item in envelope.items where item.type == "transaction" {
            print("transaction: \(String(decoding: item.payload, as: UTF8.self))")
        }
        for item in envelope.items where item.type == "session" {
            let event = envelope.items.first?.type == "event" ? "an event" : "nothing"
            print("session with \(event): \(String(decoding: item.payload, as: UTF8.self))")
        }
        for item in envelope.items where item.type == "attachment" {
            print("attachment \(item.header["filename"]?.stringValue ?? "?"), \(item.payload.count) bytes")
        }
        fflush(nil)
        return .accepted
    }
}

/// Prints the events that another program than the service may send.
func supervise(_ directory: String) {
    var options = CrashOptions(serviceName: "crashlab")
    options.cacheDirectory = directory
    options.handlers = false
    let reporter = CrashReporter.start(options).reporter
    let recovery = Recovery(reporter, isService: false) { print("notice \($0)") }
    _ = recovery?.recover { crash in
        print(String(decoding: crash.event.serialized(), as: UTF8.self))
        return crash.envelope { _ in nil }
    } adopt: { file, _ in
        unlink(file)
    }
    reporter.stop()
}

/// As another release, so that a report that takes this process's facts for the dead one's is seen.
func recover(from directory: String) async {
    start(in: directory, release: "crashlab@2", transport: PrintingTransport())
    _ = await FaultlineSDK.flush(timeout: .seconds(60))
    await FaultlineSDK.close(timeout: .seconds(10))
}
