// SPDX-License-Identifier: Apache-2.0

extension Event {
    /// The event in a line of a log, as a process prints it that crashes and can write no file: the event's JSON behind
    /// `faultline-crash: `. What stands before is the log's own; nil: the line holds no such report, or half of one.
    package init?(crashLine line: some StringProtocol) {
        guard let mark = line.firstRange(of: Self.crashLineMark),
            let fields = try? JSONValue(parsing: line[mark.upperBound...].utf8).objectValue
        else { return nil }
        self.init(fields: fields)
    }

    /// As `FL_CRASH_LINE` of CHelpers/crash/handler/crash_file.h.
    package static let crashLineMark = "faultline-crash: "
}
