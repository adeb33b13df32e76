// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import FaultlineCrash
internal import FaultlineProtocol

/// The events in a text, which is known by its content: a crash file, an envelope, an event, or a log.
struct ReportsInText {
    private(set) var events: [Event] = []
    /// What is lacking, in a sentence; nil: nothing is.
    private(set) var problem: String?

    /// nil: the text is none of these.
    init?(_ text: [UInt8]) {
        if text.starts(with: Event.crashFileMagic.utf8) {
            readCrashFile(text)
        } else if !readObject(text) && !readLog(text) {
            return nil
        }
    }

    private mutating func readCrashFile(_ text: [UInt8]) {
        if let event = Event(crashFile: text) {
            events = [event]
        } else {
            problem = "it is a crash file that is torn; the service's next start makes a report of what there is"
        }
    }

    // MARK: - Envelope and event

    private mutating func readObject(_ text: [UInt8]) -> Bool {
        guard text.first(where: { !Self.isBlank($0) }) == UInt8(ascii: "{") else { return false }
        var failure: EnvelopeError?
        do throws(EnvelopeError) {
            let envelope = try Envelope(parsing: text)
            if !envelope.items.isEmpty {
                events = envelope.events
                let types = Set(envelope.items.map(\.type)).sorted().joined(separator: ", ")
                if events.isEmpty { problem = "it is an envelope without an event, with \(types)" }
                return true
            }
        } catch {
            failure = error
        }
        if let fields = (try? JSONValue(parsing: text))?.objectValue {
            guard Self.memberOfEvents.contains(where: { fields[$0] != nil }) else { return false }
            events = [Event(fields: fields)]
            return true
        }
        // One line, which is an object, begins an envelope and nothing else that is read here; but a log may.
        guard let failure, !Self.isLog(text),
            let header = try? JSONValue(parsing: text.prefix { $0 != UInt8(ascii: "\n") }).objectValue,
            header["event_id"] != nil || header["dsn"] != nil
        else { return false }
        problem = "\(failure)"
        return true
    }

    /// Some object is an event when it has one of these.
    private static let memberOfEvents = ["exception", "threads", "debug_meta", "event_id", "message", "logentry"]

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0d ~= byte }

    // MARK: - Log

    private static func isLog(_ text: [UInt8]) -> Bool {
        String(decoding: text, as: UTF8.self).contains(Event.crashLineMark)
    }

    private mutating func readLog(_ text: [UInt8]) -> Bool {
        // By bytes: JSON may hold what Unicode calls a line's end. A carriage return before it is a blank of JSON.
        let lines = text.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
            .filter { $0.contains(Event.crashLineMark) }
        events = lines.compactMap { Event(crashLine: $0) }
        let torn = lines.count - events.count
        if torn > 0 {
            problem = "\(torn) of \(lines.count) reports are cut short; is the log split into lines of a fixed length?"
        }
        return !lines.isEmpty
    }
}
#endif
