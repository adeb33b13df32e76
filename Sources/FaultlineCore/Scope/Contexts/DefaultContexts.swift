// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
internal import FaultlineProtocol

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// What is the same for every event of the process. It is found once, at the start, from a dozen small files; nothing of
/// it is read again, and no variable of the environment but those named in ``Container`` and ``CloudResource``.
///
/// Source: [Contexts](https://develop.sentry.dev/sdk/foundations/data-model/event-payloads/contexts/); `cgroup`,
/// `container` and `kubernetes` are our own.
enum DefaultContexts {
    static func all(
        _ options: Options, started: Timestamp, files: SystemFiles = SystemFiles(),
        environment variable: (String) -> String? = CacheDirectory.variable
    ) -> [(key: String, value: Fields)] {
        let system = OperatingSystem(files)
        let container = Container(files, variable)
        let contexts: [(String, Fields?)] = [
            ("os", system.context),
            ("runtime", ["name": "Swift", "version": .string(SwiftVersion.text)]),
            ("device", device(system, options.serverName, started)),
            ("app", app(options, started)),
            ("cgroup", ControlGroup(files).context),
            ("container", container.context),
            ("kubernetes", container.kubernetes.isEmpty ? nil : container.kubernetes),
            ("cloud_resource", CloudResource.context(variable)),
        ]
        return contexts.compactMap { key, value in value.map { (key, $0) } }
    }

    private static func device(_ system: OperatingSystem, _ name: String?, _ now: Timestamp) -> Fields {
        var device: Fields = [
            "arch": .string(system.machine),
            "processor_count": .integer(Int64(sysconf(Int32(_SC_NPROCESSORS_ONLN)))),
        ]
        let (memory, overflow) = sysconf(Int32(_SC_PHYS_PAGES)).multipliedReportingOverflow(
            by: sysconf(Int32(_SC_PAGESIZE)))
        if memory > 0, !overflow { device["memory_size"] = .integer(Int64(memory)) }
        device["name"] = name.map { .string($0) }
        #if os(Linux)
        var up = timespec()
        if clock_gettime(CLOCK_BOOTTIME, &up) == 0 {
            device["boot_time"] = .string(now.advanced(by: .seconds(-Int64(up.tv_sec))).description)
        }
        #endif
        return device
    }

    private static func app(_ options: Options, _ started: Timestamp) -> Fields {
        var app: Fields = ["app_start_time": .string(started.description)]
        app["app_name"] = options.serviceName.map { .string($0) }
        // `shop@1.4.2+7` is version 1.4.2+7 of shop (https://docs.sentry.io/product/releases/naming-releases/).
        if let release = options.release, let at = release.lastIndex(of: "@") {
            app["app_version"] = .string(String(release[release.index(after: at)...]))
        }
        app["app_build"] = options.dist.map { .string($0) }
        return app
    }
}
