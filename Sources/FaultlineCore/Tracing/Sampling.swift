// SPDX-License-Identifier: Apache-2.0

public import FaultlineProtocol

/// What ``Options/tracesSampler`` decides by.
public struct SamplingContext: Sendable {
    /// The transaction's name, as far as it is known at its start.
    public var name: String
    /// Such as `http.server`.
    public var operation: String
    /// Where the name comes from.
    public var source: TransactionSource
    /// Who started it: `manual`, or `auto.` and what did.
    public var origin: String
    /// The trace's id.
    public var traceID: TraceID
    /// The caller's span, in this or another service.
    public var parentSpanID: SpanID?
    /// What the caller decided; nil: nothing.
    public var parentSampled: Bool?
    /// The rate by which the trace's first service decided, 0 … 1; nil: unknown.
    public var parentSampleRate: Double?
    /// What the transaction's starter gave.
    public var custom: Fields
}

/// Whether a transaction is recorded, and by which rate that was decided.
struct SamplingDecision: Sendable, Hashable {
    var sampled: Bool
    /// nil: tracing is off, or the sampler's answer made no sense.
    var rate: Double?
    /// Why it is not; nil: tracing is off, and nobody counts.
    var reason: DiscardReason?

    /// - Parameters:
    ///   - explicit: what the caller of the API wants.
    ///   - sampler: the answer of the service's own function; nil when there is none, or it has thrown.
    ///   - parent: what the trace's earlier service decided.
    ///   - rate: ``Options/tracesSampleRate``.
    ///   - isOn: whether there is a rate or a sampler.
    ///   - downsampling: how many times the rate is halved.
    /// Source: [Sampling](https://develop.sentry.dev/sdk/telemetry/traces/#sampling).
    init(
        explicit: Bool?, sampler: () -> Double?, parent: Bool?, rate: Double?, isOn: Bool, rand: Double,
        downsampling: Int
    ) {
        guard isOn else {
            self = SamplingDecision(sampled: false, rate: nil, reason: nil)
            return
        }
        let reason: DiscardReason = downsampling > 0 ? .backpressure : .sampleRate
        if let explicit {
            self = SamplingDecision(sampled: explicit, rate: explicit ? 1 : 0, reason: explicit ? nil : reason)
            return
        }
        let wanted = sampler() ?? parent.map { $0 ? 1 : 0 } ?? rate ?? 0
        guard (0...1).contains(wanted) else {
            self = SamplingDecision(sampled: false, rate: nil, reason: .sampleRate)
            return
        }
        var effective = wanted
        for _ in 0..<downsampling { effective /= 2 }
        let sampled = rand < effective
        self = SamplingDecision(sampled: sampled, rate: effective, reason: sampled ? nil : reason)
    }

    private init(sampled: Bool, rate: Double?, reason: DiscardReason?) {
        self.sampled = sampled
        self.rate = rate
        self.reason = reason
    }
}
