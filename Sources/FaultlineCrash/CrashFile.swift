// SPDX-License-Identifier: Apache-2.0

internal import CFaultlineCrash

/// How a crash file was found (CHelpers/crash/handler/crash_file.h).
enum CrashFile {
    case none
    /// The envelope's text, that of the parts behind it, and all of the file when another version wrote it: its
    /// sums hold, and yet there may be more in it than we understand.
    case whole([UInt8], parts: [[UInt8]], foreign: [UInt8]?)
    /// What was written of it.
    case torn([UInt8])

    private static let partLimit = 8

    init(_ bytes: [UInt8]) {
        var offset = 0
        var length = 0
        let verdict = bytes.withUnsafeBufferPointer {
            fl_crash_file_inspect($0.baseAddress, $0.count, &offset, &length)
        }
        let text = Array(bytes[offset..<offset + length])
        switch verdict {
        case FL_CRASH_FILE_EMPTY: self = .none
        case FL_CRASH_FILE_OK, FL_CRASH_FILE_OTHER_VERSION:
            var parts: [[UInt8]] = []
            while parts.count < Self.partLimit,
                bytes.withUnsafeBufferPointer({
                    fl_crash_file_next_part($0.baseAddress, $0.count, &offset, &length)
                })
            {
                parts.append(Array(bytes[offset..<offset + length]))
            }
            self = .whole(text, parts: parts, foreign: verdict == FL_CRASH_FILE_OK ? nil : bytes)
        default: self = .torn(text)
        }
    }
}
