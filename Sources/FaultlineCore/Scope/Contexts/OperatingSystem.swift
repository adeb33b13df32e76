// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The kernel, and the distribution around it.
struct OperatingSystem {
    let name: String
    /// `6.1.0-26-amd64`.
    let release: String
    /// `x86_64`.
    let machine: String
    private let files: SystemFiles

    init(_ files: SystemFiles) {
        var names = utsname()
        uname(&names)
        name = Self.text(names.sysname)
        release = Self.text(names.release)
        machine = Self.text(names.machine)
        self.files = files
    }

    /// `contexts.os`.
    var context: Fields {
        var fields: Fields = [
            "name": .string(name), "version": .string(String(release.prefix { $0 != "-" })),
            "kernel_version": .string(release),
        ]
        for (key, value) in distribution() {
            switch key {
            case "ID": fields["distribution_name"] = .string(value)
            case "VERSION_ID": fields["distribution_version"] = .string(value)
            case "PRETTY_NAME": fields["distribution_pretty_name"] = .string(value)
            default: break
            }
        }
        return fields
    }

    /// The lines of os-release(5), quotes removed.
    private func distribution() -> [(String, String)] {
        let text = files.text("/etc/os-release") ?? files.text("/usr/lib/os-release") ?? ""
        return SystemFiles.lines(text).compactMap { line in
            guard let equals = line.firstIndex(of: "=") else { return nil }
            let value = line[line.index(after: equals)...].filter { $0 != "\"" && $0 != "'" }
            return (String(line[..<equals]), String(value))
        }
    }

    /// A C array, which Swift sees as a tuple.
    private static func text<Characters>(_ characters: Characters) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
