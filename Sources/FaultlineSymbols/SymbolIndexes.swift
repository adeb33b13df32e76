// SPDX-License-Identifier: Apache-2.0

internal import FaultlineFiles

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The index files of a cache directory, one a build id.
///
/// Any number of processes may use one directory: a file appears whole, under its name, or not at all. What an index says
/// is checked when it is read (`CHelpers/symbols/symbol_index.h`); one that is damaged, or of another file with that build
/// id, is made anew.
struct SymbolIndexes: Sendable {
    let directory: String
    /// Bytes of all index files together. Past it, those go that nobody has used for longest.
    var capacity = 64 << 20

    /// Bytes to go through without an index; below, a look-up takes less than a millisecond anyway.
    var worthwhileSize = 512 << 10
    private static let suffix = ".index"

    /// Gives the file its index, if there is one.
    func apply(to file: borrowing SymbolFile, buildID: [UInt8]) {
        let path = path(buildID)
        guard file.useIndex(path) else { return }
        // Its age says when it was used last.
        utimensat(AT_FDCWD, path, nil, AT_SYMLINK_NOFOLLOW)
    }

    /// Makes the index for the next time, where there is none and it is worth the space.
    /// - Throws: when it cannot be written: the directory is gone, the disk is full.
    func store(
        _ file: borrowing SymbolFile, buildID: [UInt8], limits: SymbolLimits
    ) throws(SystemError) {
        guard !file.hasIndex, file.scannedSize >= worthwhileSize, let index = file.makeIndex(limits: limits),
            index.count <= capacity
        else { return }
        mkdir(directory, 0o700)
        WholeFile.removeUnfinished(in: directory)
        makeRoom(for: index.count)
        try WholeFile.write(index, to: path(buildID))
    }

    private func path(_ buildID: [UInt8]) -> String {
        "\(directory)/\(DebugFile.hexadecimal(buildID))\(Self.suffix)"
    }

    private func makeRoom(for size: Int) {
        let paths = WholeFile.names(in: directory).filter { $0.hasSuffix(Self.suffix) }.map { "\(directory)/\($0)" }
        var files = paths.compactMap { path in WholeFile.status(path).map { (path: path, status: $0) } }
        files.removeAll { !$0.status.isRegular }
        files.sort { $0.status.written > $1.status.written }
        var total = size
        for (path, status) in files {
            // A sparse file can have nearly any size.
            total = min(.max / 2, total) + min(.max / 2, status.size)
            if total > capacity { unlink(path) }
        }
    }
}
