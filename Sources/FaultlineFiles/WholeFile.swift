// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Reading and writing whole small files. What lies in a directory is untrusted: a torn file, a link, a pipe.
package enum WholeFile {
    /// Ends the hidden name under which a file is written.
    package static let unfinished = ".tmp"

    package struct Status {
        package let size: Int
        package let isRegular: Bool
        /// When it was written last, in seconds since 1970. Anybody may set it to anything.
        package let written: Int
        /// Names the file itself, whatever path leads to it.
        package let key: Key

        /// Seconds since the last write.
        package var age: Int {
            let (age, overflow) = Int(time(nil)).subtractingReportingOverflow(written)
            return overflow ? .max : age
        }
    }

    package struct Key: Hashable, Sendable {
        package let device: UInt64
        package let inode: UInt64

        package init(device: UInt64, inode: UInt64) {
            self.device = device
            self.inode = inode
        }
    }

    /// What is in a directory, without `.` and `..`; empty also when it cannot be read.
    package static func names(in directory: String) -> [String] {
        (try? list(FileDescriptor(opening: directory, O_RDONLY | O_DIRECTORY))) ?? []
    }

    /// - Throws: when the directory cannot be read: then nobody knows what is in it.
    package static func list(_ directory: borrowing FileDescriptor) throws(SystemError) -> [String] {
        let own = openat(directory.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard own >= 0, let stream = fdopendir(own) else {
            let error = SystemError("list", "a directory")
            if own >= 0 { close(own) }
            throw error
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                // NUL-terminated within d_name (readdir(3)).
                pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)) {
                    String(cString: $0)
                }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// Of the entry itself, not of what a link leads to; nothing is opened.
    package static func status(_ path: String) -> Status? {
        var status = stat()
        return lstat(path, &status) == 0 ? Self.status(status) : nil
    }

    package static func status(descriptor: Int32) -> (status: Status, links: Int)? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? (Self.status(status), Int(status.st_nlink)) : nil
    }

    private static func status(_ status: stat) -> Status {
        #if canImport(Darwin)
        let written = status.st_mtimespec.tv_sec
        #else
        let written = status.st_mtim.tv_sec
        #endif
        return Status(
            size: Int(status.st_size), isRegular: status.st_mode & S_IFMT == S_IFREG, written: Int(written),
            key: Key(device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(status.st_ino)))
    }

    /// Under a hidden name first: a reader sees the whole file or none.
    /// - Parameter durably: whether it is on the disk when it has its name, so that a machine that dies afterwards keeps
    ///   it. Not by default: it would cost each capture a disk's latency, and a report matters less than the service.
    package static func write(_ bytes: [UInt8], to path: String, durably: Bool = false) throws(SystemError) {
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        let name = path[slash...].dropFirst()
        let hidden = "\(path[..<slash])/.\(name).\(UInt32.random(in: 0 ... .max))\(unfinished)"
        let descriptor = retried { open(hidden, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600) }
        guard descriptor >= 0 else { throw SystemError("create", hidden) }
        var code = writeAll(bytes, to: descriptor)
        if durably && code == 0 && fsync(descriptor) != 0 { code = errno }
        if close(descriptor) != 0 && code == 0 && errno != EINTR { code = errno }
        if code == 0 && rename(hidden, path) == 0 { return }
        let error = SystemError("write", path, code == 0 ? errno : code)
        unlink(hidden)
        throw error
    }

    /// To an open file, in as many pieces as it takes them. 0 or errno.
    package static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        var done = 0
        while done < bytes.count {
            let wrote = bytes.withUnsafeBytes { rest in
                retried { Glue.write(descriptor, rest.baseAddress.map { $0 + done }, rest.count - done) }
            }
            guard wrote > 0 else { return wrote == 0 ? ENOSPC : errno }
            done += wrote
        }
        return 0
    }

    /// One step: the file is in one place or in the other.
    package static func move(_ path: String, to place: String) throws(SystemError) {
        guard rename(path, place) == 0 else { throw SystemError("move to \(place) the file", path) }
    }

    /// What writers that died left under hidden names in a directory: no writer takes an hour.
    package static func removeUnfinished(in directory: String) {
        for name in names(in: directory) where name.hasPrefix(".") && name.hasSuffix(unfinished) {
            if let age = status("\(directory)/\(name)")?.age, age > 3600 { unlink("\(directory)/\(name)") }
        }
    }

    /// At most `limit` bytes from an open file; nil when it cannot be read.
    package static func read(_ descriptor: Int32, limit: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        let step = 256 << 10
        while bytes.count < limit {
            let wanted = min(step, limit - bytes.count)
            var got = 0
            let part = [UInt8](unsafeUninitializedCapacity: wanted) { memory, count in
                got = retried { pread(descriptor, memory.baseAddress, wanted, off_t(bytes.count)) }
                count = max(0, got)
            }
            if got < 0 { return nil }
            if got == 0 { break }
            bytes += part
        }
        return bytes
    }

    /// Calls again when a signal came first (signal(7)).
    package static func retried<Result: FixedWidthInteger>(_ call: () -> Result) -> Result {
        while true {
            let result = call()
            if result != -1 || errno != EINTR { return result }
        }
    }

    /// The C function, whose name the enum's own would hide.
    private enum Glue {
        static func write(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
            #if canImport(Glibc)
            Glibc.write(descriptor, bytes, count)
            #elseif canImport(Musl)
            Musl.write(descriptor, bytes, count)
            #else
            Darwin.write(descriptor, bytes, count)
            #endif
        }
    }
}
