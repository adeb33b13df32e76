// SPDX-License-Identifier: Apache-2.0

internal import CFaultlineSymbols
internal import FaultlineProtocol

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// An ELF file opened for its names and lines. Its bytes are untrusted: the C reader checks them, and what is damaged in
/// it costs its own names only.
struct SymbolFile: ~Copyable {
    let path: String
    /// nil: another file owns it now.
    private var handle: OpaquePointer?
    /// When the image was written that this file is, or was split off; nil: that is not known to be here.
    private(set) var imageWritten: Int?

    enum Failure: Error, Equatable {
        /// Nothing can be read on this machine.
        case noLibelf
        case unreadable(code: Int32)
        case notELF
        /// The file is not the one that ran.
        case otherBuild
    }

    /// - Parameters:
    ///   - buildID: that of the image that ran; a file with another one, or none, is refused. nil: any will do, or the one
    ///     with the sum.
    ///   - sum: the CRC-32 by which a file is taken where it, or the image, has no build id; nil: none is.
    ///   - options: its time limit is for reading all of such a file.
    init(
        _ path: String, buildID: [UInt8]?, sum: UInt32? = nil, options: SymbolicatorOptions = SymbolicatorOptions()
    ) throws(Failure) {
        handle = try Self.open(buildID, sum, options) { fl_symbols_open(path, &$0, &$1) }
        self.path = path
    }

    /// The vDSO of this process, which is that of the process that crashed when the build id is.
    init(vDSO path: String, buildID: [UInt8]) throws(Failure) {
        handle = try Self.open(buildID, nil, SymbolicatorOptions()) { fl_symbols_open_vdso(&$0, &$1) }
        self.path = path
    }

    private static func open(
        _ buildID: [UInt8]?, _ sum: UInt32?, _ options: SymbolicatorOptions,
        _ open: (inout fl_symbols_wanted, inout OpaquePointer?) -> fl_symbols_verdict
    ) throws(Failure) -> OpaquePointer {
        if buildID?.isEmpty == true { throw .otherBuild }
        var wanted = fl_symbols_wanted()
        wanted.max_nanoseconds = options.limits.time.wholeNanoseconds
        if let mappingGuard = options.mappingGuard {
            wanted.guard = fl_symbols_guard(begin: mappingGuard.begin, end: mappingGuard.end)
        }
        var handle: OpaquePointer?
        let verdict = (buildID ?? []).withUnsafeBufferPointer { bytes in
            withUnsafePointer(to: sum ?? 0) { pointer in
                wanted.build_id = buildID == nil ? nil : bytes.baseAddress
                wanted.build_id_length = bytes.count
                wanted.sum = sum == nil ? nil : pointer
                return open(&wanted, &handle)
            }
        }
        let code = errno
        if verdict == FL_SYMBOLS_OK, let handle { return handle }
        switch verdict {
        case FL_SYMBOLS_NO_LIBELF: throw .noLibelf
        case FL_SYMBOLS_NOT_ELF: throw .notELF
        case FL_SYMBOLS_OTHER_BUILD: throw .otherBuild
        default: throw .unreadable(code: code)
        }
    }

    deinit {
        fl_symbols_close(handle)
    }

    /// Whether it can give lines and inlined functions; else only names of symbols.
    var hasDebugInfo: Bool { fl_symbols_has_debug_info(handle) }

    /// Empty: it has none.
    var buildID: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 64) { bytes, count in
            count = fl_symbols_build_id(handle, bytes.baseAddress, bytes.count)
        }
    }

    /// The file that was split off this one: its name, and its CRC-32. nil: the file does not say.
    var debugLink: (name: String, sum: UInt32)? {
        var sum: UInt32 = 0
        return fl_symbols_debug_link(handle, &sum).map { (String(cString: $0), sum) }
    }

    /// Gives this file, which was split off the image, the names that only the image has.
    mutating func complete(with image: consuming SymbolFile) {
        imageWritten = image.written
        fl_symbols_complete(handle, image.handle)
        image.handle = nil
    }

    /// What is at each address, the innermost inlined function first; empty where nothing is known.
    /// - Parameter addresses: as linked, and already corrected where they are return addresses.
    func rows(at addresses: [UInt64], limits: SymbolLimits) -> [[SymbolRow]] {
        var found = [[SymbolRow]](repeating: [], count: addresses.count)
        lookUp(addresses, limits: limits) { index, rows in
            found[index] = rows.map { SymbolRow($0) }
        }
        return found
    }

    /// As `rows`, without a copy of each: `body` is called once an address, in their order. The rows are valid during
    /// that call, the strings in them as long as this file is.
    func lookUp(
        _ addresses: [UInt64], limits: SymbolLimits,
        _ body: (Int, UnsafeBufferPointer<fl_symbols_row>) -> Void
    ) {
        withoutActuallyEscaping(body) { body in
            withUnsafePointer(to: Visitor(body: body)) { visitor in
                fl_symbols_look_up(
                    handle, addresses, addresses.count, fl_symbols_limits(limits),
                    { context, index, rows, count in
                        let visitor = context?.assumingMemoryBound(to: Visitor.self)
                        visitor?.pointee.body(index, UnsafeBufferPointer(start: rows, count: count))
                    }, UnsafeMutableRawPointer(mutating: visitor))
            }
        }
    }

    private struct Visitor {
        let body: (Int, UnsafeBufferPointer<fl_symbols_row>) -> Void
    }

    /// In seconds since 1970; of what was opened, not of a link that led to it, or of what lies there now.
    private var written: Int { Int(fl_symbols_written(handle)) }

    /// Says that this file is the image.
    mutating func isImage() { imageWritten = written }

    // MARK: - Index

    /// Bytes that a look-up without an index goes through.
    var scannedSize: Int { fl_symbols_scanned_size(handle) }

    /// Whether an index is in use. A look-up that finds it damaged drops it.
    var hasIndex: Bool { fl_symbols_has_index(handle) }

    /// - Returns: false when there is no index at `path`, or none of this file.
    func useIndex(_ path: String) -> Bool { fl_symbols_use_index(handle, path) }

    /// The bytes of an index; nil when a limit or the memory did not suffice.
    func makeIndex(limits: SymbolLimits) -> [UInt8]? {
        var length = 0
        guard let bytes = fl_symbols_make_index(handle, fl_symbols_limits(limits), &length) else { return nil }
        defer { free(bytes) }
        return Array(UnsafeBufferPointer(start: bytes, count: length))
    }
}
