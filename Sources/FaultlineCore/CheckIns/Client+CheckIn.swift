// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol
internal import Logging

extension Client {
    /// Sends a check-in; see ``FaultlineSDK/captureCheckIn(monitorSlug:checkInID:status:duration:monitorConfig:)``.
    public func capture(_ checkIn: CheckIn) {
        guard !Self.isCapturing, !isOfParent, var checkIn = hooked(checkIn) else { return }
        guard checkIn.hasName else {
            options.logger.warning(
                "a check-in for the monitor `\(checkIn.monitorSlug)` is not sent: name it by letters")
            return
        }
        let problems = checkIn.monitorConfig?.problems ?? []
        if !problems.isEmpty {
            options.logger.warning(
                "the monitor \(checkIn.monitorSlug) is left as it is at the server: \(problems.joined(separator: "; "))"
            )
            checkIn.monitorConfig = nil
        }
        let trace = EventTrace(.running)
        var fields = checkIn.fields
        for key in ["release", "environment"] { fields[key] = facts.fields[key] }
        fields["contexts"] = [PropagationContext.key: .object(trace.context)]
        let item = EnvelopeItem(type: "check_in", payload: JSONValue.object(fields).serialized())
        _ = sender.enqueue(
            Envelope(header: facts.envelopeHeader(EventID(), trace.samplingContext(facts)), items: [item]))
    }

    private func hooked(_ checkIn: CheckIn) -> CheckIn? {
        guard let hook = options.beforeSendCheckIn else { return checkIn }
        let changed = Self.$isCapturing.withValue(true) { try? hook(checkIn) }
        if changed == nil {
            sender.reports.record(.beforeSend, .monitor)
            options.logger.debug("beforeSendCheckIn dropped a check-in of \(checkIn.monitorSlug)")
        }
        return changed
    }
}
