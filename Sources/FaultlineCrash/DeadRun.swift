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

    /// How a crash file was found. The text is that of the envelope inside.
    enum CrashFile {
        case none
        case whole([UInt8])
        /// Written by another version; its sum holds.
        case foreign([UInt8])
        case torn
    }

    /// The largest file that is read; the handler reserves far less.
    private static let crashFileLimit = 64 * 1024 * 1024

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
            case FL_CRASH_FILE_OK: return .whole(text)
            case FL_CRASH_FILE_OTHER_VERSION: return .foreign(text)
            default: return .torn
            }
        }
        return .none
    }

    /// Counts this attempt, and says how many were made before. A report on which recovery died is not symbolicated
    /// again: a hostile image must not keep a service from starting.
    func countAttempt() -> Int {
        guard let file = try? FileDescriptor(opening: "\(path)/\(Run.Name.attempts)", O_RDWR | O_CREAT) else {
            return 0
        }
        let before = file.read(limit: 100)?.count ?? 0
        try? file.write([UInt8](repeating: UInt8(ascii: "."), count: before + 1), path: path)
        return before
    }

    /// Sets the unreadable files of the run aside.
    func moveAside(to quarantine: String, reason: String) {
        let name = path.split(separator: "/").last.map(String.init) ?? "run"
        for file in [Run.Name.crashFile, Run.Name.unfinishedCrashFile] {
            rename("\(path)/\(file)", "\(quarantine)/\(name).\(file)")
        }
        let text = "\(quarantine)/\(name).reason.txt"
        if let file = try? FileDescriptor(opening: text, O_RDWR | O_CREAT | O_TRUNC) {
            try? file.write(Array("\(reason)\n".utf8), path: text)
        }
    }

    consuming func remove() {
        Run.remove(path)
    }
}
