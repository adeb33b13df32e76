// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

extension Event {
    /// Adds what stands behind the envelope in a crash file: the other threads, each a list of addresses, newest first
    /// (CHelpers/crash/handler/threads_report.c). What is not understood is left out.
    /// - Returns: whether it held threads.
    @discardableResult
    mutating func add(crashFilePart text: [UInt8]) -> Bool {
        guard let part = (try? JSONValue(parsing: text))?.objectValue else { return false }
        let images = CrashedImages(debugImages)
        let process = part["process"]?.integerValue
        let known = Set(threads.compactMap { $0.fields["id"]?.integerValue })
        var others: [ThreadValue] = []
        for fields in part["threads"]?.arrayValue?.compactMap(\.objectValue) ?? [] {
            guard let id = fields["id"]?.integerValue, !known.contains(id) else { continue }
            var thread = ThreadValue()
            thread.fields["id"] = .integer(id)
            thread.fields["name"] = fields["name"]
            thread.fields["main"] = .bool(id == process)
            thread.fields["crashed"] = false
            thread.fields["current"] = false
            thread.fields["state"] = .string(Self.state(of: fields))
            thread.stacktrace = Self.stacktrace(of: fields, images)
            others.append(thread)
        }
        threads += others
        noteLosses(of: part)
        return part["threads"]?.arrayValue != nil
    }

    private static func state(of thread: Fields) -> String {
        guard let signal = thread["signal"]?.stringValue else { return thread["state"]?.stringValue ?? "unknown" }
        let address = thread["address"]?.stringValue.map { " at \($0)" } ?? ""
        return "crashed too: \(signal)\(address)"
    }

    /// The handler keeps the newest 200 and the oldest 50 of a deep stack (`FL_FRAMES_NEWEST`).
    private static let newest = 200

    private static func stacktrace(of thread: Fields, _ images: CrashedImages) -> Stacktrace? {
        let addresses = (thread["addresses"]?.arrayValue ?? []).compactMap(\.stringValue)
        guard !addresses.isEmpty else { return nil }
        var frames = addresses.map { images.frame(at: $0) }
        let depth = thread["depth"]?.integerValue ?? 0
        if depth > Int64(frames.count), frames.count > newest {
            frames.insert(.gap(Int(clamping: depth) - frames.count), at: newest)
        }
        var stacktrace = Stacktrace()
        stacktrace.instructionAddressAdjustment = "all_but_first"
        stacktrace.frames = frames.reversed()
        return stacktrace
    }

    /// A report says what it lacks.
    private mutating func noteLosses(of part: Fields) {
        var losses: Fields = [:]
        if let lost = part["lost"]?.arrayValue, !lost.isEmpty { losses["lost_stages"] = .array(lost) }
        if let count = part["threads_left_out"]?.integerValue, count > 0 {
            losses["threads_left_out"] = .integer(count)
        }
        if !losses.isEmpty { tellFaultline(losses) }
    }
}

/// Finds the image of an address among those of a report.
private struct CrashedImages {
    private let images: [(range: Range<UInt64>, path: String?)]

    init(_ images: [DebugImage]) {
        self.images = images.compactMap { image in image.addresses.map { ($0, image.codeFile) } }
    }

    func frame(at text: String) -> Frame {
        var frame = Frame()
        frame.fields["instruction_addr"] = .string(text)
        guard let address = frame.instructionAddress, let image = images.first(where: { $0.range.contains(address) })
        else { return frame }
        frame.imageAddress = image.range.lowerBound
        frame.package = image.path
        return frame
    }
}
