// SPDX-License-Identifier: Apache-2.0

extension StackText {
    /// What ``writeStacktrace(to:)`` begins with; nothing else in an event does.
    static let beginning: StaticString = #"{"instruction_addr_adjustment":"all","frames":["#

    /// Where stacks that were written here stand in an event's text. Their frames have no list in them: the first end of
    /// one is theirs.
    static func stacks(in event: [UInt8]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var at = 0
        while let begin = stackSearch.first(in: event, from: at) {
            guard let end = endSearch.first(in: event, from: begin) else { break }
            found.append(begin..<end + 2)
            at = end + 2
        }
        return found
    }

    /// Where the value of its `debug_meta` stands.
    static func debugMeta(in event: [UInt8]) -> Range<Int>? {
        guard let name = debugMetaSearch.first(in: event, from: 0),
            let end = endSearch.first(in: event, from: name)
        else { return nil }
        return name + debugMetaName.utf8CodeUnitCount..<end + 2
    }

    private static let debugMetaName: StaticString = #""debug_meta":"#
    private static let stackSearch = ByteSearch(beginning)
    private static let debugMetaSearch = ByteSearch(#""debug_meta":{"images":["#)
    private static let endSearch = ByteSearch("]}")
}

/// Looks for one text in others (R. N. Horspool, "Practical fast searching in strings", 1980): events without a stack
/// should cost next to nothing.
private struct ByteSearch: Sendable {
    private let wanted: [UInt8]
    /// By the byte under the last place: how far to go on.
    private let skips: [Int]

    init(_ text: StaticString) {
        wanted = Array(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        var skips = [Int](repeating: wanted.count, count: 256)
        for (index, byte) in wanted.dropLast().enumerated() { skips[Int(byte)] = wanted.count - 1 - index }
        self.skips = skips
    }

    func first(in text: [UInt8], from start: Int) -> Int? {
        text.withUnsafeBufferPointer { text in
            var end = start + wanted.count
            while end <= text.count {
                let last = text[end - 1]
                if last == wanted[wanted.count - 1], text[(end - wanted.count)..<end].elementsEqual(wanted) {
                    return end - wanted.count
                }
                end += skips[Int(last)]
            }
            return nil
        }
    }
}
