// SPDX-License-Identifier: Apache-2.0
#if Tools
import Faultline
import Hummingbird
import Logging

let arguments = Arguments(CommandLine.arguments)
let environment = Environment()

// Everything a service does to report its crashes: these lines, and `RequestScope` on the router.
var options = Options()
options.dsn = environment.get("SENTRY_DSN")
options.release = environment.get("SENTRY_RELEASE")
options.environment = environment.get("SENTRY_ENVIRONMENT") ?? "example"
FaultlineSDK.start(options)

let router = Router()
router.add(middleware: RequestScope())
ShopRoutes().add(to: router)
CrashRoutes().add(to: router)

let service = Application(
    router: router,
    configuration: .init(address: .hostname(arguments.hostname, port: arguments.port)),
    onServerRunning: { channel in
        say("listening on http://\(arguments.hostname):\(channel.localAddress?.port ?? arguments.port)")
    },
    logger: Logger(label: "HummingbirdService"))
try await service.runService()
await FaultlineSDK.close()
#else
print("HummingbirdService needs the trait Tools: swift run --traits Tools HummingbirdService")
#endif
