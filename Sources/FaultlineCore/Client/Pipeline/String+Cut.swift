// SPDX-License-Identifier: Apache-2.0

extension String {
    /// At most so many bytes of UTF-8: a longer text is cut between code points and ends in `...`, which counts.
    func cut(toBytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var end = utf8.index(startIndex, offsetBy: max(0, limit - 3))
        while end > startIndex, end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
        return self[..<end] + "..."
    }
}
