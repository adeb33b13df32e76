// SPDX-License-Identifier: Apache-2.0

import Faultline
import FaultlineHummingbird
import Hummingbird
import Logging

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

private func serve(_ router: Router<BasicRequestContext>) async throws {
    router.get("/orders/{id}") { _, context in "order \(try context.parameters.require("id"))\n" }
    var application = Application(
        router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
        onServerRunning: { answer("\($0.localAddress?.port ?? 0)") })
    application.logger.logLevel = .critical
    try await application.run()
}
