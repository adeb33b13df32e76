// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCore
public import NIOHTTP1

extension HTTPHeaders {
    /// Has the headers carry the running trace on to `url`, for a request that any client sends: `sentry-trace`, `baggage`, and
    /// where ``/FaultlineCore/Options/propagateTraceparent`` is set W3C's `traceparent`.
    ///
    /// They go in place of those of the same name; members of `baggage` that are others' stay. Nothing changes where
    /// ``/FaultlineCore/Options/tracePropagationTargets`` does not name the URL, and while the SDK does not run.
    /// - Parameter url: of the request. Where the client follows a redirection, it sends the headers there, too.
    public mutating func setFaultlineTrace(for url: String) {
        let baggage = self["baggage"]
        // A header that comes several times is one list (RFC 9110, 5.3).
        let existing = baggage.isEmpty ? nil : baggage.joined(separator: ",")
        for (name, value) in FaultlineSDK.propagationHeaders(for: url, baggage: existing) {
            replaceOrAdd(name: name, value: value)
        }
    }
}
