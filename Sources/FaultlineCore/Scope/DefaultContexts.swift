// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
internal import FaultlineFiles
internal import FaultlineProtocol

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// What is the same for every event of the process: `contexts.os`, `runtime`, `device`, `app`.
enum DefaultContexts {
    static func all(serviceName: String, serverName: String?, started: Timestamp) -> [(key: String, value: Fields)] {
        let kernel = Kernel()
        var device: Fields = [
            "arch": .string(kernel.machine), "processor_count": .integer(Int64(sysconf(Int32(_SC_NPROCESSORS_ONLN)))),
        ]
        let memory = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        if memory > 0 { device["memory_size"] = .integer(Int64(memory)) }
        if let serverName { device["name"] = .string(serverName) }
        return [
            ("os", system(kernel)),
            ("runtime", ["name": "Swift", "version": .string(swiftVersion)]),
            ("device", device),
            ("app", ["app_name": .string(serviceName), "app_start_time": .string(started.description)]),
        ]
    }

    private static func system(_ kernel: Kernel) -> Fields {
        var fields: Fields = [
            "name": .string(kernel.name), "version": .string(String(kernel.release.prefix { $0 != "-" })),
            "kernel_version": .string(kernel.release),
        ]
        for (key, value) in release() {
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
    private static func release() -> [(String, String)] {
        let descriptor = open("/etc/os-release", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        let text = String(decoding: WholeFile.read(descriptor, limit: 16 << 10) ?? [], as: UTF8.self)
        return text.split(separator: "\n").compactMap { line in
            guard let equals = line.firstIndex(of: "=") else { return nil }
            let value = line[line.index(after: equals)...].filter { $0 != "\"" && $0 != "'" }
            return (String(line[..<equals]), String(value))
        }
    }

    private struct Kernel {
        let name: String
        let release: String
        let machine: String

        init() {
            var names = utsname()
            uname(&names)
            name = Self.text(names.sysname)
            release = Self.text(names.release)
            machine = Self.text(names.machine)
        }

        /// A C array, which Swift sees as a tuple.
        private static func text<Characters>(_ characters: Characters) -> String {
            withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
    }

    /// The compiler's version, which is the runtime's too: the standard library is built with the program or shipped
    /// with its toolchain.
    private static var swiftVersion: String {
        #if compiler(>=6.5)
        "6.5 or later"
        #elseif compiler(>=6.4)
        "6.4"
        #elseif compiler(>=6.3)
        "6.3"
        #else
        "6.2"
        #endif
    }
}
