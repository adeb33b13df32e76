// SPDX-License-Identifier: Apache-2.0

internal import CFaultlineCrash
internal import FaultlineFiles

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Where a service keeps its runs, its outbox and its index files: `<base>/faultline-<uid>/<service name>`, 0700.
///
/// Keyed by uid and service name, not by DSN: a rotated DSN must not orphan reports.
package struct CacheDirectory: Sendable {
    package let path: String

    package var runs: String { path + "/runs" }
    package var outbox: String { path + "/outbox" }
    package var quarantine: String { path + "/quarantine" }
    package var symbols: String { path + "/symbols" }

    /// The first place that can be used: the option, FAULTLINE_DIR, $STATE_DIRECTORY, $XDG_STATE_HOME, /var/tmp,
    /// /dev/shm. The environment is ignored where the program runs with raised privileges (AT_SECURE).
    /// - Returns: nil when no place passes; and a sentence for each place that somebody asked for and did not get.
    package static func find(
        option: String?, serviceName: String, environment: (String) -> String? = variable
    ) -> (directory: CacheDirectory?, warnings: [String]) {
        var wanted: [(base: String, source: String?)] = []
        if let option { wanted.append((option, "cacheDirectory")) }
        if let named = environment("FAULTLINE_DIR") { wanted.append((named, "FAULTLINE_DIR")) }
        for name in ["STATE_DIRECTORY", "XDG_STATE_HOME"] {
            // systemd gives a list, the first of which is the service's own (systemd.exec(5)).
            if let base = environment(name)?.split(separator: ":").first { wanted.append((String(base), nil)) }
        }
        wanted += [("/var/tmp", nil), ("/dev/shm", nil)]

        var refusals: [String] = []
        for (base, source) in wanted where !base.isEmpty {
            do throws(SystemError) {
                let directory = try CacheDirectory(base: base, serviceName: serviceName)
                return (directory, refusals.map { "\($0); using \(directory.path) instead" })
            } catch {
                if let source { refusals.append("\(source): \(error)") }
            }
        }
        let tried = wanted.map(\.base).joined(separator: ", ")
        return (
            nil,
            [
                "no directory for crash reports can be written (tried \(tried)): set cacheDirectory or FAULTLINE_DIR to one that can"
            ]
        )
    }

    init(base: String, serviceName: String) throws(SystemError) {
        if mkdir(base, 0o700) != 0 && errno != EEXIST { throw SystemError("mkdir", base) }
        let user = "\(base)/faultline-\(geteuid())"
        path = user + "/" + Self.fileName(serviceName)
        for directory in [user, path, runs, outbox, quarantine, symbols] { try Self.makePrivate(directory) }
    }

    /// A name of a service as a name of a file: what is not a letter, digit, dot, dash or underscore becomes a dash.
    static func fileName(_ serviceName: String) -> String {
        let name = String(
            serviceName.unicodeScalars.prefix(100).map { scalar in
                scalar.isASCII && (scalar.properties.isAlphabetic || "0123456789.-_".unicodeScalars.contains(scalar))
                    ? Character(scalar) : "-"
            })
        return name.isEmpty || name.hasPrefix(".") ? "service" + name : name
    }

    /// Ours alone, and not a link that somebody else put in a shared directory.
    private static func makePrivate(_ directory: String) throws(SystemError) {
        if mkdir(directory, 0o700) != 0 && errno != EEXIST { throw SystemError("mkdir", directory) }
        let descriptor = try FileDescriptor(opening: directory, O_RDONLY | O_DIRECTORY)
        var status = stat()
        guard fstat(descriptor.number, &status) == 0 else { throw SystemError("stat", directory) }
        guard status.st_uid == geteuid() else {
            throw SystemError("use the directory of another user", directory, EPERM)
        }
        if status.st_mode & 0o777 != 0o700 && fchmod(descriptor.number, 0o700) != 0 {
            throw SystemError("chmod", directory)
        }
        guard access(directory, W_OK | X_OK) == 0 else { throw SystemError("write to", directory) }
    }

    package static func variable(_ name: String) -> String? {
        guard let value = fl_environment(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }
}
