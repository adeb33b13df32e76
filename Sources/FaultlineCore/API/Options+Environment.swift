// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
internal import Logging

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

extension Options {
    /// The options with everything filled in that the environment or the machine knows.
    func resolved(environment variable: (String) -> String? = CacheDirectory.variable) -> Options {
        var options = self
        options.dsn = Self.stripped(dsn ?? variable("SENTRY_DSN"))
        options.release = Self.stripped(release ?? variable("SENTRY_RELEASE"))
        options.environment = Self.stripped(self.environment ?? variable("SENTRY_ENVIRONMENT")) ?? "production"
        options.dist = Self.stripped(dist)
        options.serverName = Self.stripped(serverName) ?? Self.hostName
        options.serviceName = Self.stripped(serviceName) ?? Self.executableName
        options.debug = debug ?? Self.flag(variable("SENTRY_DEBUG")) ?? false
        if options.debug == true, options.logger.logLevel > .debug { options.logger.logLevel = .debug }
        return options
    }

    /// nil for what says nothing.
    private static func stripped(_ text: String?) -> String? {
        guard let text else { return nil }
        let visible = text.drop(while: \.isWhitespace)
        guard let last = visible.lastIndex(where: { !$0.isWhitespace }) else { return nil }
        return String(visible[...last])
    }

    /// t y 1 true yes on / f n 0 false no off, in any case; anything else says nothing.
    static func flag(_ text: String?) -> Bool? {
        switch text?.lowercased() {
        case "t", "y", "1", "true", "yes", "on": true
        case "f", "n", "0", "false", "no", "off": false
        default: nil
        }
    }

    private static var hostName: String? {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return nil }
        let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.isEmpty ? nil : text
    }

    /// From the kernel where it tells: `argv[0]` is whatever the caller of exec wrote there.
    private static var executableName: String {
        var path = CommandLine.arguments.first ?? ""
        #if os(Linux)
        let target = [UInt8](unsafeUninitializedCapacity: 4096) { memory, count in
            count = memory.withMemoryRebound(to: CChar.self) { path in
                path.baseAddress.map { max(0, readlink("/proc/self/exe", $0, path.count)) } ?? 0
            }
        }
        if !target.isEmpty { path = String(decoding: target, as: UTF8.self) }
        // The kernel's mark for a file that was replaced while it runs (proc(5)).
        if path.hasSuffix(" (deleted)") { path.removeLast(" (deleted)".count) }
        #endif
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        return name.isEmpty ? "service" : name
    }
}
