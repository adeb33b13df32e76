// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// The header `Retry-After`: seconds, or a date in one of HTTP's three forms
/// ([RFC 9110, 10.2.3](https://www.rfc-editor.org/rfc/rfc9110#field.retry-after)).
package enum RetryAfter {
    /// - Returns: nil when it says nothing that can be understood, or nothing that lies ahead.
    package static func duration(_ text: String?, now: Timestamp = .now()) -> Duration? {
        guard let text else { return nil }
        let words = text.split(whereSeparator: \.isWhitespace)
        let duration: Duration? =
            if words.count == 1, let word = words.first {
                RateLimits.seconds(word)
            } else {
                date(words).map { .seconds($0 - now.secondsSince1970) }
            }
        guard let duration, duration > .zero else { return nil }
        return duration
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` or `Sun Nov  6 08:49:37 1994`: whichever the
    /// form, the parts tell themselves apart.
    /// - Returns: seconds since 1970.
    private static func date(_ words: [Substring]) -> Double? {
        var numbers: [Int] = []
        var month: Int?
        var time: [Int]?
        for word in words.flatMap({ $0.split(whereSeparator: { $0 == "-" || $0 == "," }) }) {
            if word.contains(":") {
                time = word.split(separator: ":").compactMap { Int($0) }
            } else if let number = Int(word) {
                numbers.append(number)
            } else if let index = months.firstIndex(of: word.prefix(3).lowercased()), word.count == 3 {
                month = index + 1
            }
        }
        guard let month, let time, time.count == 3, numbers.count == 2 else { return nil }
        let (day, given) = (numbers[0], numbers[1])
        guard (1...31).contains(day), (0...9999).contains(given), (0...23).contains(time[0]),
            (0...59).contains(time[1]), (0...60).contains(time[2])
        else { return nil }
        // Two digits are of the century that lies nearer (RFC 9110, 5.6.7).
        let year = given >= 100 ? given : given < 70 ? 2000 + given : 1900 + given
        return Double(days(year, month, day) * 86_400 + time[0] * 3600 + time[1] * 60 + time[2])
    }

    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    /// Days since 1970-01-01 (https://howardhinnant.github.io/date_algorithms.html#days_from_civil).
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400, ofEra = year - era * 400
        let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    }
}
