// SPDX-License-Identifier: Apache-2.0

internal import CFaultlineCrash
internal import FaultlineFiles
internal import FaultlineProtocol

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The black box of a run that has ended, read from its file. Its bytes are untrusted: only the C reader, which checks
/// every offset, looks at them.
struct DeadBox: ~Copyable {
    private let bytes: UnsafeMutableRawBufferPointer
    let info: fl_box_info

    /// Why there is none, although there is a file.
    struct Problem {
        let text: String
        /// Another version or another architecture can read it.
        var isForeign = false
        /// It could not be opened, which says nothing of what is in it.
        var failure: SystemError?
    }

    /// A box takes a quarter of it.
    private static let limit = 4 * Run.boxSize

    /// nil: there is no file, or it is no box that this version can read; `problem` then says what is wrong.
    ///
    /// Read, not mapped: a file that somebody cuts short while it is mapped is a SIGBUS in the service.
    init?(_ path: String, problem: inout Problem?) {
        let file: FileDescriptor
        do throws(SystemError) {
            file = try FileDescriptor(opening: path, O_RDONLY)
        } catch {
            if error.code != ENOENT {
                problem = Problem(text: error.description, failure: error.mayPass ? error : nil)
            }
            return nil
        }
        guard let bytes = Self.read(file) else {
            problem = Problem(text: "black box: empty, or cannot be read")
            return nil
        }
        var info = fl_box_info()
        let verdict = fl_box_inspect(Self.view(of: bytes), &info)
        guard verdict == FL_BOX_OK else {
            problem = Self.explain(verdict)
            bytes.deallocate()
            return nil
        }
        self.bytes = bytes
        self.info = info
    }

    deinit {
        bytes.deallocate()
    }

    private static func read(_ file: borrowing FileDescriptor) -> UnsafeMutableRawBufferPointer? {
        var status = stat()
        guard fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0,
            status.st_size <= limit
        else { return nil }
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(status.st_size), alignment: 16)
        var done = 0
        while done < bytes.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[done...])
            let got = WholeFile.retried { pread(file.number, rest.baseAddress, rest.count, off_t(done)) }
            if got <= 0 { break }
            done += got
        }
        // Cut short meanwhile: the reader sees zeros, as it would in the file's own unused part.
        bytes[done...].initializeMemory(as: UInt8.self, repeating: 0)
        return bytes
    }

    private var view: fl_box_view { Self.view(of: bytes) }

    private static func view(of bytes: UnsafeMutableRawBufferPointer) -> fl_box_view {
        fl_box_view(base: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), size: bytes.count)
    }

    /// The run's own facts: release, environment, server name …
    var facts: Fields {
        guard let start = info.facts, info.facts_length > 0 else { return [:] }
        let text = UnsafeBufferPointer(start: start, count: info.facts_length)
        return (try? JSONValue(parsing: [UInt8(ascii: "{")] + text + [UInt8(ascii: "}")]))?.objectValue ?? [:]
    }

    /// The process's session, when it had one that was not over.
    var session: Session? {
        guard !info.ended, let start = info.session, info.session_length > 0 else { return nil }
        let text = UnsafeBufferPointer(start: start, count: info.session_length)
        return (try? JSONValue(parsing: text))?.objectValue.flatMap { Session(fields: $0) }
    }

    /// What the scopes of the crashed task held: tags, user, breadcrumbs …
    var scopes: Fields {
        let handles = [BlackBox.global, info.isolation == 0 ? BlackBox.root : info.isolation, info.current]
        return BlackBox.text(of: handles, kinds: .all.subtracting(.level).union([.attachments, .unfinished]), in: view)
            .fields
    }

    private static func explain(_ verdict: fl_box_verdict) -> Problem {
        switch verdict {
        case FL_BOX_OTHER_VERSION:
            Problem(text: "the black box was written by another version of Faultline", isForeign: true)
        case FL_BOX_OTHER_ARCHITECTURE:
            Problem(text: "the black box was written on another architecture", isForeign: true)
        case FL_BOX_TRUNCATED: Problem(text: "black box: shorter than it says")
        default: Problem(text: "black box: not one, or never finished")
        }
    }
}
