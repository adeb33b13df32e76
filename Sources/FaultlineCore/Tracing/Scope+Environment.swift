// SPDX-License-Identifier: Apache-2.0

extension Scope {
    /// Continues the trace of whoever started the process, where it says one and none was continued by code:
    /// `SENTRY_TRACE` and `SENTRY_BAGGAGE` are the headers of these names, unless `SENTRY_USE_ENVIRONMENT` is false.
    ///
    /// Source: [Continuing traces from environment variables](https://develop.sentry.dev/sdk/telemetry/traces/#propagation).
    func continueTrace(ofEnvironment variable: (String) -> String?, _ client: Client) {
        guard !givenTrace.isGiven, let trace = variable("SENTRY_TRACE"),
            variable("SENTRY_USE_ENVIRONMENT").flatMap({ EnvironmentFlag($0)?.isSet }) ?? true
        else { return }
        let headers = [("sentry-trace", trace)] + (variable("SENTRY_BAGGAGE").map { [("baggage", $0)] } ?? [])
        guard let context = PropagationContext(headers: headers, client) else { return }
        continueTrace(context)
    }
}
