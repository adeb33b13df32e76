// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Random words from the system's generator.
///
/// A system call costs as much as a tenth of a capture, so each fetches sixteen pairs, and each pair is given out once. They
/// lie in a page that the kernel empties in a forked child (`MADV_WIPEONFORK`, madvise(2), Linux 4.14): there all begins
/// anew, no pair of the parent's comes again, and nothing is held by a thread that the child does not have.
package enum Randomness {
    /// In the page, before the words. All zeros is its beginning.
    private struct Stock: ~Copyable {
        let isTaken: Atomic<Bool>
        /// Pairs that were not given out.
        var left: Int
    }

    /// Four times what getentropy(3) gives at once.
    private static let size = 1024
    private static let wordsOffset = 64

    /// Two words. Any thread; never waits for another one.
    package static func words() -> (UInt64, UInt64) {
        guard let page else { return fetched() }
        let stock = page.assumingMemoryBound(to: Stock.self), words = page + wordsOffset
        guard !stock.pointee.isTaken.exchange(true, ordering: .acquiring) else { return fetched() }
        defer { stock.pointee.isTaken.store(false, ordering: .releasing) }
        var left = stock.pointee.left
        if !(1...size / 16).contains(left) {
            for place in stride(from: 0, to: size, by: 256) {
                guard getentropy(words + place, 256) == 0 else { return fetched() }
            }
            left = size / 16
        }
        stock.pointee.left = left - 1
        let pair = (words + 16 * (left - 1)).assumingMemoryBound(to: (UInt64, UInt64).self).pointee
        // A fork out of a signal handler, in the middle of this: the page is empty.
        return pair == (0, 0) ? fetched() : pair
    }

    private static func fetched() -> (UInt64, UInt64) {
        var words: (UInt64, UInt64) = (0, 0)
        if withUnsafeMutableBytes(of: &words, { getentropy($0.baseAddress, $0.count) }) == 0 { return words }
        return (.random(in: .min ... .max), .random(in: .min ... .max))
    }

    /// nil: the kernel would copy it to a child.
    // nonisolated(unsafe): whoever has set `isTaken` in it uses it alone.
    nonisolated(unsafe) private static let page: UnsafeMutableRawPointer? = {
        #if os(Linux)
        let size = Int(getpagesize())
        let page = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let page, page != MAP_FAILED else { return nil }
        guard madvise(page, size, MADV_WIPEONFORK) == 0 else {
            munmap(page, size)
            return nil
        }
        return page
        #else
        return nil
        #endif
    }()
}
