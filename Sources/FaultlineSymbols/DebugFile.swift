// SPDX-License-Identifier: Apache-2.0

/// Which files have the names and lines of an image: the image itself, or a file that was split off it.
///
/// A file counts only when its build id is the one that was recorded at the crash: the image at the same path may have
/// been replaced since, and names of another build are worse than none.
enum DebugFile {
    /// Opens the image and, when that has no debug information, the first file split off it that has: by build id, then
    /// by the image's own link. Names that the file lacks are then the image's: exported functions, stubs of the
    /// linkage table. Without any debug information it is the first file of the right build, with the image's names.
    /// - Parameter buildID: nil: the image is what lies at its path, and has none; a file split off it is then known by
    ///   the sum that the image's link says.
    /// - Throws: why none could be used: that of the image at its own path when there is one, since that is what people
    ///   expect to be read.
    static func open(
        path: String?, buildID: [UInt8]?, options: SymbolicatorOptions
    ) throws(SymbolFile.Failure) -> SymbolFile {
        var failure: SymbolFile.Failure?
        var image: SymbolFile?
        var candidates = separate(buildID: buildID ?? [], directories: options.debugFileDirectories + [systemDirectory])
            .map { Candidate(path: $0, sum: nil) }
        if let path {
            do throws(SymbolFile.Failure) {
                var file =
                    if let buildID, isVDSO(path) {
                        try SymbolFile(vDSO: path, buildID: buildID)
                    } else {
                        try SymbolFile(path, buildID: buildID, options: options)
                    }
                file.isImage()
                if file.hasDebugInfo { return file }
                candidates += linked(from: file, options)
                image = consume file
            } catch {
                if error == .noLibelf { throw error }
                failure = error
            }
        }
        let file = best(candidates, buildID, options, &failure)
        guard var file else {
            guard let image else { throw failure ?? .unreadable(code: 0) }
            return image
        }
        if let image { file.complete(with: image) }
        return file
    }

    private struct Candidate {
        let path: String
        /// The CRC-32 by which it is known when it, or the image, has no build id.
        let sum: UInt32?
    }

    private static func linked(from image: borrowing SymbolFile, _ options: SymbolicatorOptions) -> [Candidate] {
        guard let (name, sum) = image.debugLink else { return [] }
        return linked(name, from: image.path, directories: options.debugFileDirectories + [systemDirectory])
            .map { Candidate(path: $0, sum: sum) }
    }

    /// The first with debug information, else the first.
    private static func best(
        _ candidates: [Candidate], _ buildID: [UInt8]?, _ options: SymbolicatorOptions,
        _ failure: inout SymbolFile.Failure?
    ) -> SymbolFile? {
        var withNames: SymbolFile?
        for candidate in candidates {
            do throws(SymbolFile.Failure) {
                let file = try SymbolFile(candidate.path, buildID: buildID, sum: candidate.sum, options: options)
                if file.hasDebugInfo { return file }
                if withNames == nil { withNames = consume file }
            } catch {
                if failure == nil { failure = error }
            }
        }
        return withNames
    }

    /// What the kernel adds to each process, and no file: named so by the loader (vdso(7)).
    static func isVDSO(_ path: String) -> Bool { path.hasPrefix("linux-vdso.so") }
}
