// SPDX-License-Identifier: Apache-2.0

/// A proxy's address: `[scheme://][user[:password]@]host[:port][/]`.
package struct Proxy: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// Asked by CONNECT.
        case http
        /// SOCKS 5, which looks up the server's name itself.
        case socks5
    }

    package let kind: Kind
    package let host: String
    package let port: Int
    package let user: String?
    package let password: String?

    struct Fault: Error {
        let text: String
        let remedy: String
    }

    /// The failure never shows a password.
    static func parse(_ text: String) -> Result<Proxy, Fault> {
        let remedy = "give `http://host:port` or `socks5://host:port`"
        let trimmed = text.filter { !$0.isWhitespace }
        var rest = trimmed[...]
        var scheme = "http"
        if let end = trimmed.firstRange(of: "://") {
            scheme = trimmed[..<end.lowerBound].lowercased()
            rest = trimmed[end.upperBound...]
        }
        var user: String?
        var password: String?
        if let at = rest.lastIndex(of: "@") {
            let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            user = decoded(parts[0])
            password = parts.count > 1 ? decoded(parts[1]) : nil
            rest = rest[rest.index(after: at)...]
        }
        rest = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let shown = "`\(scheme)://\(rest)`"
        let kind: Kind
        switch scheme {
        case "http": kind = .http
        case "socks5", "socks5h", "socks":
            if user != nil {
                return .failure(Fault(text: "\(shown): SOCKS with a user is not spoken here", remedy: remedy))
            }
            kind = .socks5
        case "https":
            return .failure(Fault(text: "\(shown): TLS to the proxy itself is not spoken here", remedy: remedy))
        case "socks4", "socks4a":
            return .failure(Fault(text: "\(shown): SOCKS 4 is not spoken here", remedy: remedy))
        default:
            return .failure(Fault(text: "\(shown): `\(scheme)` is no kind of proxy known here", remedy: remedy))
        }
        guard let (host, port) = hostAndPort(rest, kind) else {
            return .failure(Fault(text: "\(shown): it has no host, or no port between 1 and 65535", remedy: remedy))
        }
        return .success(Proxy(kind: kind, host: host, port: port, user: user, password: password))
    }

    /// `host`, `host:port`, `[::1]:port`. Without a port: 80, SOCKS 1080.
    private static func hostAndPort(_ text: Substring, _ kind: Kind) -> (String, Int)? {
        var host = text
        var port: Substring?
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.first == ":" else { return nil }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        guard !host.isEmpty else { return nil }
        guard let port else { return (String(host), kind == .http ? 80 : 1080) }
        guard let number = Int(port), (1...65535).contains(number) else { return nil }
        return (String(host), number)
    }

    /// `%40` is `@`.
    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
