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

/// The black box of a run that has ended, mapped from its file. Its bytes are untrusted: only the C reader, which
/// checks every offset, looks at them.
struct DeadBox: ~Copyable {
    private let view: fl_box_view
    let info: fl_box_info

    /// nil: there is no file, or it is no box that this version can read; `problem` then says what is wrong.
    init?(_ path: String, problem: inout String?) {
        let file: FileDescriptor
        do throws(SystemError) {
            file = try FileDescriptor(opening: path, O_RDONLY)
        } catch {
            if error.code != ENOENT { problem = error.description }
            return nil
        }
        var status = stat()
        guard fstat(file.number, &status) == 0, status.st_size > 0,
            let base = mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, file.number, 0), base != MAP_FAILED
        else {
            problem = "black box: empty, or cannot be mapped"
            return nil
        }
        let view = fl_box_view(base: base.assumingMemoryBound(to: UInt8.self), size: Int(status.st_size))
        var info = fl_box_info()
        let verdict = fl_box_inspect(view, &info)
        guard verdict == FL_BOX_OK else {
            problem = Self.explain(verdict)
            munmap(base, view.size)
            return nil
        }
        self.view = view
        self.info = info
    }

    deinit {
        munmap(UnsafeMutableRawPointer(mutating: view.base), view.size)
    }

    /// The run's own facts: release, environment, server name …
    var facts: Fields {
        guard let start = info.facts, info.facts_length > 0 else { return [:] }
        let text = UnsafeBufferPointer(start: start, count: info.facts_length)
        return (try? JSONValue(parsing: [UInt8(ascii: "{")] + text + [UInt8(ascii: "}")]))?.objectValue ?? [:]
    }

    /// What the scopes of the crashed task held: tags, user, breadcrumbs …
    var scopes: Fields {
        let handles = [BlackBox.global, info.isolation == 0 ? BlackBox.root : info.isolation, info.current]
        let members = BlackBox.members(of: handles, kinds: .all.subtracting(.level), in: view)
        guard !members.isEmpty else { return [:] }
        return (try? JSONValue(parsing: [UInt8(ascii: "{")] + members.dropFirst() + [UInt8(ascii: "}")]))?.objectValue
            ?? [:]
    }

    private static func explain(_ verdict: fl_box_verdict) -> String {
        switch verdict {
        case FL_BOX_OTHER_VERSION: "black box: written by another version of Faultline"
        case FL_BOX_OTHER_ARCHITECTURE: "black box: written on another architecture"
        case FL_BOX_TRUNCATED: "black box: shorter than it says"
        default: "black box: not one, or never finished"
        }
    }
}
