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
        let text = header.utf8.count <= byteLimit ? header[...] : Substring(header.utf8.prefix(byteLimit))
        for member in text.split(separator: ",", maxSplits: memberLimit).prefix(memberLimit) {
            guard let equals = member.firstIndex(of: "=") else { continue }
            let key = decoded(member[..<equals])
            guard key.hasPrefix(prefix), key.utf8.count > prefix.utf8.count else { continue }
            members[String(key.dropFirst(prefix.count))] = .string(decoded(member[member.index(after: equals)...]))
        }
        return members
    }

    /// `sentry-` members as a header, in their order.
    static func header(_ members: Fields) -> String {
        var bytes: [UInt8] = []
        for (key, value) in members {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: prefix.utf8)
            encode(key, to: &bytes)
            bytes.append(UInt8(ascii: "="))
            encode(value.stringValue ?? String(decoding: value.serialized(), as: UTF8.self), to: &bytes)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What an outgoing request is to carry: the members of others that it has already, as they are, then ours.
    static func merged(_ existing: String?, with ours: String) -> String {
        let foreign = withoutSentryMembers(existing ?? "")
        // What is too long for the next server is not worth the request.
        guard foreign.utf8.count + ours.utf8.count < byteLimit else { return foreign }
        return foreign.isEmpty || ours.isEmpty ? foreign + ours : "\(foreign),\(ours)"
    }

    /// The header without its `sentry-` members; the others' text is left as it is.
    static func withoutSentryMembers(_ header: String) -> String {
        header.split(separator: ",", omittingEmptySubsequences: false)
            .filter { !$0.utf8.drop(while: isBlank).starts(with: prefix.utf8) }
            .joined(separator: ",")
    }

    /// Percent-encoded but for the unreserved characters of RFC 3986 and `/`, as the other SDKs do.
    private static func encode(_ text: String, to bytes: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: "/"):
                bytes.append(byte)
            default:
                bytes.append(UInt8(ascii: "%"))
                bytes.append(contentsOf: [byte >> 4, byte & 15].map { $0 < 10 ? 0x30 + $0 : 0x37 + $0 })
            }
        }
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
