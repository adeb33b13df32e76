// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
internal import FaultlineFiles
internal import FaultlineProtocol

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// A session that was started. The scopes forked from the one in which it was share it.
///
/// The process's own lies in the black box, too, where the next start finds it when the process dies.
final class RunningSession: Sendable {
    let mode: SessionMode
    let started: Timestamp
    /// In which it was started: a forked child has a copy, which is not its to end.
    let process: pid_t
    /// Whose: another client's errors are none of it.
    let owner: SessionOwner
    let isProcess: Bool
    private let keepsAddress: Bool
    private let state: Lock<State>

    private struct State {
        var session: Session
        /// A server knows that it had errors.
        var toldErrors = false
        /// No update follows.
        var isTold = false
        /// The session's JSON as far as it changes seldom, without the closing brace.
        var text: [UInt8] = []

        mutating func keep(renewed: Bool = true) {
            if renewed {
                var plain = session
                plain.errors = 0
                text = Array(plain.json.serialized().dropLast())
            }
            let errors = session.errors > 0 ? ",\"errors\":\(session.errors)}" : "}"
            BlackBox.setSession(isTold ? [] : text + errors.utf8)
        }
    }

    /// - Parameters:
    ///   - process: of the tracker.
    ///   - isProcess: whether it is the process's, and goes into the black box.
    ///   - keepsAddress: whether the user's address goes along.
    init(
        _ mode: SessionMode, attributes: Fields, isProcess: Bool, keepsAddress: Bool, process: pid_t = getpid(),
        owner: SessionOwner = SessionOwner(), started: Timestamp = .now()
    ) {
        self.mode = mode
        self.owner = owner
        self.started = started
        self.process = process
        self.isProcess = isProcess
        self.keepsAddress = keepsAddress
        state = Lock(State(session: Session(attributes: attributes, started: started)))
    }

    /// The process's begins when the one before is told: from now on it lies in the black box.
    func begin(user: User?) {
        noteUser(user, ofProcess: true)
        state.withLock { $0.keep() }
    }

    // MARK: - What happens in it

    func noteError(isUnhandled: Bool) {
        guard process == getpid() else { return }
        state.withLock { state in
            guard !state.isTold, !state.session.isOver else { return }
            state.session.errors += 1
            if isUnhandled {
                state.session.status = .crashed
                state.session.timestamp = .now()
            }
            if isProcess { state.keep(renewed: isUnhandled) }
        }
    }

    /// Whose session it is can be said until a server knows of it. nil says nothing. The process's own is nobody's whom a
    /// request or a job is done for: it takes the user of the process's scope alone.
    func noteUser(_ user: User?, ofProcess: Bool) {
        guard mode == .application, let user, ofProcess || !isProcess, process == getpid() else { return }
        state.withLock { state in
            guard !state.isTold, state.session.isInitial, !state.session.isOver else { return }
            state.session.distinctID = Session.distinctID(of: user) ?? state.session.distinctID
            if keepsAddress, let address = user.ipAddress { state.session.attributes["ip_address"] = .string(address) }
            if isProcess { state.keep() }
        }
    }

    // MARK: - What is told of it

    /// The update that a server is waiting for: the first, the first with errors, the one with which it is over. It counts
    /// as told from now on, so that nobody tells the same beside it; ``giveBack(_:)`` when it was not.
    func takeUpdate(now: Timestamp = .now()) -> Session? {
        state.withLock { state in
            guard !state.isTold else { return nil }
            if !state.session.isOver { state.session.timestamp = max(state.session.started, now) }
            defer { if isProcess { state.keep() } }
            let isDue =
                state.session.isInitial || state.session.isOver || (state.session.errors > 0 && !state.toldErrors)
            guard isDue else { return nil }
            let update = state.session
            state.session.isInitial = false
            state.toldErrors = update.errors > 0
            state.isTold = update.isOver
            return update
        }
    }

    /// The update could not be told.
    func giveBack(_ update: Session) {
        state.withLock { state in
            // Ended meanwhile: the box may hold the next one.
            guard !state.isTold || update.isOver else { return }
            state.session.isInitial = update.isInitial
            state.toldErrors = false
            state.isTold = false
            if isProcess { state.keep() }
        }
    }

    /// Ends it. nil: it was ended before.
    func end(now: Timestamp = .now()) -> Session? {
        state.withLock { state in
            guard !state.isTold else { return nil }
            state.isTold = true
            if !state.session.isOver {
                state.session.status = .exited
                state.session.timestamp = max(state.session.started, now)
            }
            if isProcess { state.keep(renewed: false) }
            return state.session
        }
    }
}

/// Tells clients apart.
final class SessionOwner: Sendable {}
