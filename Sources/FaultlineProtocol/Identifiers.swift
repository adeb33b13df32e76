// SPDX-License-Identifier: Apache-2.0

/// An event's id: 128 random bits, 32 lower-case hexadecimal digits on the wire.
public struct EventID: Sendable, Hashable, LosslessStringConvertible {
    private let high: UInt64
    private let low: UInt64

    /// A new one.
    public init() {
        (high, low) = Randomness.words()
    }

    /// Always the same for an event that comes with another one, and unlike any random one's.
    package init(derivedFrom other: EventID) {
        high = other.high ^ 0x5a5a_5a5a_5a5a_5a5a
        low = other.low
    }

    /// 32 hexadecimal digits of any case, dashes allowed; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard let words = hexWords(text, count: 2, allowsDashes: true) else { return nil }
        (high, low) = words
    }

    /// 32 lower-case digits, no dashes.
    public var description: String { hexText(high, low) }

    /// The same, behind other text.
    package func write(to text: inout [UInt8]) {
        appendHex(high, to: &text)
        appendHex(low, to: &text)
    }
}

/// A trace's id: 128 random bits, never all zero; 32 lower-case hexadecimal digits.
public struct TraceID: Sendable, Hashable, LosslessStringConvertible {
    private let high: UInt64
    package let low: UInt64

    /// A new one.
    public init() {
        let (first, second) = Randomness.words()
        (high, low) = (max(first, 1), second)
    }

    /// 32 hexadecimal digits of any case, not all zero; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard let words = hexWords(text, count: 2), words != (0, 0) else { return nil }
        (high, low) = words
    }

    /// 32 lower-case digits.
    public var description: String { hexText(high, low) }

    /// The same as bytes.
    package func write(to text: UnsafeMutableRawBufferPointer) { writeHex(high, low, to: text) }
}

/// A span's id: 64 random bits, never all zero; 16 lower-case hexadecimal digits.
public struct SpanID: Sendable, Hashable, LosslessStringConvertible {
    private let value: UInt64

    /// A new one.
    public init() {
        value = max(Randomness.words().0, 1)
    }

    /// One of many that come of one random number, without asking for another: those of different numbers differ
    /// ([SplitMix64](https://prng.di.unimi.it/splitmix64.c)).
    package init(seed: UInt64, number: UInt64) {
        var mixed = seed &+ number &* 0x9e37_79b9_7f4a_7c15
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        value = max(mixed ^ mixed >> 31, 1)
    }

    /// 16 hexadecimal digits of any case, not all zero; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard let words = hexWords(text, count: 1), words.1 != 0 else { return nil }
        value = words.1
    }

    /// 16 lower-case digits.
    public var description: String { hexText(value) }

    /// The same as bytes.
    package func write(to text: UnsafeMutableRawBufferPointer) { writeHex(value, to: text) }
}

private func hexText(_ high: UInt64, _ low: UInt64) -> String {
    String(unsafeUninitializedCapacity: 32) { text in
        writeHex(high, low, to: UnsafeMutableRawBufferPointer(text))
        return 32
    }
}

private func hexText(_ word: UInt64) -> String {
    String(unsafeUninitializedCapacity: 16) { text in
        writeHex(word, to: UnsafeMutableRawBufferPointer(text))
        return 16
    }
}

/// 32 digits.
private func writeHex(_ high: UInt64, _ low: UInt64, to text: UnsafeMutableRawBufferPointer) {
    writeHex(high, to: text)
    writeHex(low, to: UnsafeMutableRawBufferPointer(rebasing: text[16...]))
}

/// 16 digits.
private func writeHex(_ word: UInt64, to text: UnsafeMutableRawBufferPointer) {
    for place in 0..<16 { text[place] = hexDigit(UInt8(truncatingIfNeeded: word >> (60 - 4 * UInt64(place))) & 15) }
}

private func appendHex(_ word: UInt64, to text: inout [UInt8]) {
    for shift in stride(from: UInt64(60), through: 0, by: -4) {
        text.append(hexDigit(UInt8(truncatingIfNeeded: word >> shift) & 15))
    }
}

/// A check-in's id: 128 random bits, 32 lower-case hexadecimal digits on the wire.
public struct CheckInID: Sendable, Hashable, LosslessStringConvertible {
    private let high: UInt64
    private let low: UInt64

    /// A new one.
    public init() {
        let (first, second) = Randomness.words()
        (high, low) = (max(first, 1), second)
    }

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Stands for the monitor's newest check-in that is in progress: all zeros.
    public static let latest = CheckInID(high: 0, low: 0)

    /// 32 hexadecimal digits of any case, dashes allowed; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard let words = hexWords(text, count: 2, allowsDashes: true) else { return nil }
        (high, low) = words
    }

    /// 32 lower-case digits, no dashes.
    public var description: String { hexText(high, low) }
}

/// One or two words of 16 digits each and nothing else; of one, the second is it.
private func hexWords(_ text: some StringProtocol, count: Int, allowsDashes: Bool = false) -> (UInt64, UInt64)? {
    var words: (UInt64, UInt64) = (0, 0)
    var digits = 0
    for byte in text.utf8 {
        let digit: UInt8
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "-") where allowsDashes: continue
        default: return nil
        }
        digits += 1
        guard digits <= 16 * count else { return nil }
        words = (words.0 << 4 | words.1 >> 60, words.1 << 4 | UInt64(digit))
    }
    return digits == 16 * count ? words : nil
}
