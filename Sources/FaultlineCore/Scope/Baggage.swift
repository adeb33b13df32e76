// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// The W3C `baggage` header (https://www.w3.org/TR/baggage/): comma-separated `key=value`, percent-encoded.
enum Baggage {
    private static let prefix = "sentry-"
    /// What a platform must be able to carry (https://www.w3.org/TR/baggage/#limits); a client that sends more gets no more.
    private static let byteLimit = 8192, memberLimit = 180

    /// The members that begin with `sentry-`, without it, in their order; the last of a key counts. What is malformed is
    /// left out.
    static func sentryMembers(of header: String) -> Fields {
        var members: Fields = [:]
        for member in header.prefix(Self.byteLimit).split(separator: ",").prefix(Self.memberLimit) {
            guard let equals = member.firstIndex(of: "=") else { continue }
            let key = decoded(member[..<equals])
            guard key.hasPrefix(prefix), key.utf8.count > prefix.utf8.count else { continue }
            members[String(key.dropFirst(prefix.count))] = .string(decoded(member[member.index(after: equals)...]))
        }
        return members
    }

    /// Without surrounding blanks, `%xx` resolved; a `%` that begins no pair of hex digits stands for itself.
    private static func decoded(_ text: Substring) -> String {
        var rest = text.utf8.drop(while: isBlank)
        while let last = rest.last, isBlank(last) { rest.removeLast() }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(rest.count)
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2, let high = rest.first?.hexDigit,
                let low = rest.dropFirst().first?.hexDigit
            {
                bytes.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}

extension UInt8 {
    fileprivate var hexDigit: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }
}
