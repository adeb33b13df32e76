// SPDX-License-Identifier: Apache-2.0

internal import FaultlineFiles

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Where goes what could not be read or what a server refused: the file under its name, and `<name>.reason` beside it.
/// Nobody sends it; a person may look at it. The newest 100 are kept.
package struct Quarantine: Sendable {
    package static let limit = 100
    package static let suffix = ".reason"

    package let directory: String

    package init(directory: String) {
        self.directory = directory
    }

    /// Moves a file here; where that cannot be done, removes it, so that it is not met again and again.
    package func take(_ path: String, name: String, reason: String) {
        let place = "\(directory)/\(name)"
        if rename(path, place) != 0 { unlink(path) }
        explain(place, reason)
    }

    /// Keeps bytes that were never in a file.
    package func take(_ bytes: [UInt8], name: String, reason: String) {
        let place = "\(directory)/\(name)"
        do throws(SystemError) {
            try WholeFile.write(bytes, to: place)
            explain(place, reason)
        } catch {
            // There is no place left to keep it, and nothing is lost that a server would have taken.
        }
    }

    private func explain(_ place: String, _ reason: String) {
        try? WholeFile.write(Array("\(reason)\n".utf8), to: place + Self.suffix)
        let names = WholeFile.names(in: directory).filter { !$0.hasSuffix(Self.suffix) && !$0.hasPrefix(".") }.sorted()
        for name in names.dropLast(Self.limit) {
            unlink("\(directory)/\(name)")
            unlink("\(directory)/\(name)\(Self.suffix)")
        }
        WholeFile.removeUnfinished(in: directory)
    }
}
