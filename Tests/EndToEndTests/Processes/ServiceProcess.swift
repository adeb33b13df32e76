// SPDX-License-Identifier: Apache-2.0
#if Tools
import Subprocess

/// A run of the example service. All runs in one workplace share their cache directory, as restarts of one service do.
struct ServiceProcess: Sendable {
    let child: Child
    let url: String

    /// - Parameters:
    ///   - arguments: in front of address and port.
    ///   - environment: on top of DSN, release and cache directory.
    static func start(
        _ build: Build, in place: Workplace, dsn: String, release: String = "shop@1.0",
        arguments: [String] = [], environment: [String: String] = [:]
    ) async throws -> ServiceProcess {
        let cache = try place.folder("cache")
        // Swift's own backtracer takes seconds for each death of a service; CrashMatrix shows that it is called.
        let variables = [
            "SENTRY_DSN": dsn, "SENTRY_RELEASE": release, "FAULTLINE_DIR": cache, "SWIFT_BACKTRACE": "enable=no",
        ]
        let child = place.start(
            "service \(release)", .at(build.service), arguments + ["--hostname", "127.0.0.1", "--port", "0"],
            environment: variables.merging(environment) { $1 })
        let line = try await child.line(containing: "listening on http://")
        return ServiceProcess(child: child, url: line.split(separator: " ").last.map(String.init) ?? "")
    }

    func get(_ path: String) async throws -> Answer? {
        try await Answer.get(url + path)
    }

    /// Requests a route that kills the service, and answers how it ended.
    func crash(_ route: String) async throws -> TerminationStatus {
        if let answer = try await get("/crash/" + route) { throw Survived(route: route, answer: answer) }
        return try await child.end()
    }

    /// Puts a request in flight; it is there, with its breadcrumbs, when this returns.
    func hold(_ names: [String]) async throws {
        for name in names {
            Task { _ = try await get("/slow?name=" + name) }
        }
        try await eventually("\(names.count) requests in flight") {
            try await get("/waiting")?.body == "\(names.count)\n" ? true : nil
        }
    }

    struct Survived: Error {
        let route: String
        let answer: Answer
    }
}
#endif
