// SPDX-License-Identifier: Apache-2.0

internal import FaultlineFiles
internal import FaultlineProtocol

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The source lines around the places of frames, where the sources lie on this machine.
///
/// Only of images that are still the build that crashed, and out of files that were not written after it: a line of
/// another version would point at the wrong code. The paths are the debug information's, which is untrusted: a file is
/// read only when its name is that of a source file.
struct SourceContext {
    static let linesEachSide = 5
    /// Of an event: the service's own frames come first, and of these the newest of what crashed.
    static let longestText = 100_000
    static let mostFiles = 64
    static let longestFile = 1 << 20
    static let longestLine = 512

    /// By image: when its file was written; nil: no sources are known to be its own.
    private let written: [Int?]

    init(_ found: [ResolvedImage?]) {
        written = found.map { $0?.hasDebugInfo == true ? $0?.imageWritten : nil }
    }

    /// - Parameters:
    ///   - stacks: frames oldest first; the most important stack first.
    ///   - origins: for each frame the image whose debug information says where it is; nil: something else does.
    func add(to stacks: inout [[Frame]], origins: [[Int?]]) {
        let places = ordered(stacks, origins)
        var files: [String: File] = [:]
        for (path, wanted) in lines(places, stacks) {
            files[path] = Self.read(path, wanted)
        }
        var room = Self.longestText
        for place in places {
            let frame = stacks[place.stack][place.frame]
            guard let path = frame.absPath, let line = frame.lineno, let file = files[path],
                file.written <= place.written, let lines = file.lines[line], lines.size <= room
            else { continue }
            room -= lines.size
            stacks[place.stack][place.frame].preContext = lines.before
            stacks[place.stack][place.frame].contextLine = lines.line
            stacks[place.stack][place.frame].postContext = lines.after
        }
    }

    // MARK: - Which

    private struct Place {
        let stack: Int
        let frame: Int
        /// Of its image.
        let written: Int
    }

    private func ordered(_ stacks: [[Frame]], _ origins: [[Int?]]) -> [Place] {
        let all = stacks.indices.flatMap { stack in
            stacks[stack].indices.reversed().compactMap { frame -> Place? in
                guard let origin = origins[stack][frame], let written = written[origin],
                    Self.canHaveLines(stacks[stack][frame])
                else { return nil }
                return Place(stack: stack, frame: frame, written: written)
            }
        }
        func isOwn(_ place: Place) -> Bool { stacks[place.stack][place.frame].inApp == true }
        return all.filter(isOwn) + all.filter { !isOwn($0) }
    }

    private static func canHaveLines(_ frame: Frame) -> Bool {
        frame.contextLine == nil && frame.lineno ?? 0 > 0 && frame.fields["vars"]?.objectValue?["hidden"] == nil
            && frame.absPath.map(isSource) == true
    }

    private static let endings: Set<Substring> = [
        "swift", "c", "cc", "cpp", "cxx", "h", "hh", "hpp", "hxx", "m", "mm", "rs", "s", "S",
    ]

    private static func isSource(_ path: String) -> Bool {
        guard path.hasPrefix("/"), let dot = path.utf8.lastIndex(of: UInt8(ascii: ".")) else { return false }
        return endings.contains(path[dot...].dropFirst())
    }

    private func lines(_ places: [Place], _ stacks: [[Frame]]) -> [String: Set<Int>] {
        var wanted: [String: Set<Int>] = [:]
        for place in places {
            let frame = stacks[place.stack][place.frame]
            guard let path = frame.absPath, let line = frame.lineno,
                wanted[path] != nil || wanted.count < Self.mostFiles
            else { continue }
            wanted[path, default: []].insert(line)
        }
        return wanted
    }

    // MARK: - Reading

    struct Lines: Equatable {
        var before: [String]
        var line: String
        var after: [String]

        /// On the wire, about.
        var size: Int { (before + [line] + after).reduce(80) { $0 + $1.utf8.count + 3 } }
    }

    struct File {
        /// Seconds since 1970.
        let written: Int
        /// By number, from 1.
        var lines: [Int: Lines] = [:]
    }

    /// - Parameter wanted: line numbers, from 1.
    static func read(_ path: String, _ wanted: Set<Int>) -> File? {
        guard let file = try? FileDescriptor(opening: path, O_RDONLY | O_NOCTTY),
            let status = WholeFile.status(descriptor: file.number)?.status, status.isRegular,
            status.size <= longestFile, let bytes = file.read(limit: longestFile), !bytes.contains(0)
        else { return nil }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        var found = File(written: status.written)
        for number in wanted where lines.indices.contains(number - 1) {
            let index = number - 1
            found.lines[number] = Lines(
                before: lines[max(0, index - linesEachSide)..<index].map(text), line: text(lines[index]),
                after: lines[(index + 1)..<min(lines.count, index + 1 + linesEachSide)].map(text))
        }
        return found
    }

    private static func text(_ line: ArraySlice<UInt8>) -> String {
        let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        // Four bytes are the longest character of UTF-8; what is cut in two is repaired, and cut off with the rest.
        let text = String(decoding: line.prefix(4 * longestLine + 4), as: UTF8.self)
        return text.count > longestLine ? text.prefix(longestLine - 1) + "…" : text
    }
}
