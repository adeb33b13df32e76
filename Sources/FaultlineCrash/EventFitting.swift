// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// Makes an event small enough for a server: an event item may be 1 MiB, and we stay below 1,000,000 bytes.
/// Source: https://develop.sentry.dev/sdk/data-model/envelopes/#size-limits
enum EventFitting {
    static let limit = 1_000_000

    /// Leaves out, in this order and only as far as needed: stacks that another thread has too, images that no frame
    /// lies in, system frames and then stacks of other threads, old breadcrumbs, extra, contexts that the service set,
    /// the middle of the crashed stack. The reason and both ends of the crashed stack stay.
    /// What was left out is told in the context "faultline".
    static func fit(_ event: inout Event, limit: Int = limit) {
        guard size(event) > limit else { return }
        var leftOut: [JSONValue] = []
        for (name, step) in steps {
            guard step(&event) else { continue }
            leftOut.append(.string(name))
            event.contexts["faultline"] = .object(["left_out": .array(leftOut)])
            if size(event) <= limit { return }
        }
    }

    private static func size(_ event: Event) -> Int {
        JSONValue.object(event.fields).serialized().count
    }

    /// Each says whether it changed the event.
    private static let steps: [(String, @Sendable (inout Event) -> Bool)] = [
        ("stacks that another thread has too", dropEqualStacks),
        ("images without frames", dropUnusedImages),
        ("system frames of other threads", dropSystemFrames),
        ("stacks of other threads", dropStacksOfOthers),
        ("all but the newest 20 breadcrumbs", { keepBreadcrumbs(20, in: &$0) }),
        ("extra", { remove("extra", from: &$0) }),
        ("breadcrumbs", { keepBreadcrumbs(0, in: &$0) }),
        ("contexts of the service", dropContexts),
        ("request", { remove("request", from: &$0) }),
        ("all but 50 frames at each end of the stacks", { keepFrames(50, in: &$0) }),
        ("all but 20 frames at each end of the stacks", { keepFrames(20, in: &$0) }),
    ]

    /// Threads of a pool wait at one place; the others name the thread that shows it.
    private static func dropEqualStacks(_ event: inout Event) -> Bool {
        var shown: [[Frame]: Int] = [:]
        var changed = false
        event.threads = event.threads.map { thread in
            guard let frames = thread.stacktrace?.frames, let id = thread.id else { return thread }
            guard let first = shown[frames] else {
                shown[frames] = id
                return thread
            }
            var thread = thread
            changed = true
            thread.stacktrace = nil
            thread.state = [thread.state, "same stack as thread \(first)"].compactMap(\.self).joined(separator: ", ")
            return thread
        }
        return changed
    }

    private static func dropSystemFrames(_ event: inout Event) -> Bool {
        changeStacksOfOthers(of: &event) { stacktrace in
            let frames = stacktrace.frames
            // The newest ones say what it waits for.
            let kept = frames.enumerated().filter { $1.inApp == true || $0 >= frames.count - 2 }.map(\.element)
            var shorter = stacktrace
            shorter.frames = kept
            return kept.count < frames.count ? shorter : stacktrace
        }
    }

    private static func dropStacksOfOthers(_ event: inout Event) -> Bool {
        changeStacksOfOthers(of: &event) { _ in nil }
    }

    private static func changeStacksOfOthers(
        of event: inout Event, _ change: (Stacktrace) -> Stacktrace?
    ) -> Bool {
        var changed = false
        event.threads = event.threads.map { thread in
            guard thread.crashed != true, let stacktrace = thread.stacktrace else { return thread }
            var thread = thread
            thread.stacktrace = change(stacktrace)
            changed = changed || thread.stacktrace != stacktrace
            return thread
        }
        return changed
    }

    private static func dropUnusedImages(_ event: inout Event) -> Bool {
        let used = Set(
            stacktraces(of: event).flatMap(\.frames).compactMap { $0.imageAddress })
        let images = event.debugImages
        let kept = images.filter { image in image.imageAddress.map(used.contains) ?? false }
        event.debugImages = kept
        return kept.count < images.count
    }

    private static func keepBreadcrumbs(_ count: Int, in event: inout Event) -> Bool {
        let all = event.breadcrumbs
        guard all.count > count else { return false }
        event.breadcrumbs = Array(all.suffix(count))
        return true
    }

    private static func remove(_ member: String, from event: inout Event) -> Bool {
        guard event.fields[member] != nil else { return false }
        event.fields[member] = nil
        return true
    }

    private static let ownContexts: Set<String> = ["trace", "os", "runtime", "device", "app", "faultline"]

    private static func dropContexts(_ event: inout Event) -> Bool {
        let foreign = event.contexts.map(\.key).filter { !ownContexts.contains($0) }
        for key in foreign { event.contexts[key] = nil }
        return !foreign.isEmpty
    }

    /// The newest and the oldest `count` frames of each stack.
    private static func keepFrames(_ count: Int, in event: inout Event) -> Bool {
        var changed = false
        func cut(_ stacktrace: Stacktrace?) -> Stacktrace? {
            guard var stacktrace, stacktrace.frames.count > 2 * count else { return stacktrace }
            changed = true
            let frames = stacktrace.frames
            stacktrace.frames = Array(frames.prefix(count) + frames.suffix(count))
            return stacktrace
        }
        event.exceptions = event.exceptions.map { exception in
            var exception = exception
            exception.stacktrace = cut(exception.stacktrace)
            return exception
        }
        event.threads = event.threads.map { thread in
            var thread = thread
            thread.stacktrace = cut(thread.stacktrace)
            return thread
        }
        return changed
    }

    private static func stacktraces(of event: Event) -> [Stacktrace] {
        event.exceptions.compactMap(\.stacktrace) + event.threads.compactMap(\.stacktrace)
    }
}
