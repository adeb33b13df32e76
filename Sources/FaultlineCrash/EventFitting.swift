// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// Makes an event small enough for a server: an event item may be 1 MiB, and we stay below 1,000,000 bytes.
/// Source: https://develop.sentry.dev/sdk/data-model/envelopes/#size-limits
enum EventFitting {
    static let limit = 1_000_000
    /// Of a deep stack; servers keep 250 frames (relay-event-normalization, `enforce_frame_hard_limit`).
    static let newestFrames = 200
    static let oldestFrames = 50

    /// Cuts the middle of stacks that are deeper than a server keeps. Then leaves out, in this order and only as far as
    /// needed: source lines of other threads and then all of them, stacks that another thread has too, images that no
    /// frame lies in, system frames and then stacks of other threads, old breadcrumbs, extra, contexts that the service
    /// set, the request, more of the stacks' middle. The reason and both ends of the crashed stack stay.
    ///
    /// What was left out is told by place in `_meta`, and in words and numbers in the context "faultline"; of source
    /// lines, which are in the repository, by number alone.
    /// - Returns: the text of the whole event when something was left out of it; nil when it says all that was captured.
    static func fit(_ event: inout Event, limit: Int = limit) -> [UInt8]? {
        let whole = event.serialized()
        var size = whole.count
        var cuts = EventCuts(before: event)
        noteGaps(in: &event, &cuts)
        for step in steps where step.isAlways || size > limit {
            guard step.cut(&event, &cuts) else { continue }
            cuts.tell(step.name, in: &event)
            size = event.serialized().count
        }
        return cuts.isEmpty ? nil : whole
    }

    private struct Step: Sendable {
        let name: String
        /// Whatever the size.
        var isAlways = false
        /// Says whether it changed the event.
        let cut: @Sendable (inout Event, inout EventCuts) -> Bool
    }

    private static let steps: [Step] = [
        Step(name: "the middle of deep stacks", isAlways: true) {
            keepEnds(oldest: oldestFrames, newest: newestFrames, in: &$0, &$1)
        },
        Step(name: "source lines of other threads") { dropSourceLines(ofOthersOnly: true, in: &$0, &$1) },
        Step(name: "source lines") { dropSourceLines(ofOthersOnly: false, in: &$0, &$1) },
        Step(name: "stacks that another thread has too", cut: dropEqualStacks),
        Step(name: "images without frames", cut: dropUnusedImages),
        Step(name: "system frames of other threads", cut: dropSystemFrames),
        Step(name: "stacks of other threads", cut: dropStacksOfOthers),
        Step(name: "all but the newest 20 breadcrumbs") { keepBreadcrumbs(20, in: &$0, &$1) },
        Step(name: "extra") { remove("extra", from: &$0, &$1) },
        Step(name: "breadcrumbs") { keepBreadcrumbs(0, in: &$0, &$1) },
        Step(name: "contexts of the service", cut: dropContexts),
        Step(name: "request") { remove("request", from: &$0, &$1) },
        Step(name: "all but 50 frames at each end of the stacks") { keepEnds(oldest: 50, newest: 50, in: &$0, &$1) },
        Step(name: "all but 20 frames at each end of the stacks") { keepEnds(oldest: 20, newest: 20, in: &$0, &$1) },
    ]

    // MARK: - Stacks

    /// A stack whose middle the handler left out says so itself. What inlined functions and async callers add to its
    /// 250 frames gives way without another word: there is no whole to attach.
    private static func noteGaps(in event: inout Event, _ cuts: inout EventCuts) {
        var found = false
        changeStacks(of: &event) { place, stacktrace in
            guard stacktrace.frames.contains(where: { $0.framesLeftOut != nil }) else { return }
            found = true
            _ = stacktrace.keepEnds(oldest: oldestFrames, newest: newestFrames)
            cuts.shortened(place + ["frames"])
        }
        if found { cuts.tellPlaces(in: &event) }
    }

    private static func keepEnds(oldest: Int, newest: Int, in event: inout Event, _ cuts: inout EventCuts) -> Bool {
        var changed = false
        changeStacks(of: &event) { place, stacktrace in
            guard let left = stacktrace.keepEnds(oldest: oldest, newest: newest) else { return }
            cuts.count(.frames, left)
            cuts.shortened(place + ["frames"])
            changed = true
        }
        return changed
    }

    private static func changeStacks(of event: inout Event, _ change: ([String], inout Stacktrace) -> Void) {
        event.exceptions = event.exceptions.enumerated().map { index, exception in
            guard var stacktrace = exception.stacktrace else { return exception }
            change(["exception", "values", "\(index)", "stacktrace"], &stacktrace)
            var exception = exception
            exception.stacktrace = stacktrace
            return exception
        }
        event.threads = event.threads.enumerated().map { index, thread in
            guard var stacktrace = thread.stacktrace else { return thread }
            change(EventCuts.stack(ofThread: index), &stacktrace)
            var thread = thread
            thread.stacktrace = stacktrace
            return thread
        }
    }

