// SPDX-License-Identifier: Apache-2.0

extension DebugFile {
    /// Where distributions install debug files.
    static let systemDirectory = "/usr/lib/debug"

    /// `<directory>/.build-id/f1/c3bcc0….debug`.
    /// Source: [Separate Debug Files](https://sourceware.org/gdb/current/onlinedocs/gdb.html/Separate-Debug-Files.html).
    static func separate(buildID: [UInt8], directories: [String]) -> [String] {
        guard buildID.count > 1 else { return [] }
        let digits = hexadecimal(buildID)
        return directories.map { "\($0)/.build-id/\(digits.prefix(2))/\(digits.dropFirst(2)).debug" }
    }

    /// Lower-case.
    static func hexadecimal(_ buildID: [UInt8]) -> String {
        buildID.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Of lower- or upper-case hexadecimal; nil when it is not that.
    static func buildID(_ hexadecimal: String) -> [UInt8]? {
        let digits = Array(hexadecimal.utf8)
        guard !digits.isEmpty, digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digit(digits[index]), let low = digit(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
