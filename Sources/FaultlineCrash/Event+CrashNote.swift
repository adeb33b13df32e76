// SPDX-License-Identifier: Apache-2.0

internal import CFaultlineCrash
internal import FaultlineProtocol

extension Event {
    /// The report of a crash whose file was lost: from the note that the handler stores first, and from what the
    /// scopes held. One frame, no images, no message; but no death without a report.
    init(crashNoteOf box: borrowing DeadBox) {
        let info = box.info
        var fields = box.facts
        let eventID = withUnsafeBytes(of: info.event_id) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        fields["event_id"] = .string((EventID(eventID) ?? EventID()).description)
        fields["timestamp"] = .number(Double(info.crash_realtime) / 1e9)
        fields["platform"] = "native"
        fields["level"] = "fatal"
        for (key, value) in box.scopes { fields[key] = value }
        let name = Self.signalName(info.signal)
        fields["exception"] = [
            "values": [
                [
                    "type": .string(name),
                    "value": .string("the process died by this signal; the rest of the report could not be written"),
                    "thread_id": .integer(Int64(info.thread_id)),
                    "mechanism": [
                        "type": "signalhandler", "handled": false, "synthetic": true,
                        "meta": [
                            "signal": [
                                "number": .integer(Int64(info.signal)), "name": .string(name),
                                "code": .integer(Int64(info.code)),
                            ]
                        ],
                        "data": .object(Self.faultAddress(of: info)),
                    ],
                    "stacktrace": [
                        "frames": [
                            ["instruction_addr": .string("0x" + String(info.program_counter, radix: 16))]
                        ]
                    ],
                ]
            ]
        ]
        self.init(fields: fields)
    }

    private static func faultAddress(of info: fl_box_info) -> Fields {
        guard info.fault_address != .max else { return [:] }  // FL_NO_FAULT_ADDRESS
        return ["relevant_address": .string("0x" + String(info.fault_address, radix: 16))]
    }

    private static func signalName(_ number: Int32) -> String {
        String(cString: fl_signal_name(number))
    }
}
