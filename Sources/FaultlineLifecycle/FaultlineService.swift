// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCore
public import ServiceLifecycle

/// Ends the SDK with the service: waits for the graceful shutdown, then ends the session, sends what waits, and keeps the rest
/// on disk.
///
/// A group ends its services in the reverse of their order: given first, it outlives the others, and what they report at their
/// end is sent. Where a service throws, the group by default cancels all at once: ask it for
/// `failureTerminationBehavior: .gracefullyShutdownGroup`, else what the others report then is lost.
///
/// ```swift
/// FaultlineSDK.start(options)
/// let group = ServiceGroup(services: [FaultlineService(), server], gracefulShutdownSignals: [.sigterm], logger: logger)
/// try await group.run()
/// ```
public struct FaultlineService: Service {
    private let timeout: Duration?

    /// - Parameter timeout: how long the end waits for what is to be sent; nil: ``/FaultlineCore/Options/shutdownTimeout``.
    ///   Within the time that the group has, and the platform after SIGTERM (Kubernetes: 30 s).
    public init(timeout: Duration? = nil) {
        self.timeout = timeout
    }

    /// Returns when the SDK has ended, also where the group is cancelled.
    public func run() async {
        try? await gracefulShutdown()
        // A cancelled task waits for nothing; this one is to wait.
        let end = Task { [timeout] in await FaultlineSDK.close(timeout: timeout) }
        await end.value
    }
}
