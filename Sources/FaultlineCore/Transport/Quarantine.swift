// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Where goes what could not be read or what a server refused: the file under its name, and `<name>.reason` beside it.
/// Nobody sends it; a person may look at it. The newest 100 are kept.
struct Quarantine: Sendable {
    static let limit = 100
    static let suffix = ".reason"

    let directory: String

    /// Moves a file here; where that cannot be done, removes it, so that it is not met again and again.
    func take(_ path: String, name: String, reason: String) {
        let place = "\(directory)/\(name)"
        if rename(path, place) != 0 { unlink(path) }
        explain(place, reason)
    }

    /// Keeps bytes that were never in a file.
    func take(_ bytes: [UInt8], name: String, reason: String) {
        let place = "\(directory)/\(name)"
        do throws(FileError) {
            try OutboxFile.write(bytes, to: place)
            explain(place, reason)
        } catch {
            // There is no place left to keep it, and nothing is lost that a server would have taken.
        }
    }

    private func explain(_ place: String, _ reason: String) {
        try? OutboxFile.write(Array("\(reason)\n".utf8), to: place + Self.suffix)
        let names = OutboxFile.names(in: directory).filter { !$0.hasSuffix(Self.suffix) && !$0.hasPrefix(".") }.sorted()
        for name in names.dropLast(Self.limit) {
            unlink("\(directory)/\(name)")
            unlink("\(directory)/\(name)\(Self.suffix)")
        }
    }
}
