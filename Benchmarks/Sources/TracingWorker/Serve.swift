// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Faultline
import FaultlineHummingbird
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// The bare server.
func serve() async throws {
    try await serve(Router())
}

/// The same with the middleware.
func serve(directory: String, rate: Double, dsn: String) async throws {
    var options = Options()
    options.dsn = dsn
    options.cacheDirectory = directory
    options.serviceName = "worker"
    options.release = "worker@1"
    options.tracesSampleRate = rate
    FaultlineSDK.start(options)
    let router = Router()
    router.add(middleware: FaultlineMiddleware())
    try await serve(router)
}

/// The same without Faultline: what sending alone takes.
func serve(posting rate: Double, to port: String) async throws {
    let router = Router()
    router.add(middleware: Posting(rate: rate, request: try envelope(to: port)))
    try await serve(router)
}

private func serve(_ router: Router<BasicRequestContext>) async throws {
    router.get("/orders/{id}") { _, context in "order \(try context.parameters.require("id"))\n" }
    var application = Application(
        router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
        onServerRunning: { answer("\($0.localAddress?.port ?? 0)") })
    application.logger.logLevel = .critical
    try await application.run()
}

/// Of the size that a transaction of one span has, compressed.
private func envelope(to port: String) throws -> HTTPClient.Request {
    let headers: HTTPHeaders = ["Content-Type": "application/x-sentry-envelope", "Content-Encoding": "gzip"]
    return try HTTPClient.Request(
        url: "http://127.0.0.1:\(port)/api/1/envelope/", method: .POST, headers: headers,
        body: .byteBuffer(ByteBuffer(repeating: UInt8(ascii: "x"), count: 700)))
}

/// Posts a body for so many of the requests, as many at once and waiting as Faultline has.
private struct Posting: RouterMiddleware {
    private final class Waiting: Sendable {
        let count = Atomic(0)
    }
    let rate: Double
    let request: HTTPClient.Request
    private let client = HTTPClient(configuration: .init(connectionPool: .init(softLimit: 8)))
    private let waiting = Waiting()

    init(rate: Double, request: HTTPClient.Request) {
        self.rate = rate
        self.request = request
    }

    func handle(
        _ request: Request, context: BasicRequestContext, next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        if Double.random(in: 0..<1) < rate { post() }
        return try await next(request, context)
    }

    private func post() {
        guard waiting.count.add(1, ordering: .relaxed).oldValue < 108 else {
            waiting.count.subtract(1, ordering: .relaxed)
            return
        }
        client.execute(request: request).whenComplete { [waiting] _ in
            waiting.count.subtract(1, ordering: .relaxed)
        }
    }
}

extension HTTPClient.Configuration.ConnectionPool {
    fileprivate init(softLimit: Int) {
        self.init()
        concurrentHTTP1ConnectionsPerHostSoftLimit = softLimit
    }
}
