// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import FaultlineProtocol
package import Hummingbird
internal import Logging
internal import NIOCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The local receiver: envelopes over HTTP into a ``Store``. Listens on 127.0.0.1 and nowhere else.
package struct Collector: Sendable {
    private let store: Store
    private let limits: IngestLimits
    private let logger = Logger(label: "faultline.collector")

    /// A collector that stores into `store`.
    package init(store: Store, limits: IngestLimits = IngestLimits()) {
        self.store = store
        self.limits = limits
    }

    /// The DSN for clients.
    package func dsn(port: Int) -> String {
        "http://\(store.publicKey)@127.0.0.1:\(port)/\(Store.projectID)"
    }

    /// Serves until the process gets SIGTERM or SIGINT, then ends the requests that are under way.
    /// - Parameters:
    ///   - port: 0 takes one that is free.
    ///   - onReady: is called once, when connections are accepted, with the port.
    /// - Throws: ``CollectorError`` when it cannot listen.
    package func run(port: Int, onReady: @escaping @Sendable (Int) -> Void) async throws {
        do {
            try await application(port: port, onReady: onReady).runService()
        } catch let error as IOError {
            throw error.errnoCode == EADDRINUSE
                ? CollectorError.portInUse(port) : .cannotListen(port: port, reason: error.description)
        }
    }

    /// The server, not yet running.
    package func application(
        port: Int = 0, onReady: @escaping @Sendable (Int) -> Void = { _ in }
    ) -> some ApplicationProtocol {
        // Of the server's own words only a failure of the process is for the person at the terminal.
        var quiet = Logger(label: "faultline.collector.http")
        quiet.logLevel = .critical
        return Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { channel in onReady(channel.localAddress?.port ?? port) },
            logger: quiet)
    }

    private var router: Router<BasicRequestContext> {
        let ingest = Ingest(store: store, limits: limits, logger: logger)
        let reports = StoredReports(store)
        let router = Router()
        router.add(middleware: LoopbackOnly())
        router.post("/api/{project}/envelope") { request, context in
            await ingest.answer(
                project: context.parameters.get("project"), headers: request.headers,
                queryKey: request.uri.queryParameters["sentry_key"].map(String.init), body: request.body)
        }
        router.get("/") { _, _ in FrontPage(issues: try await reports.issues()).description }
        router.get("/api/0/issues") { _, _ in
            Response(json: .array(try await reports.issues().map(\.json)))
        }
        router.get("/health") { _, _ in "ok\n" }
        return router
    }
}
#endif
