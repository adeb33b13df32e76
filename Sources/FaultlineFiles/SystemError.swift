// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// A failed system call, in the words a person needs: what was tried, on what, and why it failed.
package struct SystemError: Error, CustomStringConvertible, Sendable {
    package let call: String
    package let path: String
    package let code: Int32

    package init(_ call: String, _ path: String, _ code: Int32 = errno) {
        self.call = call
        self.path = path
        self.code = code
    }

    package var description: String {
        "cannot \(call) \(path): \(String(cString: strerror(code)))"
    }

    /// Whether another attempt may go better: no descriptor was free, the disk did not answer … It says nothing of the
    /// file.
    package var mayPass: Bool {
        [EMFILE, ENFILE, ENOMEM, EIO, EACCES, EPERM, EROFS, ENOSPC, EDQUOT, ESTALE, EAGAIN].contains(code)
    }
}
