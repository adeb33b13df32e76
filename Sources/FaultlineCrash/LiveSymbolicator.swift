// SPDX-License-Identifier: Apache-2.0

internal import FaultlineFiles
package import FaultlineProtocol
package import FaultlineSymbols

/// Gives the frames of captured stacks their functions, files and lines before they are sent, where the images can still
/// be read: stacks of this process, and of envelopes that another run has left behind, by path and build id.
///
/// For the sending side: it reads files, the first time for milliseconds. What was found is remembered, by address and
/// by whole stack, so that a place that captures again costs microseconds. What cannot be found goes out as it is, and
/// the server may finish it. Any thread.
package final class LiveSymbolicator: Sendable {
    private let symbolicator: EventSymbolicator
    private let timeLimit: Duration
    private let stacks = Lock(Stacks())
    private let log: @Sendable (String) -> Void

    private struct Stacks {
        /// By a stack's text and its images': addresses mean nothing without them.
        var known: [[UInt8]: [UInt8]] = [:]
        var bytes = 0
        var told: Set<String> = []
    }

    /// Bytes of remembered stacks, both texts; past it all are forgotten.
    private static let mostBytes = 4 << 20
    private static let mostTold = 20

    /// - Parameters:
    ///   - options: `timeLimit` bounds the work for one event.
    ///   - log: takes sentences, each once: which image gave no names, and why.
    package init(options: SymbolicatorOptions, log: @escaping @Sendable (String) -> Void) {
        var options = options
        options.memo = RowMemo()
        timeLimit = options.timeLimit
        symbolicator = EventSymbolicator(options: options)
        self.log = log
    }

    /// As ``Recovery`` does it, with two seconds for an event. Mapped files are guarded by the crash handlers: without
    /// them, nothing should be read.
    /// - Parameters: as those of ``Recovery``.
    package convenience init(
        symbolsDirectory: String?, debugFileDirectories: [String] = [], inAppInclude: [String] = [],
        inAppExclude: [String] = [], includeSourceContext: Bool = true, log: @escaping @Sendable (String) -> Void
    ) {
        var options = SymbolicatorOptions(
            debugFileDirectories: debugFileDirectories, indexDirectory: symbolsDirectory, inAppInclude: inAppInclude,
            inAppExclude: inAppExclude, includeSourceContext: includeSourceContext)
        options.mappingGuard = .handler
        options.timeLimit = .seconds(2)
        self.init(options: options, log: log)
    }

    /// Whether an event in it has a captured stack.
    package static func isNeeded(for envelope: Envelope) -> Bool {
        envelope.items.contains { $0.type == "event" && !StackText.stacks(in: $0.payload).isEmpty }
    }

    /// The envelope with names, as far as there are any; the same when none of its events has a captured stack.
    package func prepare(_ envelope: Envelope) -> Envelope {
        var envelope = envelope
        for index in envelope.items.indices where envelope.items[index].type == "event" {
            if let payload = prepared(envelope.items[index].payload) { envelope.items[index].payload = payload }
        }
        return envelope
    }

    /// An event's text; nil: nothing in it changes.
    func prepared(_ event: [UInt8]) -> [UInt8]? {
        let found = StackText.stacks(in: event)
        guard !found.isEmpty, let images = StackText.debugMeta(in: event) else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(event.count * 4)
        var at = 0
        for range in found {
            guard let named = named(event[range], images: event[images]) else { continue }
            result += event[at..<range.lowerBound]
            result += named
            at = range.upperBound
        }
        guard at > 0 else { return nil }
        result += event[at...]
        // Without names a server takes it; it can find them itself.
        return result.count > EventFitting.limit ? nil : result
    }

    private func named(_ stack: ArraySlice<UInt8>, images: ArraySlice<UInt8>) -> [UInt8]? {
        let key = Array(stack) + images
        if let known = stacks.withLock({ $0.known[key] }) { return known }
        guard let stacktrace = try? JSONValue(parsing: Array(stack)).objectValue,
            let images = try? JSONValue(parsing: Array(images))
        else { return nil }
        let end = ContinuousClock.now + timeLimit
        let named = JSONValue.object(symbolicated(Stacktrace(fields: stacktrace), images).fields).serialized()
        // What was given up for want of time is looked up again.
        guard ContinuousClock.now < end else { return named }
        stacks.withLock { stacks in
            if stacks.bytes + key.count + named.count > Self.mostBytes { stacks = Stacks(told: stacks.told) }
            stacks.bytes += key.count + named.count
            stacks.known[key] = named
        }
        return named
    }

    private func symbolicated(_ stacktrace: Stacktrace, _ images: JSONValue) -> Stacktrace {
        var stacktrace = stacktrace
        var event = Event(fields: ["debug_meta": images])
        stacktrace.frames = stacktrace.frames.placed(in: event.debugImages)
        var exception = ExceptionValue()
        exception.stacktrace = stacktrace
        event.exceptions = [exception]
        for note in symbolicator.symbolicate(&event).notes { tell(note) }
        guard var named = event.exceptions.first?.stacktrace else { return stacktrace }
        named.frames = named.frames.withoutOwn()
        return named
    }

    private func tell(_ note: String) {
        let isNew = stacks.withLock { $0.told.count < Self.mostTold && $0.told.insert(note).inserted }
        if isNew { log(note) }
    }
}

extension [Frame] {
    /// With the images' addresses and paths, as frames of crash reports have them.
    fileprivate func placed(in images: [DebugImage]) -> [Frame] {
        let ranges = images.compactMap { image in image.addresses.map { (addresses: $0, image: image) } }
        return map { frame in
            guard let address = frame.instructionAddress,
                let image = ranges.first(where: { $0.addresses.contains(address) })?.image
            else { return frame }
            var frame = frame
            frame.imageAddress = image.imageAddress
            frame.package = image.codeFile
            return frame
        }
    }

    /// Without what of this package is on top: where a build without optimization has the capture's own functions, and
    /// those of the standard library between them.
    fileprivate func withoutOwn() -> [Frame] {
        var end = count
        for index in indices.reversed() {
            let frame = self[index]
            if Self.isOwn(frame) { end = index } else if frame.module != "Swift" { break }
        }
        return end > 0 ? Array(prefix(end)) : self
    }

    private static func isOwn(_ frame: Frame) -> Bool {
        switch frame.module {
        case "Faultline", "FaultlineCore", "FaultlineCrash": true
        default: frame.function?.hasPrefix("fl_live_") == true
        }
    }
}
