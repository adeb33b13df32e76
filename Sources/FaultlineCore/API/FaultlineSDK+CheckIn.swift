// SPDX-License-Identifier: Apache-2.0

public import FaultlineProtocol

extension FaultlineSDK {
    /// Says how a run of a scheduled job fares. Never sampled; of the scopes only the trace goes along.
    ///
    /// ```swift
    /// let id = FaultlineSDK.captureCheckIn(monitorSlug: "nightly", status: .inProgress)
    /// FaultlineSDK.captureCheckIn(monitorSlug: "nightly", checkInID: id, status: .ok, duration: .seconds(12))
    /// ```
    /// - Parameters:
    ///   - monitorSlug: names the job's monitor; one without letters and digits is not sent.
    ///   - checkInID: nil: a new one. ``/FaultlineProtocol/CheckInID/latest``: of the newest run that is in progress.
    ///   - status: how far it is, or how it ended.
    ///   - duration: of the run that has ended; nil: not known, and the server takes the time since the first check-in.
    ///   - monitorConfig: creates or changes the monitor; one that a server would refuse is left out, with a line in the
    ///     log.
    /// - Returns: the id by which to say more of this run, also while the SDK does not run.
    /// Source: [Check-ins](https://develop.sentry.dev/sdk/telemetry/check-ins/).
    @discardableResult
    public static func captureCheckIn(
        monitorSlug: String, checkInID: CheckInID? = nil, status: CheckIn.Status, duration: Duration? = nil,
        monitorConfig: MonitorConfig? = nil
    ) -> CheckInID {
        let checkIn = CheckIn(
            monitorSlug: monitorSlug, id: checkInID ?? CheckInID(), status: status, duration: duration,
            monitorConfig: monitorConfig)
        client?.capture(checkIn)
        return checkIn.id
    }

    /// Runs `body` as a run of a scheduled job: says that it is in progress, then that it ended well or, when it throws,
    /// that it failed, and how long it took.
    /// - Parameters:
    ///   - slug: names the job's monitor; see ``captureCheckIn(monitorSlug:checkInID:status:duration:monitorConfig:)``.
    ///   - config: goes along both times; see there, too.
    ///   - body: the job.
    public static func withMonitor<Result>(
        slug: String, config: MonitorConfig? = nil, _ body: () throws -> Result
    ) rethrows -> Result {
        let run = MonitoredRun(slug: slug, config: config)
        do {
            let result = try body()
            run.end(.ok)
            return result
        } catch {
            run.end(.error)
            throw error
        }
    }

    /// The same for an asynchronous job, on the caller's actor. One whose task is cancelled fails, like any that throws.
    public static func withMonitor<Result>(
        slug: String, config: MonitorConfig? = nil, isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Result
    ) async rethrows -> Result {
        let run = MonitoredRun(slug: slug, config: config)
        do {
            let result = try await body()
            run.end(.ok)
            return result
        } catch {
            run.end(.error)
            throw error
        }
    }
}

/// What is said of a run at its end goes under the id of its beginning.
private struct MonitoredRun {
    let slug: String
    let config: MonitorConfig?
    let id: CheckInID
    let started = ContinuousClock.now

    init(slug: String, config: MonitorConfig?) {
        self.slug = slug
        self.config = config
        id = FaultlineSDK.captureCheckIn(monitorSlug: slug, status: .inProgress, monitorConfig: config)
    }

    func end(_ status: CheckIn.Status) {
        FaultlineSDK.captureCheckIn(
            monitorSlug: slug, checkInID: id, status: status, duration: .now - started, monitorConfig: config)
    }
}
