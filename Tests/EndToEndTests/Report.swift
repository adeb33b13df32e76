// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol

/// What the tests ask of a crash report.
struct Report: Sendable {
    let event: Event

    init(event: Event) {
        self.event = event
    }

    /// - Parameter line: an event's JSON.
    init(line: String) throws {
        event = Event(fields: try JSONValue(parsing: line.utf8).objectValue ?? [:])
    }

    /// `Swift runtime failure: Index out of range`
    var reason: String {
        event.exceptions.map { "\($0.type ?? ""): \($0.value ?? "")" }.joined(separator: "; ")
    }

    /// Of the crashed thread, the innermost last.
    var frames: [Frame] { event.exceptions.last?.stacktrace?.frames ?? [] }

    /// The function of the newest frame that is the service's own.
    var culprit: String? { frames.last { $0.inApp == true }?.function }

    /// What the handler had to leave out of the report.
    var lostStages: [String] {
        event.contexts["faultline"]?.objectValue?["lost_stages"]?.arrayValue?.compactMap(\.stringValue) ?? []
    }

    var breadcrumbs: [String] { event.breadcrumbs.compactMap { $0.objectValue?["message"]?.stringValue } }

    /// `SIGSEGV`
    var signal: String? {
        event.exceptions.last?.mechanism?.meta["signal"]?.objectValue?["name"]?.stringValue
    }

    var signalNumber: Int32? {
        event.exceptions.last?.mechanism?.meta["signal"]?.objectValue?["number"]?.integerValue.map(Int32.init)
    }

    /// Whether a frame of the crashed stack is in that function and at that line.
    func names(_ function: String, at place: SourceLine) -> Bool {
        frames.contains { frame in
            let file = frame.filename ?? frame.absPath ?? ""
            return frame.function?.contains(function) == true && frame.lineno == place.number
                && file.split(separator: "/").last.map(String.init) == place.file
        }
    }

    /// For messages of failed tests.
    var stack: String {
        frames.map { "\($0.function ?? "?") \($0.filename ?? "?"):\($0.lineno ?? 0)" }.joined(separator: "\n")
    }
}
#endif
