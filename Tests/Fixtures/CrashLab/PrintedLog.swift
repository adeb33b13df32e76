// SPDX-License-Identifier: Apache-2.0

import Logging

/// Log lines among the events on standard output, each whole: what another thread prints comes before or after it.
struct PrintedLog: LogHandler {
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        print("\(event.level) \(event.message)")
    }
}
