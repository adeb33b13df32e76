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

    private let images: [ImageRange]
    /// By image: seconds since its file was written; nil: no sources are known to be its own.
    private let ages: [Int?]

    init(_ images: [ImageRange], _ found: [ResolvedImage?]) {
        self.images = images
        ages = zip(images, found).map { image, found in
            found?.hasDebugInfo == true ? Self.age(of: image) : nil
        }
    }

    private static func age(of image: ImageRange) -> Int? {
        guard let path = image.path, let buildID = image.buildID, (try? SymbolFile(path, buildID: buildID)) != nil
        else {
            return nil
        }
        return WholeFile.status(path)?.age
    }

    /// - Parameter stacks: frames oldest first; the most important stack first.
    func add(to stacks: inout [[Frame]]) {
        guard ages.contains(where: { $0 != nil }) else { return }
        let places = ordered(stacks)
        var files: [String: [Int: Lines]] = [:]
        for (path, wanted) in lines(places, stacks) {
            files[path] = Self.read(path, wanted.lines, notAfter: wanted.age)
        }
        var room = Self.longestText
        for (stack, index) in places {
            guard let path = stacks[stack][index].absPath, let line = stacks[stack][index].lineno,
                let lines = files[path]?[line], lines.size <= room
            else { continue }
            room -= lines.size
            stacks[stack][index].preContext = lines.before
            stacks[stack][index].contextLine = lines.line
            stacks[stack][index].postContext = lines.after
        }
    }

    // MARK: - Which

    private func ordered(_ stacks: [[Frame]]) -> [(stack: Int, frame: Int)] {
        let all = stacks.enumerated().flatMap { stack, frames in
            frames.indices.reversed().filter { age(of: frames[$0]) != nil }.map { (stack: stack, frame: $0) }
        }
        func isOwn(_ place: (stack: Int, frame: Int)) -> Bool { stacks[place.stack][place.frame].inApp == true }
        return all.filter(isOwn) + all.filter { !isOwn($0) }
    }

    /// Of the frame's image; nil: the frame has no place that could be read.
    private func age(of frame: Frame) -> Int? {
        // `other`: its names and lines are ours.
        guard frame.platform == "other", frame.contextLine == nil, frame.lineno ?? 0 > 0,
            frame.fields["vars"]?.objectValue?["hidden"] == nil, let path = frame.absPath, Self.isSource(path),
            let address = frame.instructionAddress,
            let image = images.firstIndex(where: { $0.addresses.contains(address) })
        else { return nil }
        return ages[image]
    }

    private static let endings: Set<Substring> = [
        "swift", "c", "cc", "cpp", "cxx", "h", "hh", "hpp", "hxx", "inc", "m", "mm", "rs", "s", "S",
    ]

    private static func isSource(_ path: String) -> Bool {
        guard path.hasPrefix("/"), let dot = path.utf8.lastIndex(of: UInt8(ascii: ".")) else { return false }
        return endings.contains(path[dot...].dropFirst())
    }

    private typealias Wanted = (lines: Set<Int>, age: Int)

    private func lines(_ places: [(stack: Int, frame: Int)], _ stacks: [[Frame]]) -> [String: Wanted] {
        var wanted: [String: Wanted] = [:]
        for (stack, index) in places {
            let frame = stacks[stack][index]
            guard let path = frame.absPath, let line = frame.lineno, let age = age(of: frame),
                wanted[path] != nil || wanted.count < Self.mostFiles
            else { continue }
            wanted[path, default: ([], age)].lines.insert(line)
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

    /// - Parameters:
    ///   - wanted: line numbers, from 1.
    ///   - age: seconds; a file that was written later is left alone.
    static func read(_ path: String, _ wanted: Set<Int>, notAfter age: Int) -> [Int: Lines] {
        guard let file = try? FileDescriptor(opening: path, O_RDONLY | O_NOCTTY),
            let status = WholeFile.status(descriptor: file.number)?.status, status.isRegular, status.age >= age,
            status.size <= longestFile, let bytes = file.read(limit: longestFile), !bytes.contains(0)
        else { return [:] }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        var found: [Int: Lines] = [:]
        for number in wanted where lines.indices.contains(number - 1) {
            let index = number - 1
            found[number] = Lines(
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
