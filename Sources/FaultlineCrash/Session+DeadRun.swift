// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

extension Session {
    /// Where the handler puts it into the event; it is no member of one that is sent.
    static let crashFileKey = "faultline_session"

    /// The end of a session whose process crashed: the crash is an error, too. One that was over before, and not told,
    /// stays as it was. nil: a server would not take it any more.
    func crashed(at time: Timestamp?, now: Timestamp = .now()) -> Session? {
        var session = self
        if !isOver {
            session.status = .crashed
            session.errors = errors == .max ? errors : errors + 1
            session.timestamp = max(started, time ?? timestamp)
        }
        return session.isAccepted(now: now) ? session : nil
    }

    /// The end of a session whose process was gone without a word: by SIGKILL, or with the machine. It was last seen at
    /// the time of its last note in the box.
    func abnormal(now: Timestamp = .now()) -> Session? {
        var session = self
        if !isOver {
            session.status = .abnormal
            session.abnormalMechanism = "killed"
        }
        return session.isAccepted(now: now) ? session : nil
    }

    private func isAccepted(now: Timestamp) -> Bool {
        started >= now.advanced(by: .zero - Self.longestAge)
    }
}

extension Event {
    /// Takes out what the handler put in beside the event.
    mutating func takeSession() -> Session? {
        let session = fields[Session.crashFileKey]
        fields[Session.crashFileKey] = nil
        return session?.objectValue.flatMap { Session(fields: $0) }
    }
}
