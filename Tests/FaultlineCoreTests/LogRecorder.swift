// SPDX-License-Identifier: Apache-2.0

import Logging
import Synchronization

/// Keeps log lines, so that a test can count them.
final class LogRecorder: Sendable {
    struct Line: Sendable, Hashable, CustomStringConvertible {
        let level: Logger.Level
        let text: String

        var description: String { "\(level): \(text)" }
    }

    private let stored = Mutex<[Line]>([])

    /// Of level notice and above: what a service's operator sees.
    var lines: [Line] { stored.withLock { $0.filter { $0.level >= .notice } } }
    var all: [Line] { stored.withLock { $0 } }

    var logger: Logger {
        var logger = Logger(label: "faultline") { [self] _ in Handler(recorder: self) }
        logger.logLevel = .info
        return logger
    }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            recorder.stored.withLock { $0.append(Line(level: event.level, text: "\(event.message)")) }
        }
    }
}