    private static func dropSourceLines(
        ofOthersOnly: Bool, in event: inout Event, _ cuts: inout EventCuts
    ) -> Bool {
        var frames = 0
        let drop: ([String], inout Stacktrace) -> Void = { _, stacktrace in
            guard stacktrace.frames.contains(where: { $0.contextLine != nil }) else { return }
            stacktrace.frames = stacktrace.frames.map { frame in
                guard frame.contextLine != nil else { return frame }
                var frame = frame
                frames += 1
                (frame.preContext, frame.contextLine, frame.postContext) = (nil, nil, nil)
                return frame
            }
        }
        if ofOthersOnly {
            _ = changeStacksOfOthers(of: &event) { place, stacktrace in
                var stacktrace = stacktrace
                drop(place, &stacktrace)
                return stacktrace
            }
        } else {
            changeStacks(of: &event, drop)
        }
        if frames > 0 { cuts.count(.sourceContexts, frames) }
        return frames > 0
    }

    /// Threads of a pool wait at one place; the others name the thread that shows it.
    private static func dropEqualStacks(_ event: inout Event, _ cuts: inout EventCuts) -> Bool {
        var shown: [[Frame]: Int] = [:]
        var changed = false
        event.threads = event.threads.enumerated().map { index, thread in
            guard thread.crashed != true, let frames = thread.stacktrace?.frames, let id = thread.id else {
                return thread
            }
            guard let first = shown[frames] else {
                shown[frames] = id
                return thread
            }
            var thread = thread
            changed = true
            thread.stacktrace = nil
            thread.state = [thread.state, "same stack as thread \(first)"].compactMap(\.self).joined(separator: ", ")
            cuts.count(.equalStacks, 1)
            cuts.removed(EventCuts.stack(ofThread: index))
            return thread
        }
        return changed
    }

    private static func dropSystemFrames(_ event: inout Event, _ cuts: inout EventCuts) -> Bool {
        changeStacksOfOthers(of: &event) { place, stacktrace in
            let frames = stacktrace.frames
            // The newest ones say what it waits for.
            let kept = frames.enumerated().filter { $1.inApp == true || $0 >= frames.count - 2 }.map(\.element)
            guard kept.count < frames.count else { return stacktrace }
            cuts.count(.frames, frames.count - kept.count)
            cuts.shortened(place + ["frames"])
            var shorter = stacktrace
            shorter.frames = kept
            return shorter
        }
    }

    private static func dropStacksOfOthers(_ event: inout Event, _ cuts: inout EventCuts) -> Bool {
        changeStacksOfOthers(of: &event) { place, stacktrace in
            cuts.count(.stacks, 1)
            cuts.removed(place)
            cuts.count(.frames, stacktrace.frames.count)
            return nil
        }
    }

    private static func changeStacksOfOthers(
        of event: inout Event, _ change: ([String], Stacktrace) -> Stacktrace?
    ) -> Bool {
        var changed = false
        event.threads = event.threads.enumerated().map { index, thread in
            guard thread.crashed != true, let stacktrace = thread.stacktrace else { return thread }
            var thread = thread
            thread.stacktrace = change(EventCuts.stack(ofThread: index), stacktrace)
            changed = changed || thread.stacktrace != stacktrace
            return thread
        }
        return changed
    }

    // MARK: - The rest

    private static func dropUnusedImages(_ event: inout Event, _ cuts: inout EventCuts) -> Bool {
        let stacks = event.exceptions.compactMap(\.stacktrace) + event.threads.compactMap(\.stacktrace)
        let used = Set(stacks.flatMap(\.frames).compactMap { $0.imageAddress })
        let images = event.debugImages
        let kept = images.filter { image in image.imageAddress.map(used.contains) ?? false }
        guard kept.count < images.count else { return false }
        event.debugImages = kept
        cuts.count(.images, images.count - kept.count)
        cuts.shortened(["debug_meta", "images"])
        return true
    }

    private static func keepBreadcrumbs(_ count: Int, in event: inout Event, _ cuts: inout EventCuts) -> Bool {
        let all = event.breadcrumbs
        guard all.count > count else { return false }
        event.breadcrumbs = Array(all.suffix(count))
        cuts.count(.breadcrumbs, all.count - count)
        cuts.shortened(["breadcrumbs", "values"])
        return true
    }

    private static func remove(_ member: String, from event: inout Event, _ cuts: inout EventCuts) -> Bool {
        guard event.fields[member] != nil else { return false }
        event.fields[member] = nil
        cuts.removed([member])
        return true
    }

    private static let ownContexts: Set<String> = ["trace", "os", "runtime", "device", "app", "faultline"]

    private static func dropContexts(_ event: inout Event, _ cuts: inout EventCuts) -> Bool {
        let foreign = event.contexts.map(\.key).filter { !ownContexts.contains($0) }
        for key in foreign {
            event.contexts[key] = nil
            cuts.removed(["contexts", key])
        }
        return !foreign.isEmpty
    }
}
