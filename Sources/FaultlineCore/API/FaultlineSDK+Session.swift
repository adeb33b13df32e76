// SPDX-License-Identifier: Apache-2.0

extension FaultlineSDK {
    /// Starts a session in the isolation scope; one that was started there is ended first. Outside of a request that is the
    /// process's own, which this one then replaces.
    ///
    /// Scopes forked from it share the session: errors captured in them count in it. Does nothing while the SDK does not
    /// run, or without a ``Options/release``.
    /// - Parameter mode: `request` for one of many, which is only counted.
    /// Source: [Sessions](https://develop.sentry.dev/sdk/telemetry/sessions/).
    public static func startSession(mode: SessionMode = .application) {
        client?.sessions.start(mode, in: isolationScope)
    }

    /// Whether sessions are begun by themselves (``Options/autoSessionTracking``): an integration begins one of each of its
    /// requests then. false while the SDK does not run.
    public static var isTrackingSessions: Bool { client?.options.autoSessionTracking ?? false }

    /// Ends the session of the isolation scope, also one that was started in the scope that it was forked from, and tells
    /// it: as crashed when something in it was not handled, else as exited. Does nothing when there is none.
    public static func endSession() {
        client?.sessions.end(in: isolationScope)
    }
}
