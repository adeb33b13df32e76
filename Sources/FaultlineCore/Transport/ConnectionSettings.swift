// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
package import FaultlineProtocol

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// How a server is reached, as options and environment say: proxy, certificates, keep-alive. An option goes before the
/// environment.
package struct ConnectionSettings: Sendable {
    /// A file and who named it: an option or a variable.
    package struct File: Sendable, Hashable {
        package let path: String
        package let origin: String
    }

    package let caCertificates: File?
    package let clientCertificate: File?
    package let clientKey: File?
    package let keepAlive: Bool
    package let proxyHeaders: [String: String]
    private let proxies: ProxySelection

    package init(_ options: Options, environment variable: (String) -> String? = CacheDirectory.variable) {
        func file(_ option: String?, _ name: String, _ variables: String...) -> File? {
            if let option { return option.isEmpty ? nil : File(path: option, origin: name) }
            for key in variables {
                if let path = variable(key), !path.isEmpty { return File(path: path, origin: key) }
            }
            return nil
        }
        caCertificates = file(options.caCertificates, "caCertificates", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
        clientCertificate = file(options.clientCertificate, "clientCertificate", "CLIENT_CERT_FILE")
        clientKey = file(options.clientKey, "clientKey", "CLIENT_KEY_FILE")
        keepAlive =
            options.keepAlive ?? variable("SENTRY_KEEP_ALIVE").flatMap { EnvironmentFlag($0)?.isSet } ?? false
        proxyHeaders = options.proxyHeaders
        proxies = ProxySelection(
            httpProxy: options.httpProxy, httpsProxy: options.httpsProxy, environment: variable)
    }

    /// nil: the server is asked without one; also when the proxy's address cannot be used.
    package func proxy(for dsn: DSN) -> Proxy? {
        guard let chosen = proxies.choice(for: dsn), case .success(let proxy) = Proxy.parse(chosen.url) else {
            return nil
        }
        return proxy
    }

    /// What cannot be used, and what to do.
    func problems(for dsn: DSN?) -> [OptionsError.Problem] {
        var problems: [OptionsError.Problem] = []
        func note(_ option: String, _ text: String) {
            problems.append(OptionsError.Problem(option: option, text: text))
        }
        if let dsn, let chosen = proxies.choice(for: dsn), case .failure(let fault) = Proxy.parse(chosen.url) {
            note(chosen.origin, "\(fault.text); no proxy is used: \(fault.remedy)")
        }
        for file in [caCertificates, clientCertificate, clientKey].compactMap(\.self) {
            guard let fault = Self.fault(ofFile: file.path) else { continue }
            note(
                file.origin,
                "`\(file.path)`: \(fault); no server can be reached over https with it: give a file in PEM format that the service may read"
            )
        }
        if let clientKey, clientCertificate == nil {
            note(clientKey.origin, "a key without a certificate is not used: set clientCertificate, too")
        }
        return problems
    }

    private static func fault(ofFile path: String) -> String? {
        access(path, R_OK) == 0 ? nil : String(cString: strerror(errno))
    }
}
