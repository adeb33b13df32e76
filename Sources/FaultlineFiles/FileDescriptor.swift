// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
package import Glibc
#elseif canImport(Musl)
package import Musl
#else
package import Darwin
#endif

/// An open file that closes itself. Calls are repeated when a signal interrupts them.
package struct FileDescriptor: ~Copyable, Sendable {
    package let number: Int32

    /// No link is followed, and no pipe waited for (open(2), O_NONBLOCK): what lies in a cache directory is untrusted.
    /// - Throws: `SystemError`.
    package init(opening path: String, _ flags: Int32, mode: mode_t = 0o600) throws(SystemError) {
        number = WholeFile.retried { open(path, flags | Self.always, mode) }
        guard number >= 0 else { throw SystemError("open", path) }
    }

    /// The same, of a name in a directory.
    package init(
        opening name: String, in directory: borrowing FileDescriptor, _ flags: Int32
    ) throws(SystemError) {
        number = WholeFile.retried { openat(directory.number, name, flags | Self.always, 0o600) }
        guard number >= 0 else { throw SystemError("open", name) }
    }

    private static let always = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK

    deinit {
        close(number)
    }

    /// Takes the whole-file write lock if nobody has it. The lock belongs to the process and ends with it, or with the
    /// first descriptor of this file that the process closes; a forked child does not have it (fcntl(2), F_SETLK).
    package func tryLock() -> Bool {
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        return fcntl(number, F_SETLK, &lock) == 0
    }

    /// Makes room on the disk now, so that a full disk cannot fail a later write. 0 or errno.
    package func reserve(_ size: Int) -> Int32 {
        #if os(Linux)
        posix_fallocate(number, 0, off_t(size))
        #else
        ftruncate(number, off_t(size)) == 0 ? 0 : errno
        #endif
    }

    /// Up to `limit` bytes from the beginning; nil when it cannot be read.
    package func read(limit: Int) -> [UInt8]? {
        WholeFile.read(number, limit: limit)
    }
}
