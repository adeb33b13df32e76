// SPDX-License-Identifier: Apache-2.0

/// Where events go and by what right: `https://<public key>@<host>[:<port>]<path>/<project>`.
///
/// Source: [Parsing the DSN](https://develop.sentry.dev/sdk/foundations/transport/authentication/#parsing-the-dsn).
public struct DSN: Sendable, Hashable {
    /// `http` or `https`.
    public let scheme: String
    /// Names the sender; no secret.
    public let publicKey: String
    /// Of old servers only.
    public let secretKey: String?
    /// Lower case; an IPv6 address without its brackets.
    public let host: String
    /// As given, else 443 or 80.
    public let port: Int
    /// Before the project: begins and ends with a slash.
    public let path: String
    /// Decimal digits.
    public let projectID: String

    /// The organisation, when the host says it as `o<digits>.`.
    public var orgID: String? {
        let label = host.prefix { $0 != "." }
        guard label.count < host.count, label.first == "o", label.count > 1, label.dropFirst().allSatisfy(Self.isDigit)
        else { return nil }
        return String(label.dropFirst())
    }

    /// Where envelopes are posted.
    public var envelopeURL: String {
        "\(scheme)://\(authority)\(path)api/\(projectID)/envelope/"
    }

    /// The value of the header `X-Sentry-Auth`.
    /// - Parameter client: name and version of the SDK, such as `faultline.swift/0.1.0`.
    public func authHeader(client: String) -> String {
        let secret = secretKey.map { ", sentry_secret=\($0)" } ?? ""
        return "Sentry sentry_key=\(publicKey), sentry_version=7, sentry_client=\(client)\(secret)"
    }

    private var isDefaultPort: Bool { port == (scheme == "https" ? 443 : 80) }

    /// The host, and the port where it is not the scheme's own.
    package var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return isDefaultPort ? name : "\(name):\(port)"
    }

    private static func isDigit(_ character: Character) -> Bool {
        character.isASCII && character.isNumber
    }
}

extension DSN: CustomStringConvertible {
    /// The DSN without its secret.
    public var description: String {
        "\(scheme)://\(publicKey)@\(authority)\(path)\(projectID)"
    }
}

extension DSN {
    /// Reads a DSN; blanks around it, a query and a fragment are ignored.
    /// - Throws: ``DSNError``, which says what is wrong and what to do.
    public init(_ text: String) throws(DSNError) {
        let begun = text.drop { $0.isWhitespace }
        let dsn = begun.lastIndex { !$0.isWhitespace }.map { String(begun[...$0]) } ?? ""
        func fail(_ problem: DSNError.Problem) -> DSNError { DSNError(problem: problem, dsn: dsn) }

        guard let schemeEnd = dsn.firstRange(of: "://") else { throw fail(.scheme) }
        scheme = dsn[..<schemeEnd.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else { throw fail(.scheme) }

        let rest = dsn[schemeEnd.upperBound...].prefix { $0 != "?" && $0 != "#" }
        let authority = rest.prefix { $0 != "/" }
        let location = rest.dropFirst(authority.count)

        let at = authority.lastIndex(of: "@")
        let address = at.map { authority[authority.index(after: $0)...] } ?? authority
        (host, port) = try Self.hostAndPort(address, scheme: scheme, fail)
        guard let at else { throw fail(.publicKey) }
        let keys = authority[..<at]
        publicKey = String(keys.prefix { $0 != ":" })
        let secret = keys.dropFirst(publicKey.count + 1)
        guard !publicKey.isEmpty, keys.utf8.allSatisfy(Self.isHeaderSafe) else { throw fail(.publicKey) }
        secretKey = secret.isEmpty ? nil : String(secret)

        let slash = location.lastIndex(of: "/")
        let project = slash.map { location[location.index(after: $0)...] } ?? ""
        guard !project.isEmpty, project.allSatisfy(Self.isDigit) else { throw fail(.project) }
        projectID = String(project)
        path = slash.map { String(location[...$0]) } ?? "/"
        guard path.utf8.allSatisfy(Self.isURLSafe) else { throw fail(.path) }
    }

    /// Keys go into a header field: a line feed or a comma there would start another field or another value.
    private static func isHeaderSafe(_ byte: UInt8) -> Bool {
        isURLSafe(byte) && byte != UInt8(ascii: ",") && byte != UInt8(ascii: "\"")
    }

    private static func isURLSafe(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7f && byte != UInt8(ascii: "\\")
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: ":"):
            true
        default: false
        }
    }

    private static func hostAndPort(
        _ address: Substring, scheme: String, _ fail: (DSNError.Problem) -> DSNError
    ) throws(DSNError) -> (String, Int) {
        var host = address
        var port: Substring?
        if address.first == "[" {
            guard let end = address.firstIndex(of: "]") else { throw fail(.host) }
            host = address[address.index(after: address.startIndex)..<end]
            let behind = address[address.index(after: end)...]
            if behind.first == ":" { port = behind.dropFirst() } else if !behind.isEmpty { throw fail(.host) }
        } else if let colon = address.firstIndex(of: ":") {
            host = address[..<colon]
            port = address[address.index(after: colon)...]
        }
        guard !host.isEmpty, host.utf8.allSatisfy(isHostByte) else { throw fail(.host) }
        guard let port, !port.isEmpty else { return (host.lowercased(), scheme == "https" ? 443 : 80) }
        guard port.allSatisfy(isDigit), let number = Int(port), (1...65535).contains(number) else { throw fail(.port) }
        return (host.lowercased(), number)
    }
}
