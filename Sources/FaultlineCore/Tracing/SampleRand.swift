// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// The random number of a trace, 0 … 1 without 1: every service samples the trace where its own rate is above it.
///
/// Source: [Propagated random value](https://develop.sentry.dev/sdk/foundations/trace-propagation/).
struct SampleRand: Sendable {
    let value: Double
    /// As it came; nil: it is our own.
    private let given: String?

    /// One that came with the trace; nil: it is none.
    init?(_ text: String) {
        guard let value = Double(text), (0..<1).contains(value) else { return nil }
        self.value = value
        given = text
    }

    /// The same for all who know the trace's id.
    /// - Parameter range: the part of 0 … 1 it must lie in.
    init?(_ traceID: TraceID, in range: Range<Double> = 0..<1) {
        guard !range.isEmpty else { return nil }
        let lower = Int(range.lowerBound * 1_000_000)
        let count = max(Int(range.upperBound * 1_000_000) - lower, 1)
        self.init(millionths: lower + Int(traceID.random % UInt64(count)))
    }

    private init(millionths: Int) {
        value = Double(millionths) / 1_000_000
        given = nil
    }

    /// As it came, or six digits.
    var text: String {
        if let given { return given }
        let digits = String(Int((value * 1_000_000).rounded()))
        return "0." + String(repeating: "0", count: max(6 - digits.count, 0)) + digits
    }

    /// What a trace is given whose earlier services told no number: one that agrees with what they decided.
    /// - Parameters:
    ///   - sampled: their decision, nil: they left it to others.
    ///   - rate: theirs; nil: unknown.
    /// - Returns: nil where decision and rate contradict each other.
    static func agreeing(_ traceID: TraceID, sampled: Bool?, rate: Double?) -> SampleRand? {
        guard let sampled, let rate, (0...1).contains(rate) else { return SampleRand(traceID) }
        return SampleRand(traceID, in: sampled ? 0..<rate : rate..<1)
    }
}

extension TraceID {
    /// The last 64 bits, mixed once more: some services put a time into their ids (MurmurHash3's finaliser).
    fileprivate var random: UInt64 {
        var mixed = low
        mixed = (mixed ^ mixed >> 33) &* 0xff51_afd7_ed55_8ccd
        mixed = (mixed ^ mixed >> 33) &* 0xc4ce_b9fe_1a85_ec53
        return mixed ^ mixed >> 33
    }
}
