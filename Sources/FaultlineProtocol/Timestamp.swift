// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// A moment in UTC, to the nanosecond; leap seconds are not counted.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Whole seconds since 1970-01-01T00:00:00Z; negative before.
    public let seconds: Int64
    /// 0 ..< 1,000,000,000.
    public let nanoseconds: UInt32

    /// Nanoseconds outside of a second are carried into the seconds, which saturate at the ends of 64 bits.
    public init(seconds: Int64, nanoseconds: Int64 = 0) {
        let (carry, rest) = Self.floorDivision(nanoseconds, 1_000_000_000)
        let (sum, overflow) = seconds.addingReportingOverflow(carry)
        self.seconds = overflow ? (carry < 0 ? .min : .max) : sum
        self.nanoseconds = UInt32(rest)
    }

    /// The system's clock.
    public static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec))
    }

    /// This moment and a duration; saturates at the ends of 64-bit seconds.
    public func advanced(by duration: Duration) -> Timestamp {
        let (whole, attoseconds) = duration.components
        let (sum, overflow) = seconds.addingReportingOverflow(whole)
        guard !overflow else { return Timestamp(seconds: whole < 0 ? .min : .max) }
        return Timestamp(seconds: sum, nanoseconds: Int64(nanoseconds) + attoseconds / 1_000_000_000)
    }

    /// Seconds since 1970, as the protocol's other form of a time.
    public var secondsSince1970: Double {
        Double(seconds) + Double(nanoseconds) / 1e9
    }

    /// Earlier comes first.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }
}

extension Timestamp: LosslessStringConvertible {
    /// `2026-08-21T09:30:00.123456Z`: RFC 3339, UTC, six decimals (what is finer is cut).
    public var description: String {
        var text: [UInt8] = []
        text.reserveCapacity(32)
        write(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// The same, behind other text.
    package func write(to text: inout [UInt8]) {
        let (days, second) = Self.floorDivision(seconds, 86400)
        let (year, month, day) = Self.civil(fromDays: days)
        func add(_ value: Int64, _ width: Int, _ end: Unicode.Scalar) {
            var power: Int64 = 1
            for _ in 1..<width { power *= 10 }
            if !(0..<power * 10).contains(value) {
                // A year of more than four digits, or before the year 0.
                let digits = String(value)
                text.append(contentsOf: String(repeating: "0", count: max(0, width - digits.count)).utf8)
                text.append(contentsOf: digits.utf8)
            } else {
                while power > 0 {
                    text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / power % 10))
                    power /= 10
                }
            }
            text.append(UInt8(ascii: end))
        }
        add(year, 4, "-")
        add(month, 2, "-")
        add(day, 2, "T")
        add(second / 3600, 2, ":")
        add(second / 60 % 60, 2, ":")
        add(second % 60, 2, ".")
        add(Int64(nanoseconds / 1000), 6, "Z")
    }

    /// RFC 3339 with any number of decimals and any offset (`Z`, `+02:00`, `-0200`); nil for anything else, also for
    /// days that do not exist. A leap second (`:60`) is the first second of the next minute.
    public init?(_ text: String) {
        var reader = DigitReader(text)
        guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2), reader.skip("-"),
            let day = reader.number(2), reader.skip("T") || reader.skip("t") || reader.skip(" "),
            let hour = reader.number(2), reader.skip(":"), let minute = reader.number(2), reader.skip(":"),
            let second = reader.number(2), (1...12).contains(month), day >= 1,
            day <= Self.daysInMonth(month, year: year), hour < 24, minute < 60, second < 61
        else { return nil }
        var nanoseconds: Int64 = 0
        if reader.skip(".") {
            guard let fraction = reader.fraction() else { return nil }
            nanoseconds = fraction
        }
        guard let offset = reader.offset(), reader.isAtEnd else { return nil }
        let days = Self.days(year: year, month: month, day: day)
        self.init(seconds: days * 86400 + hour * 3600 + minute * 60 + second - offset, nanoseconds: nanoseconds)
    }

    /// Either form of the protocol: an RFC 3339 string, or seconds since 1970, to the microsecond (a `Double` holds
    /// no more). nil for other values, and for times outside of the years 0 … 9999, which RFC 3339 cannot say.
    public init?(_ json: JSONValue) {
        switch json {
        case .string(let text): self.init(text)
        case .integer(let seconds):
            guard Self.writable.contains(seconds) else { return nil }
            self.init(seconds: seconds)
        case .number(let seconds):
            let whole = seconds.rounded(.down)
            guard let exact = Int64(exactly: whole), Self.writable.contains(exact) else { return nil }
            self.init(seconds: exact, nanoseconds: Int64(((seconds - whole) * 1e6).rounded()) * 1000)
        default: return nil
        }
    }

    /// Seconds of the years 0000 … 9999.
    private static let writable: ClosedRange<Int64> = -62_167_219_200...253_402_300_799

    private static func daysInMonth(_ month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func floorDivision(_ value: Int64, _ divisor: Int64) -> (Int64, Int64) {
        let remainder = value % divisor
        return remainder < 0 ? (value / divisor - 1, remainder + divisor) : (value / divisor, remainder)
    }

    /// The proleptic Gregorian calendar, by 400-year eras that begin in March.
    /// Source: Howard Hinnant, [chrono-compatible low-level date algorithms](https://howardhinnant.github.io/date_algorithms.html).
    private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = floorDivision(days + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let (era, yearOfEra) = floorDivision(month <= 2 ? year - 1 : year, 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

private struct DigitReader {
    private var rest: Substring.UTF8View

    init(_ text: String) {
        rest = Substring(text).utf8
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func digit() -> Int64? {
        guard let byte = rest.first, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
        rest.removeFirst()
        return Int64(byte - UInt8(ascii: "0"))
    }

    mutating func number(_ digits: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// Decimals of a second as nanoseconds; what is finer is cut.
    mutating func fraction() -> Int64? {
        guard var value = digit() else { return nil }
        var digits = 1
        while let digit = digit() {
            if digits < 9 { value = value * 10 + digit }
            digits += 1
        }
        while digits < 9 {
            value *= 10
            digits += 1
        }
        return value
    }

    /// Seconds east of UTC.
    mutating func offset() -> Int64? {
        if skip("Z") || skip("z") { return 0 }
        let sign: Int64
        if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else { return nil }
        guard let hours = number(2) else { return nil }
        _ = skip(":")
        guard let minutes = number(2), hours < 24, minutes < 60 else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }
}
