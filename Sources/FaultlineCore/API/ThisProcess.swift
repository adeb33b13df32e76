// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// What machine and program are called, where nobody says it.
enum ThisProcess {
    static var hostName: String? {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return nil }
        let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.isEmpty ? nil : text
    }

    /// From the kernel where it tells: `argv[0]` is whatever the caller of exec wrote there.
    static var executableName: String {
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
