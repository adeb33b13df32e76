// SPDX-License-Identifier: Apache-2.0
import Faultline
import FaultlineLifecycle
import FaultlineLogging
import Logging
import ServiceLifecycle
import UnixSignals

// Lines go to standard error as ever, and to Faultline: as breadcrumbs, and from `error` on as events.
LoggingSystem.bootstrap(
    { label, provider in
        MultiplexLogHandler([
            StreamLogHandler.standardError(label: label, metadataProvider: provider),
            FaultlineLogHandler(label: label, metadataProvider: provider),
        ])
    }, metadataProvider: .faultline)

// First, so that the making of the rest is watched, too. Where reports go, the release, and how many transactions are
// recorded come from SENTRY_DSN, SENTRY_RELEASE and SENTRY_TRACES_SAMPLE_RATE.
FaultlineSDK.start()

let spool = Spool(directory: CommandLine.arguments.dropFirst().first ?? "spool")
// A group ends its services in the reverse of their order: what the spool says at its end is sent, too.
let group = ServiceGroup(
    services: [FaultlineService(), spool], gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "daemon")
)
try await group.run()
