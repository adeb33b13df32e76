// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// Which proxy is used for a DSN. Options go before the environment, whose `no_proxy` silences the environment's proxies
/// only; an empty option means that there is none of its kind, not even from the environment.
struct ProxySelection: Sendable {
    private let options: (http: String?, https: String?)
    private let variables: (http: Choice?, https: Choice?)
    private let exceptions: [String]

    /// A proxy's address, and who named it.
    struct Choice: Sendable {
        let url: String
        let origin: String
    }

    /// - Parameter variable: lower case goes before upper case. Where `REQUEST_METHOD` is set, `HTTP_PROXY` is a header of
    ///   a request to a CGI program (https://httpoxy.org), and is left alone.
    init(httpProxy: String?, httpsProxy: String?, environment variable: (String) -> String?) {
        func proxy(_ names: [String]) -> Choice? {
            for name in names {
                if let url = variable(name), !url.isEmpty { return Choice(url: url, origin: name) }
            }
            return nil
        }
        options = (httpProxy, httpsProxy)
        let isCGI = variable("REQUEST_METHOD") != nil
        variables = (
            proxy(isCGI ? ["http_proxy"] : ["http_proxy", "HTTP_PROXY"]), proxy(["https_proxy", "HTTPS_PROXY"])
        )
        exceptions = (variable("no_proxy") ?? variable("NO_PROXY") ?? "").split(separator: ",").map {
            String($0.filter { !$0.isWhitespace }).lowercased()
        }.filter { !$0.isEmpty }
    }

    /// For `https`, the proxy for `https`, else that for `http`; for `http`, that for `http`.
    func choice(for dsn: DSN) -> Choice? {
        let isException = isExcepted(dsn)
        func choice(_ option: String?, _ name: String, _ variable: Choice?) -> Choice? {
            if let option { return option.isEmpty ? nil : Choice(url: option, origin: name) }
            return isException ? nil : variable
        }
        if dsn.scheme == "https", let found = choice(options.https, "httpsProxy", variables.https) { return found }
        return choice(options.http, "httpProxy", variables.http)
    }

    /// Entries are ends of the host's name, with or without its port; `*` is every host.
    private func isExcepted(_ dsn: DSN) -> Bool {
        let host = dsn.host.lowercased()
        return exceptions.contains { $0 == "*" || host.hasSuffix($0) || "\(host):\(dsn.port)".hasSuffix($0) }
    }
}
