// SPDX-License-Identifier: Apache-2.0
#if Tools
import Subprocess

/// What a process has printed so far, line by line, and how it ended.
actor ProcessLog {
    private(set) var lines: [String] = []
    private(set) var process: ProcessIdentifier?
    private(set) var end: TerminationStatus?
    private(set) var failure: (any Error)?
    private var waiting: [AsyncStream<Void>.Continuation] = []

    /// No line and no end will come any more.
    private var isOver: Bool { end != nil || failure != nil }

    func started(_ process: ProcessIdentifier) {
        self.process = process
        changed()
    }

    func append(_ line: String) {
        lines.append(line)
        changed()
    }

    func ended(_ status: TerminationStatus) {
        end = status
        changed()
    }

    func failed(_ error: any Error) {
        failure = error
        changed()
    }

    /// Why this machine does not allow what the process was to do, as CrashLab says it.
    var impossible: String? {
        lines.first { $0.hasPrefix("impossible: ") }.map { String($0.dropFirst("impossible: ".count)) }
    }

    /// The first line that `matches`, past ones included; nil when the process ended without it.
    func line(where matches: @Sendable (String) -> Bool) async -> String? {
        var looked = 0
        while !Task.isCancelled {
            while looked < lines.count {
                if matches(lines[looked]) { return lines[looked] }
                looked += 1
            }
            if isOver { return nil }
            await change()
        }
        return nil
    }

    /// nil only when the process could not be started, or the caller was cancelled.
    func whenEnded() async -> TerminationStatus? {
        while !Task.isCancelled, !isOver { await change() }
        return end
    }

    func whenStarted() async -> ProcessIdentifier? {
        while !Task.isCancelled, !isOver, process == nil { await change() }
        return process
    }

    private func change() async {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        waiting.append(continuation)
        for await _ in stream {}
    }

    private func changed() {
        for continuation in waiting { continuation.finish() }
        waiting = []
    }
}
#endif
