// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCore

/// Where a request goes, without what may be secret in its URL: user, password, query and fragment.
struct RequestAddress: Sendable {
    /// `https://shop.example.com:8443/orders/17`.
    let text: String
    /// nil: the URL names none.
    let host: String?
    let port: Int?

    init(_ url: String) {
        text = RequestScrubber.address(of: url)
        guard let scheme = text.firstRange(of: "://") else {
            host = nil
            port = nil
            return
        }
        let place = text[scheme.upperBound...].prefix { $0 != "/" }
        // An address of IPv6 has colons of its own, in brackets.
        let afterBracket = place.lastIndex(of: "]") ?? place.startIndex
        let colon = place[afterBracket...].lastIndex(of: ":")
        let name = place[..<(colon ?? place.endIndex)]
        host = name.isEmpty ? nil : String(name)
        port = colon.flatMap { Int(place[place.index(after: $0)...]) }
    }
}
