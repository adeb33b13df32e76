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

/// The directory of one run of the process, and the lock that says that it lives.
struct Run: ~Copyable, Sendable {
    /// Reserved on the disk for the crash file: the largest report, and room for the images' list.
    static let crashFileSize = 2 * 1024 * 1024
    /// Beyond it the box goes on in memory.
    static let boxSize = 16 * 1024 * 1024

    enum Name {
        static let lock = "lock"
        static let box = "blackbox"
        static let crashFile = "crash.envelope"
        static let unfinishedCrashFile = "crash.envelope.tmp"
        /// Around the id of a forked child that crashed.
        static let childPrefix = "crash-"
        static let childSuffix = ".envelope"
        static let attempts = "attempts"
        /// `report-<event id>`: what recovery made of the run. From then on the report is this file, and nothing else.
        static let report = "report-"
    }

    let path: String
    let eventID: EventID
    /// Held as long as the process lives. Nobody else in this process opens the file: closing it would end the lock.
    let lock: FileDescriptor
    let directory: FileDescriptor

    var name: Substring { path[path.index(after: path.lastIndex(of: "/") ?? path.startIndex)...] }

    /// A run comes into being under a hidden name and gets its own only when its lock is held, so that no other
    /// process takes it for a dead one.
    init(in cache: CacheDirectory) throws(SystemError) {
        eventID = EventID()
        let name = "\(time(nil))-\(getpid())-\(eventID.description.prefix(8))"
        let hidden = "\(cache.runs)/.\(name)"
        path = "\(cache.runs)/\(name)"
        guard mkdir(hidden, 0o700) == 0 else { throw SystemError("mkdir", hidden) }
        var isWhole = false
        defer {
            if !isWhole {
                HeldRuns.letGo(name)
                Self.remove(hidden)
            }
        }
        let lock = try FileDescriptor(opening: "\(hidden)/\(Name.lock)", O_RDWR | O_CREAT | O_EXCL)
        guard lock.tryLock() else { throw SystemError("lock", "\(hidden)/\(Name.lock)") }
        let directory = try FileDescriptor(opening: hidden, O_RDONLY | O_DIRECTORY)
        _ = HeldRuns.take(name)
        guard rename(hidden, path) == 0 else { throw SystemError("rename", hidden) }
        self.lock = lock
        self.directory = directory
        isWhole = true
    }

    func create(_ name: String) throws(SystemError) -> FileDescriptor {
        try FileDescriptor(opening: "\(path)/\(name)", O_RDWR | O_CREAT | O_EXCL)
    }

    /// The lock goes last: what a removal leaves that was killed is a run that nobody else can claim meanwhile. Crashes
    /// of forked children stay, and with them the directory and its lock. No link is followed.
    static func remove(_ path: String) {
        guard let directory = try? FileDescriptor(opening: path, O_RDONLY | O_DIRECTORY),
            let names = try? WholeFile.list(directory)
        else { return }
        for name in names where name != Name.lock && !ChildCrashes.isCrash(name) {
            unlinkat(directory.number, name, 0)
        }
        if names.contains(where: ChildCrashes.isCrash) { return }
        unlinkat(directory.number, Name.lock, 0)
        rmdir(path)
    }
}
