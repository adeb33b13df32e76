// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
internal import FaultlineFiles
internal import Logging

/// What changes in the process after the start and matters to the crash handlers: libraries that come and go, handlers
/// that somebody puts in place of ours, and forked children that crash.
///
/// The sender looks when it is awake: captures wake it.
final class ProcessWatch: Sendable {
    private let reporter: CrashReporter
    /// nil: not in debug mode, nobody wants to know.
    private let debugLogger: Logger?
    private let told = Lock(Set<String>())
    private let uploading = Lock(Uploading())

    private struct Uploading {
        var upload: CrashUpload?
        var isUnderWay = false
        /// After an upload that left a child's report where it was: the disk is full, or the like.
        var notBefore: ContinuousClock.Instant?
        /// When crashed children were looked for.
        var lookedAt: ContinuousClock.Instant?
        /// Somebody would have, since then, but it was too soon.
        var isSkipped = false
    }

    /// Between two looks at least so often; no event tells that a child has crashed.
    private static let interval = Duration.seconds(60)
    /// At least so long between two looks for them, which read a directory.
    private static let shortest = Duration.seconds(1)

    init(_ reporter: CrashReporter, debugLogger: Logger?) {
        self.reporter = reporter
        self.debugLogger = debugLogger
    }

    /// - Parameter upload: is started when a child has crashed; nil: no more.
    func bring(_ upload: CrashUpload?) {
        uploading.withLock { $0.upload = upload }
    }

    /// - Parameter isUrgent: somebody waits for what is found.
    func look(isUrgent: Bool) {
        reporter.refreshImages()
        lookForChildren(isUrgent)
        guard let debugLogger else { return }
        for (signal, whose) in reporter.replacedHandlers {
            guard told.withLock({ $0.insert("\(signal) \(whose)").inserted }) else { continue }
            debugLogger.warning("\(Self.warning(signal, whose))")
        }
    }

    /// How long until the next look at the latest.
    var pause: Duration {
        uploading.withLock { uploading in
            let pause = uploading.isSkipped ? Self.shortest : Self.interval
            return max((uploading.lookedAt ?? .now) + pause - .now, .zero)
        }
    }

    private func lookForChildren(_ isUrgent: Bool) {
        let isTime = uploading.withLock { uploading in
            let now = ContinuousClock.now
            uploading.isSkipped = !isUrgent && (uploading.lookedAt.map { now - $0 < Self.shortest } ?? false)
            if !uploading.isSkipped { uploading.lookedAt = now }
            return !uploading.isSkipped
        }
        if isTime, reporter.hasChildCrashes { uploadChildren() }
    }

    private func uploadChildren() {
        let upload = uploading.withLock { uploading -> CrashUpload? in
            if uploading.isUnderWay { return nil }
            if let notBefore = uploading.notBefore, notBefore > .now { return nil }
            uploading.isUnderWay = uploading.upload != nil
            return uploading.upload
        }
        upload?.start { [self] in
            let failed = reporter.hasChildCrashes
            uploading.withLock { uploading in
                uploading.isUnderWay = false
                uploading.notBefore = failed ? .now + Self.interval : nil
            }
        }
    }

    private static func warning(_ signal: String, _ whose: String) -> String {
        let place =
            switch whose {
            case "SIG_DFL": "was reset to the default action"
            case "SIG_IGN": "is ignored now"
            case "": "has another handler now"
            default: "has a handler of \(whose) now"
            }
        return """
            \(signal) \(place): crashes by it are reported only if that handler calls the one it replaced. \
            Start Faultline after whoever installs it
            """
    }
}
