// SPDX-License-Identifier: Apache-2.0
#if Tools
import Faultline
import FaultlineHummingbird
import Hummingbird
import Logging

let arguments = Arguments(CommandLine.arguments)

// All that a service does to report its crashes and errors: this call, and the middleware on the router.
// The DSN and the release come from SENTRY_DSN and SENTRY_RELEASE.
FaultlineSDK.start { options in
    options.enableLogs = true
}

let router = Router()
router.add(middleware: FaultlineMiddleware())
ShopRoutes().add(to: router)
ForwardRoute().add(to: router)
ReportRoutes().add(to: router)
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
