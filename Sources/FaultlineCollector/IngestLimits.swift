// SPDX-License-Identifier: Apache-2.0
#if Tools

/// How much is accepted of one request, in bytes. What is larger is answered with 413.
///
/// Source: [Size limits](https://develop.sentry.dev/sdk/data-model/envelopes/#size-limits).
package struct IngestLimits: Sendable, Hashable {
    /// Of a body as it comes over the wire.
    package var body: Int
    /// Of a body once it is decompressed.
    package var inflated: Int
    /// Of an event's JSON.
    package var event: Int

    /// 200 MiB, compressed or not, and 1 MiB for an event: as Sentry's ingestion has it.
    package init(body: Int = 200 << 20, inflated: Int = 200 << 20, event: Int = 1 << 20) {
        self.body = body
        self.inflated = inflated
        self.event = event
    }
}
#endif
