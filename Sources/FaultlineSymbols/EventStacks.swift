// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// The stacks of an event, taken out to be worked on.
struct EventStacks {
    private var exceptions: [ExceptionValue]
    private var threads: [ThreadValue]
    /// By stack, those of exceptions first, and frame: the image that gave the frame its place; nil: the event did.
    private var origins: [[Int?]] = []

    init(_ event: Event) {
        exceptions = event.exceptions
        threads = event.threads
    }

    func store(in event: inout Event) {
        event.exceptions = exceptions
        event.threads = threads
    }

    private var stacktraces: [Stacktrace] { exceptions.compactMap(\.stacktrace) + threads.compactMap(\.stacktrace) }

    /// The addresses to look up, for each image.
    func addresses(in images: ImageRanges) -> [Set<UInt64>] {
        var wanted = [Set<UInt64>](repeating: [], count: images.all.count)
        for stacktrace in stacktraces {
            for place in stacktrace.places {
                guard let address = place.address, let image = images.index(of: address) else { continue }
                wanted[image].insert(address)
            }
        }
        return wanted
    }

    /// In release builds a failed check of the standard library prints nothing: the function at the trap has the reason
    /// for its name. Only what nobody wrote may lie within it.
    func crashReason(_ images: ImageRanges, _ found: [ResolvedImage?]) -> String? {
        for place in exceptions.last?.stacktrace?.places.reversed() ?? [] {
            guard let address = place.address, let image = images.index(of: address),
                let rows = found[image]?.rows[address], !rows.isEmpty
            else { return nil }
            for row in rows {
                let name = row.rawName.map { FunctionName($0) }
                if let reason = name?.runtimeFailure { return reason }
                guard name?.isMade == true || row.isInlined && row.isCompilerGenerated else { return nil }
            }
        }
        return nil
    }

    /// Puts a frame for each function in the place of a frame with an address.
    mutating func expand(_ images: ImageRanges, _ found: [ResolvedImage?], _ rules: InAppRules) {
        func name(_ address: UInt64) -> String? {
            images.index(of: address).flatMap { found[$0]?.rows[address]?.last?.rawName }
        }
        /// The frames in the place of one, and the image that gave them their places.
        func expanded(_ number: Int, of places: [(frame: Frame, address: UInt64?)]) -> ([Frame], origin: Int?) {
            var (frame, address) = places[number]
            guard let address, let index = images.index(of: address) else {
                return ([rules.applied(to: frame)], nil)
            }
            let image = images.all[index]
            guard let resolved = found[index], let rows = resolved.rows[address], !rows.isEmpty else {
                // A library's frame is nobody's own, whatever its name would be.
                if !image.isExecutable && frame.inApp == nil { frame.inApp = false }
                return ([frame], nil)
            }
            let callee = number + 1 < places.count ? places[number + 1].address.flatMap(name) : nil
            let frames = frame.expanded(
                rows, bias: image.bias, hasDebugInfo: resolved.hasDebugInfo, isExecutable: image.isExecutable,
                callee: callee, rules: rules)
            // Code that the compiler made keeps what the event says of it.
            return (frames, frame.absPath == nil ? index : nil)
        }
        func expand(_ stacktrace: inout Stacktrace?) {
            let places = stacktrace?.places ?? []
            let parts = places.indices.map { expanded($0, of: places) }
            stacktrace?.frames = parts.flatMap(\.0)
            origins.append(parts.flatMap { frames, origin in frames.map { _ in origin } })
        }
        for index in exceptions.indices { expand(&exceptions[index].stacktrace) }
        for index in threads.indices { expand(&threads[index].stacktrace) }
    }

    /// Where the sources of what was found can be read: after `expand`.
    mutating func addSourceContext(_ context: SourceContext) {
        // What was captured is the last exception; then its causes, then the other threads.
        var stacks = exceptions.reversed().map { $0.stacktrace?.frames ?? [] }
        stacks += threads.map { $0.stacktrace?.frames ?? [] }
        let before = stacks
        context.add(to: &stacks, origins: origins.prefix(exceptions.count).reversed() + origins[exceptions.count...])
        func changed(_ stacktrace: inout Stacktrace?, _ index: Int) {
            if stacks[index] != before[index] { stacktrace?.frames = stacks[index] }
        }
        for index in exceptions.indices { changed(&exceptions[index].stacktrace, exceptions.count - 1 - index) }
        for index in threads.indices { changed(&threads[index].stacktrace, exceptions.count + index) }
    }

}

extension Stacktrace {
    /// The frames, each with the address of the instruction that it stands at; nil for one that has a function already,
    /// or no address. A return address is that of the next instruction: one less lies within the call.
    /// Source: `instruction_addr_adjustment` of
    /// https://develop.sentry.dev/sdk/data-model/event-payloads/stacktrace/#stack-trace-attributes; without it, and with
    /// `auto`, callers are adjusted.
    fileprivate var places: [(frame: Frame, address: UInt64?)] {
        let frames = frames
        return frames.enumerated().map { index, frame in
            guard frame.function == nil, let address = frame.instructionAddress else { return (frame, nil) }
            let isNewest = index == frames.count - 1
            let isReturnAddress =
                switch instructionAddressAdjustment {
                case "none": false
                case "all": true
                default: !isNewest
                }
            return (frame, isReturnAddress && address > 0 ? address - 1 : address)
        }
    }
}
