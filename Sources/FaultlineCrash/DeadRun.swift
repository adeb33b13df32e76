// SPDX-License-Identifier: Apache-2.0

internal import FaultlineFiles
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
    private let claim: Claim

    /// nil: the run is alive, somebody has claimed it, or nothing is left of it.
    init?(claiming path: String) {
        guard let claim = Claim(path) else { return nil }
        self.claim = claim
        self.path = path
    }

    private final class Claim {
        private let name: String
        private var lock: FileDescriptor?

        init?(_ path: String) {
            let name = path.split(separator: "/").last.map(String.init) ?? path
            guard HeldRuns.take(name) else { return nil }
            self.name = name
            guard let directory = try? FileDescriptor(opening: path, O_RDONLY | O_DIRECTORY) else { return nil }
            do throws(SystemError) {
                lock = try FileDescriptor(opening: Run.Name.lock, in: directory, O_RDWR)
            } catch {
                // The lock goes last when a run is removed: this is what a killed recovery left, and perhaps a child's
                // crash that came later. Whatever else keeps the lock from being opened (no descriptor is free) says
                // nothing of the run.
                guard error.code == ENOENT else { return nil }
                guard ChildCrashes(path: path).areThere else {
                    Run.remove(path)
                    return nil
                }
                lock = try? FileDescriptor(opening: Run.Name.lock, in: directory, O_RDWR | O_CREAT | O_EXCL)
            }
            guard lock?.tryLock() == true else { return nil }
        }

        deinit {
            lock = nil
            HeldRuns.letGo(name)
        }
    }

    // MARK: - What it left

    /// The largest file that is read; the handler reserves far less.
    private static let crashFileLimit = 64 * 1024 * 1024

    /// - Throws: when there may be one, and it cannot be read now.
    func crashFile() throws(SystemError) -> CrashFile {
        for name in [Run.Name.crashFile, Run.Name.unfinishedCrashFile] {
            guard let bytes = try contents(of: name) else { continue }
            let file = CrashFile(bytes)
            if case .none = file { continue }
            return file
        }
        return .none
    }

    /// Without what was reserved and not used, which goes back to the disk: it may be full.
    private func contents(of name: String) throws(SystemError) -> [UInt8]? {
        let path = "\(path)/\(name)"
        do throws(SystemError) {
            let file = try FileDescriptor(opening: path, O_RDWR)
            guard let reserved = file.read(limit: Self.crashFileLimit) else { throw SystemError("read", path) }
            let bytes = Array(reserved[...(reserved.lastIndex { $0 != 0 } ?? -1)])
            if bytes.count < reserved.count { ftruncate(file.number, off_t(bytes.count)) }
            return bytes
        } catch {
            if error.mayPass { throw error }
            return nil
        }
    }

    /// Keeps what could not be understood of the crash file.
    func setAside(_ text: [UInt8], in quarantine: Quarantine, reason: String) {
        let name = path.split(separator: "/").last.map(String.init) ?? "run"
        quarantine.take(text, name: "\(name).\(Run.Name.crashFile)", reason: reason)
    }

    /// Seconds since it last wrote something; nil when it left nothing.
    var age: Int? {
        [Run.Name.box, Run.Name.crashFile, Run.Name.unfinishedCrashFile, Run.Name.lock]
            .compactMap { WholeFile.status("\(path)/\($0)")?.age }.min()
    }

    // MARK: - Attempts

    /// Counts this attempt, and says how many were made before. A report on which recovery died is not symbolicated
    /// again: a hostile image must not keep a service from starting.
    func countAttempt() -> Int {
        let before = (try? FileDescriptor(opening: attempts, O_RDONLY))?.read(limit: 100)?.count ?? 0
        setAttempts(before + 1)
        return before
    }

    /// An attempt that ended without a result for other reasons than death.
    func setAttempts(_ count: Int) {
        try? WholeFile.write([UInt8](repeating: UInt8(ascii: "."), count: count), to: attempts)
    }

    private var attempts: String { "\(path)/\(Run.Name.attempts)" }

    // MARK: - The finished report

    /// A finished envelope in a file of the run.
    struct Report {
        let file: String
        let eventID: EventID
    }

    /// What a recovery finished before it died.
    func report() -> Report? {
        for name in WholeFile.names(in: path) where name.hasPrefix(Run.Name.report) {
            guard let eventID = EventID(String(name.dropFirst(Run.Name.report.count))) else { continue }
            return Report(file: "\(path)/\(name)", eventID: eventID)
        }
        return nil
    }

    /// With this the run's report is finished: what comes after a kill takes it from here, and makes none anew.
    func finish(_ envelope: Envelope, _ eventID: EventID) throws(SystemError) -> Report {
        let report = Report(file: "\(path)/\(Run.Name.report)\(eventID)", eventID: eventID)
        try WholeFile.write(envelope.serialized(), to: report.file, durably: true)
        return report
    }

    /// Leaves the finished report and the lock: whoever finds the run after the report was taken away finds no crash.
    func removeSources() {
        for name in WholeFile.names(in: path)
        where name != Run.Name.lock && !name.hasPrefix(Run.Name.report) && !ChildCrashes.isCrash(name) {
            unlink("\(path)/\(name)")
        }
    }

    consuming func remove() {
        Run.remove(path)
    }
}
