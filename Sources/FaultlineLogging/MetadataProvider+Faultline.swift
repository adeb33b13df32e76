// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCore
public import Logging

extension Logger.MetadataProvider {
    /// Puts `trace_id` and `span_id` of what runs into every line, by which lines and events find each other.
    public static let faultline = Logger.MetadataProvider {
        let (traceID, spanID) = FaultlineSDK.runningTrace
        return ["trace_id": "\(traceID)", "span_id": "\(spanID)"]
    }
}
