// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import TestSupport
import Testing

@testable import FaultlineCore

@Suite struct ProxySelectionTests {
    static let dsn = try! DSN("https://key@o1.sentry.io/1")

    @Test(arguments: VectorFile.cases("proxy_selection"))
    func `options and environment choose the proxy`(vector: Vector) throws {
        let dsn = try DSN(try #require(vector.input("dsn")?.stringValue))
        let options = try #require(vector.input("options")?.objectValue)
        let environment = try #require(vector.input("env")?.objectValue)
        let selection = ProxySelection(
            httpProxy: options["http_proxy"]?.stringValue, httpsProxy: options["https_proxy"]?.stringValue,
            environment: { environment[$0]?.stringValue })
        let scheme = selection.choice(for: dsn).map { String($0.url.prefix { $0 != ":" }) }
        #expect(scheme == vector.specified?.objectValue?["proxy_url_scheme"]?.stringValue)
    }

    private func chosen(_ environment: [String: String], dsn: DSN = dsn) -> String? {
        ProxySelection(httpProxy: nil, httpsProxy: nil, environment: { environment[$0] }).choice(for: dsn)?.url
    }

    @Test func `lower case goes before upper case, and a CGI program's HTTP_PROXY is no proxy`() throws {
        let plain = try DSN("http://key@host/1")
        #expect(chosen(["HTTPS_PROXY": "http://upper"]) == "http://upper")
        #expect(chosen(["HTTPS_PROXY": "http://upper", "https_proxy": "http://lower"]) == "http://lower")
        #expect(chosen(["HTTP_PROXY": "http://upper"], dsn: plain) == "http://upper")
        #expect(chosen(["HTTP_PROXY": "http://upper", "REQUEST_METHOD": "GET"], dsn: plain) == nil)
    }

    @Test(arguments: [
        ("sentry.io", true), (".sentry.io", true), (" other.org , SENTRY.io ", true), ("*", true),
        ("sentry.io:443", true), ("sentry.io:80", false), (",", false), ("", false), ("o2.sentry.io", false),
    ])
    func `no_proxy names ends of hosts`(exceptions: String, isExcepted: Bool) {
        let environment = ["https_proxy": "http://proxy", "no_proxy": exceptions]
        #expect((chosen(environment) == nil) == isExcepted)
        #expect((chosen(["https_proxy": "http://proxy", "NO_PROXY": exceptions]) == nil) == isExcepted)
    }

    @Test(arguments: [
        ("http://proxy:3128", Proxy(kind: .http, host: "proxy", port: 3128, user: nil, password: nil)),
        ("proxy:3128/", Proxy(kind: .http, host: "proxy", port: 3128, user: nil, password: nil)),
        ("HTTP://proxy/path", Proxy(kind: .http, host: "proxy", port: 80, user: nil, password: nil)),
        ("http://me:p%40ss@[::1]:8080", Proxy(kind: .http, host: "::1", port: 8080, user: "me", password: "p@ss")),
        ("http://me@proxy", Proxy(kind: .http, host: "proxy", port: 80, user: "me", password: nil)),
        ("http://me:12/s?#@proxy:81/", Proxy(kind: .http, host: "proxy", port: 81, user: "me", password: "12/s?#")),
        ("socks5h://proxy", Proxy(kind: .socks5, host: "proxy", port: 1080, user: nil, password: nil)),
    ])
    func `a proxy's address is read`(text: String, proxy: Proxy) throws {
        #expect(try Proxy.parse(text).get() == proxy)
    }

    @Test(arguments: [
        ("https://proxy:3128", "TLS to the proxy"), ("socks4://proxy", "SOCKS 4"),
        ("socks5://me:secret@proxy", "a user"),
        ("ftp://proxy", "`ftp`"), ("http://", "no host"), ("http://proxy:0", "no port"), ("http://proxy:x", "no port"),
        ("http://[::1", "no host"),
    ])
    func `a proxy that cannot be spoken to is refused by name, without its password`(text: String, why: String) throws {
        var options = Options()
        options.dsn = "https://key@host/1"
        options.httpsProxy = text
        let error = #expect(throws: OptionsError.self) { try options.validate() }
        let problem = try #require(error?.problems.first)
        #expect(problem.option == "httpsProxy")
        #expect(problem.text.contains(why), "\(problem)")
        #expect(problem.text.contains("give `http://host:port`"))
        #expect(!problem.text.contains("secret"))
    }

    // MARK: - Certificates

    @Test func `files come from options, else from the environment`() {
        let variables = [
            "SSL_CERT_FILE": "/ssl", "REQUESTS_CA_BUNDLE": "/requests", "CLIENT_CERT_FILE": "/cert",
            "CLIENT_KEY_FILE": "/key", "SENTRY_KEEP_ALIVE": "yes",
        ]
        var settings = ConnectionSettings(Options(), environment: { variables[$0] })
        #expect(settings.caCertificates == .init(path: "/ssl", origin: "SSL_CERT_FILE"))
        #expect(settings.clientCertificate == .init(path: "/cert", origin: "CLIENT_CERT_FILE"))
        #expect(settings.clientKey == .init(path: "/key", origin: "CLIENT_KEY_FILE"))
        #expect(settings.keepAlive)
        settings = ConnectionSettings(Options(), environment: { $0 == "REQUESTS_CA_BUNDLE" ? "/requests" : nil })
        #expect(settings.caCertificates?.path == "/requests")
        #expect(!settings.keepAlive)

        var options = Options()
        options.caCertificates = "/own"
        options.keepAlive = false
        settings = ConnectionSettings(options, environment: { variables[$0] })
        #expect(settings.caCertificates == .init(path: "/own", origin: "caCertificates"))
        #expect(!settings.keepAlive)
    }

    @Test func `a file that cannot be read, and a key alone, are refused by name`() throws {
        var options = Options()
        options.caCertificates = "/nowhere/ca.pem"
        options.clientKey = "/dev/null"
        let error = try #require(#expect(throws: OptionsError.self) { try options.validate() })
        #expect(error.problems.map(\.option) == ["caCertificates", "clientKey"])
        #expect(error.problems[0].text.contains("`/nowhere/ca.pem`: No such file"))
        #expect(error.problems[1].text.contains("set clientCertificate"))
    }
}
