// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

extension Frame {
    private static let gapStart = "… "
    private static let gapEnd = " frames left out …"

    /// Stands for the middle of a stack too deep to send; the handler writes the same (CHelpers/crash/handler/event.c).
    static func gap(_ count: Int) -> Frame {
        var gap = Frame()
        gap.function = "\(gapStart)\(count)\(gapEnd)"
        gap.inApp = false
        return gap
    }

    /// How many frames it stands for; nil when it is a frame.
    var framesLeftOut: Int? {
        guard let function, function.hasPrefix(Self.gapStart), function.hasSuffix(Self.gapEnd) else { return nil }
        // Untrusted: what cannot be a depth must not be added up.
        return Int(function.dropFirst(Self.gapStart.count).dropLast(Self.gapEnd.count))
            .flatMap { 0...1_000_000_000 ~= $0 ? $0 : nil }
    }
}

extension Stacktrace {
    /// Leaves out the middle, and says there how much in all.
    /// - Returns: how many frames it took away; nil when there are no more than these.
    mutating func keepEnds(oldest: Int, newest: Int) -> Int? {
        let all = frames
        let real = all.filter { $0.framesLeftOut == nil }
        guard real.count > oldest + newest else { return nil }
        let before = all.compactMap(\.framesLeftOut).reduce(0, +)
        let count = real.count - oldest - newest
        frames = Array(real.prefix(oldest)) + [.gap(before + count)] + Array(real.suffix(newest))
        return count
    }
}
