// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// The request's record, with what may be secret left out before it is stored anywhere.
///
/// Source: [Data scrubbing](https://develop.sentry.dev/sdk/foundations/client/data-collection/): headers that an SDK
/// collects by itself are filtered when their name *contains* one of these words, in any case. Names that
/// ``EventScrubber`` knows as a whole are filtered here, too.
package enum RequestScrubber {
    package static let filtered = KeyFilter.filtered.stringValue ?? ""

    private static let words = [
        "auth", "token", "secret", "password", "passwd", "pwd", "key", "jwt", "bearer", "sso", "saml", "csrf", "xsrf",
        "credentials", "cookie", "session",
    ]
    /// Secrets, and who the person is rather than what was asked: left out even where other headers are wanted. In the
    /// form of ``plain(_:)``.
    private static let names = Set(
        (EventScrubber.defaultDenyList + EventScrubber.defaultPIIDenyList + ["forwarded", "via"]).map(plain))

    /// - Parameters:
    ///   - url: an absolute URL or a path. User and password in it are always left out; query and fragment stay only
    ///     with `personal`.
    ///   - personal: ``Options/sendDefaultPII``.
    static func request(
        method: String, url: String?, headers: [(name: String, value: String)], personal: Bool
    ) -> Request {
        var request = Request(fields: ["method": .string(method)])
        if let url {
            let parts = split(url)
            request.fields["url"] = .string(parts.address)
            if personal, let query = parts.query { request.fields["query_string"] = .string(scrubbed(query: query)) }
        }
        if personal, !headers.isEmpty {
            var kept: Fields = [:]
            for (name, value) in headers { kept[name] = .string(isDenied(name) ? filtered : value) }
            request.fields["headers"] = .object(kept)
        }
        return request
    }

    /// `/orders/17` of an absolute URL or a path; `/` where it has none.
    static func path(of url: String) -> String {
        let address = split(url).address
        // A path may hold a URL.
        guard !address.hasPrefix("/"), let authority = authority(of: address[...]) else {
            return address.isEmpty ? "/" : address
        }
        let path = address[authority.endIndex...]
        return path.isEmpty ? "/" : String(path)
    }

    package static func isDenied(_ name: String) -> Bool {
        let name = plain(name)
        return names.contains(name) || words.contains { contains(name, $0) }
    }

    /// `X-Real-IP` and `x_real_ip` are one name.
    private static func plain(_ name: String) -> String {
        String(name.lowercased().map { $0 == "-" ? "_" : $0 })
    }

    private static func contains(_ text: String, _ word: String) -> Bool {
        let text = Array(text.utf8)
        let word = Array(word.utf8)
        guard text.count >= word.count else { return false }
        return (0...(text.count - word.count)).contains { text[$0..<($0 + word.count)].elementsEqual(word) }
    }

    /// `a=1&token=2` with the values of suspicious names filtered.
    package static func scrubbed(query: Substring) -> String {
        query.utf8.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false).map { member in
            guard let equals = member.firstIndex(of: UInt8(ascii: "=")),
                isDenied(String(query[member.startIndex..<equals]))
            else { return String(Substring(member)) }
            return "\(query[member.startIndex..<query.utf8.index(after: equals)])\(filtered)"
        }.joined(separator: "&")
    }

    /// The URL without user, password, query and fragment.
    package static func address(of url: String) -> String { split(url).address }

    // By bytes, for each request comes through here; a mark that makes one character of a delimiter and itself hides none.

    private static func split(_ url: String) -> (address: String, query: Substring?) {
        let text = url.utf8
        let fragment = text.firstIndex(of: UInt8(ascii: "#")) ?? text.endIndex
        let query = text[..<fragment].firstIndex(of: UInt8(ascii: "?"))
        let address = withoutUser(url[..<(query ?? fragment)])
        return (address, query.map { url[text.index(after: $0)..<fragment] })
    }

    /// `https://user:password@host/` → `https://host/`.
    private static func withoutUser(_ address: Substring) -> String {
        guard let authority = authority(of: address), let at = authority.lastIndex(of: UInt8(ascii: "@")) else {
            return String(address)
        }
        return "\(address[..<authority.startIndex])\(address[authority.index(after: at)...])"
    }

    /// What stands between the first `://` and the path; nil: it has no `://`.
    private static func authority(of address: Substring) -> Substring.UTF8View? {
        let text = address.utf8
        var rest = text[...]
        while let colon = rest.firstIndex(of: UInt8(ascii: ":")) {
            rest = rest[rest.index(after: colon)...]
            guard rest.starts(with: "//".utf8) else { continue }
            return rest.dropFirst(2).prefix { $0 != UInt8(ascii: "/") }
        }
        return nil
    }
}
