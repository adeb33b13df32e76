// SPDX-License-Identifier: Apache-2.0

internal import CFaultlineCrash
internal import FaultlineProtocol

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// A run that is over, claimed by this process: as long as this value lives, nobody else recovers it.
struct DeadRun: ~Copyable {
    let path: String
    private let lock: FileDescriptor

    /// nil: the run is alive, another process has claimed it, or nothing is left of it.
    init?(claiming path: String) {
        guard let lock = try? FileDescriptor(opening: "\(path)/\(Run.Name.lock)", O_RDWR) else {
            Run.remove(path)  // the lock goes last when a run is removed: this is what a killed recovery left
            return nil
        }
        guard lock.tryLock() else { return nil }
        self.lock = lock
        self.path = path
    }

    /// How a crash file was found.
    enum CrashFile {
        case none
        /// The envelope's text, and that of the parts behind it. Another version's too, as long as its sums hold.
        case whole([UInt8], parts: [[UInt8]])
        /// What was written of it.
        case torn([UInt8])
    }

    /// The largest file that is read; the handler reserves far less.
    private static let crashFileLimit = 64 * 1024 * 1024
    private static let partLimit = 8

    func crashFile() -> CrashFile {
        for name in [Run.Name.crashFile, Run.Name.unfinishedCrashFile] {
            guard let file = try? FileDescriptor(opening: "\(path)/\(name)", O_RDONLY),
                let bytes = file.read(limit: Self.crashFileLimit)
            else { continue }
            var offset = 0
            var length = 0
            let verdict = bytes.withUnsafeBufferPointer {
                fl_crash_file_inspect($0.baseAddress, $0.count, &offset, &length)
            }
            let text = Array(bytes[offset..<offset + length])
            switch verdict {
            case FL_CRASH_FILE_EMPTY: continue
            case FL_CRASH_FILE_OK, FL_CRASH_FILE_OTHER_VERSION:
                var parts: [[UInt8]] = []
                while parts.count < Self.partLimit,
                    bytes.withUnsafeBufferPointer({
                        fl_crash_file_next_part($0.baseAddress, $0.count, &offset, &length)
                    })
                {
                    parts.append(Array(bytes[offset..<offset + length]))
                }
                return .whole(text, parts: parts)
            default: return .torn(text)
            }
        }
        return .none
    }

    /// Counts this attempt, and says how many were made before. A report on which recovery died is not symbolicated
    /// again: a hostile image must not keep a service from starting.
    func countAttempt() -> Int {
        let counter = "\(path)/\(Run.Name.attempts)"
        let before = (try? FileDescriptor(opening: counter, O_RDONLY))?.read(limit: 100)?.count ?? 0
        try? WholeFile.write([UInt8](repeating: UInt8(ascii: "."), count: before + 1), to: counter)
        return before
    }

    /// Keeps what could not be understood of the crash file.
    func setAside(_ text: [UInt8], in quarantine: Quarantine, reason: String) {
        let name = path.split(separator: "/").last.map(String.init) ?? "run"
        quarantine.take(text, name: "\(name).\(Run.Name.crashFile)", reason: reason)
    }

    consuming func remove() {
        Run.remove(path)
    }
}
