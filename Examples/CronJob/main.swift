// SPDX-License-Identifier: Apache-2.0
import Faultline
import Foundation

// A line of crontab(5): 0 3 * * * SENTRY_DSN=https://… SENTRY_RELEASE=backups@1.0 CronJob /srv/shop/backups

FaultlineSDK.start { options in
    // What cannot be sent in this time, when the job ends, is kept on disk for the next run.
    options.shutdownTimeout = .seconds(5)
}

// The server raises an alarm when the job is late, or runs too long, and knows by the context which errors are the job's.
let slug = "remove-old-backups"
var monitor = MonitorConfig(schedule: .crontab("0 3 * * *"))
monitor.checkInMargin = 5
monitor.maxRuntime = 30
FaultlineSDK.setContext("monitor", ["slug": .string(slug)])

let backups = Backups(directory: CommandLine.arguments.dropFirst().first ?? "backups")
var status = EXIT_SUCCESS
do {
    let removed = try FaultlineSDK.withMonitor(slug: slug, config: monitor) {
        try backups.removeOld(keeping: 7)
    }
    print("removed \(removed) backups")
} catch {
    FaultlineSDK.captureException(error)
    print("failed: \(error)")
    status = EXIT_FAILURE
}
await FaultlineSDK.close()
exit(status)
