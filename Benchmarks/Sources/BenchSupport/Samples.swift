// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// Measured values of one thing, in one unit.
package struct Samples {
    package private(set) var sorted: [Double] = []

    package init() {}

    package var count: Int { sorted.count }
    package var median: Double { quantile(0.5) }

    package mutating func add(_ value: Double) {
        sorted.insert(value, at: sorted.firstIndex { $0 > value } ?? sorted.endIndex)
    }

    /// Between the two nearest values, linearly; not a number when there are none.
    package func quantile(_ part: Double) -> Double {
        guard let last = sorted.last else { return .nan }
        let place = part * Double(count - 1)
        let index = Int(place)
        guard index + 1 < count else { return last }
        return sorted[index] + (place - Double(index)) * (sorted[index + 1] - sorted[index])
    }

    /// "1.23 (1.10..1.50)": the median, and what lies between the 10th and the 90th of a hundred.
    package var text: String { "\(median.short) (\(quantile(0.1).short)..\(quantile(0.9).short))" }
}

extension Double {
    /// Three significant digits, but all of those before the point.
    package var short: String {
        guard isFinite else { return "-" }
        let digits = abs(self) >= 100 ? 0 : abs(self) >= 10 ? 1 : 2
        return String(format: "%.\(digits)f", self)
    }

    /// With its sign.
    package var signed: String { self < 0 || !isFinite ? short : "+" + short }
}
