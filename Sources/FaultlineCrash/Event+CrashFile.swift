// SPDX-License-Identifier: Apache-2.0

package import FaultlineProtocol

extension Event {
    /// As `FL_CRASH_FILE_MAGIC` of CHelpers/crash/handler/crash_file.h: nothing else begins like that.
    package static let crashFileMagic = "FLTCRASH "

    /// The event in a crash file (`runs/<run>/crash.envelope`), with the other threads behind it. nil: the file is torn,
    /// or holds no event.
    package init?(crashFile bytes: [UInt8]) {
        guard case .whole(let text, let parts, _) = CrashFile(bytes),
            var event = (try? Envelope(parsing: text))?.events.first
        else { return nil }
        _ = event.takeSession()
        event.fields["attachments"] = nil
        event.fields[UnfinishedTransaction.key] = nil
        for part in parts { event.add(crashFilePart: part) }
        self = event
    }
}
