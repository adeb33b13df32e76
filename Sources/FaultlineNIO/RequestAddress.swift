// SPDX-License-Identifier: Apache-2.0

/// Where a request goes, without what may be secret in its URL: user, password, query and fragment.
struct RequestAddress: Sendable {
    /// `https://shop.example.com:8443/orders/17`.
    let text: String
    /// nil: the URL names none.
    let host: String?
    let port: Int?

    init(_ url: String) {
        let address = url.prefix { $0 != "?" && $0 != "#" }
        guard let scheme = address.firstRange(of: "://") else {
            text = String(address)
            host = nil
            port = nil
            return
        }
        let authority = address[scheme.upperBound...].prefix { $0 != "/" }
        let path = address[authority.endIndex...]
        let place = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        text = "\(address[..<scheme.upperBound])\(place)\(path)"
        // An address of IPv6 has colons of its own, in brackets.
        let afterBracket = place.lastIndex(of: "]") ?? place.startIndex
        let colon = place[afterBracket...].lastIndex(of: ":")
        let name = place[..<(colon ?? place.endIndex)]
        host = name.isEmpty ? nil : String(name)
        port = colon.flatMap { Int(place[place.index(after: $0)...]) }
    }
}
