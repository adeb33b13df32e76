// SPDX-License-Identifier: Apache-2.0

/// Which file has the names and lines of an image: the image itself, or a file that was split off it.
///
/// A file counts only when its build id is the one that was recorded at the crash: the image at the same path may have
/// been replaced since, and names of another build are worse than none.
enum DebugFile {
    /// What to try, in this order.
    static func candidates(path: String?, buildID: [UInt8], directories: [String]) -> [String] {
        let image = path.map { [$0] } ?? []
        return image + separate(buildID: buildID, directories: directories)
    }

    /// Opens the best of the candidates: the first with debug information, else the first that is the right build.
    /// - Throws: why none could be used: that of the image at its own path when there is one, since that is what people
    ///   expect to be read.
    static func open(path: String?, buildID: [UInt8], directories: [String]) throws(SymbolFile.Failure) -> SymbolFile {
        var withNames: SymbolFile?
        var failure: SymbolFile.Failure?
        for candidate in candidates(path: path, buildID: buildID, directories: directories) {
            do throws(SymbolFile.Failure) {
                let file = try SymbolFile(candidate, buildID: buildID)
                if file.hasDebugInfo { return file }
                if withNames == nil { withNames = consume file }
            } catch {
                if error == .noLibelf { throw error }
                if failure == nil { failure = error }
            }
        }
        if let withNames { return withNames }
        throw failure ?? .unreadable(code: 0)
    }
}
