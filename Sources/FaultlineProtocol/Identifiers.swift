// SPDX-License-Identifier: Apache-2.0

/// An event's id: 128 random bits, 32 lower-case hexadecimal digits on the wire.
public struct EventID: Sendable, Hashable, LosslessStringConvertible {
    private let high: UInt64
    private let low: UInt64

    /// A new one.
    public init() {
        high = .random(in: .min ... .max)
        low = .random(in: .min ... .max)
    }

    /// 32 hexadecimal digits of any case, dashes allowed; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard let words = hexWords(String(text.filter { $0 != "-" }), count: 2) else { return nil }
        (high, low) = (words[0], words[1])
    }

    /// 32 lower-case digits, no dashes.
    public var description: String { hexText(high) + hexText(low) }
}

/// A trace's id: 128 random bits, never all zero; 32 lower-case hexadecimal digits.
public struct TraceID: Sendable, Hashable, LosslessStringConvertible {
    private let high: UInt64
    private let low: UInt64

    /// A new one.
    public init() {
        high = .random(in: 1 ... .max)
        low = .random(in: .min ... .max)
    }

    /// 32 hexadecimal digits of any case, not all zero; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard let words = hexWords(text, count: 2), words != [0, 0] else { return nil }
        (high, low) = (words[0], words[1])
    }

    /// 32 lower-case digits.
    public var description: String { hexText(high) + hexText(low) }
}

/// A span's id: 64 random bits, never all zero; 16 lower-case hexadecimal digits.
public struct SpanID: Sendable, Hashable, LosslessStringConvertible {
    private let value: UInt64

    /// A new one.
    public init() {
        value = .random(in: 1 ... .max)
    }

    /// 16 hexadecimal digits of any case, not all zero; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard let words = hexWords(text, count: 1), words != [0] else { return nil }
        value = words[0]
    }

    /// 16 lower-case digits.
    public var description: String { hexText(value) }
}

/// A check-in's id: 128 random bits, 32 lower-case hexadecimal digits on the wire.
public struct CheckInID: Sendable, Hashable, LosslessStringConvertible {
    private let high: UInt64
    private let low: UInt64

    /// A new one.
    public init() {
        high = .random(in: 1 ... .max)
        low = .random(in: .min ... .max)
    }

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Stands for the monitor's newest check-in that is in progress: all zeros.
    public static let latest = CheckInID(high: 0, low: 0)

    /// 32 hexadecimal digits of any case, dashes allowed; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard let words = hexWords(String(text.filter { $0 != "-" }), count: 2) else { return nil }
        (high, low) = (words[0], words[1])
    }

    /// 32 lower-case digits, no dashes.
    public var description: String { hexText(high) + hexText(low) }
}

private func hexText(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}

/// `count` words of 16 digits each and nothing else.
private func hexWords(_ text: some StringProtocol, count: Int) -> [UInt64]? {
    let digits = text.utf8.map { Character(Unicode.Scalar($0)).hexDigitValue }
    guard digits.count == 16 * count else { return nil }
    var words = [UInt64](repeating: 0, count: count)
    for (index, digit) in digits.enumerated() {
        guard let digit else { return nil }
        words[index / 16] = words[index / 16] << 4 | UInt64(digit)
    }
    return words
}
