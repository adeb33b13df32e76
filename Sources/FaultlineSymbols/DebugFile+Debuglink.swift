// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

extension DebugFile {
    /// Where the file that an image's `.gnu_debuglink` names may lie: beside the image, in `.debug` there, and below
    /// each directory as the image lies below the root; the same for the directory that symbolic links lead to.
    /// Source: [Separate Debug Files](https://sourceware.org/gdb/current/onlinedocs/gdb.html/Separate-Debug-Files.html).
    /// - Parameters:
    ///   - name: as the image says it; none when it is no plain file name.
    ///   - image: its absolute path.
    static func linked(_ name: String, from image: String, directories: [String]) -> [String] {
        guard !name.isEmpty, !name.contains("/") else { return [] }
        var places: [String] = []
        for path in [image, resolved(image)] {
            guard let slash = path?.lastIndex(of: "/"), let place = path?[..<slash] else { continue }
            if !places.contains(String(place)) { places.append(String(place)) }
        }
        let candidates = places.flatMap { place in
            ["\(place)/\(name)", "\(place)/.debug/\(name)"] + directories.map { "\($0)\(place)/\(name)" }
        }
        return candidates.filter { $0 != image }
    }

    private static func resolved(_ path: String) -> String? {
        guard let text = realpath(path, nil) else { return nil }
        defer { free(text) }
        return String(cString: text)
    }
}
