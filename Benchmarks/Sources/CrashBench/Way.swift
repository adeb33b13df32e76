// SPDX-License-Identifier: Apache-2.0

/// What a process has against crashes.
enum Way: CaseIterable {
    case bare
    case faultline
    /// The same, and the driver looks for the envelope. The two deaths tell whether looking disturbs.
    case faultlineWatched
    case backtracer
    /// Addresses only, as Faultline's handler writes them: the names are found at the next start.
    case backtracerWithoutNames
    /// On the program with Faultline, which is not started: what the backtracer makes of a larger program.
    case backtracerOfSameProgram
    case faultlineWithBacktracer

    var name: String {
        switch self {
        case .bare: "bare default action"
        case .faultline: "Faultline"
        case .faultlineWatched: "Faultline, directory watched"
        case .backtracer: "Swift's backtracer"
        case .backtracerWithoutNames: "the same, symbolicate=off"
        case .backtracerOfSameProgram: "the backtracer, Faultline linked"
        case .faultlineWithBacktracer: "Faultline, then the backtracer"
        }
    }

    var hasFaultline: Bool {
        switch self {
        case .faultline, .faultlineWatched, .faultlineWithBacktracer: true
        case .bare, .backtracer, .backtracerWithoutNames, .backtracerOfSameProgram: false
        }
    }

    var linksFaultline: Bool { hasFaultline || self == .backtracerOfSameProgram }

    var isWatched: Bool { self == .faultlineWatched || self == .faultlineWithBacktracer }

    /// Takes so long that it is run less often.
    var hasBacktracer: Bool {
        switch self {
        case .backtracer, .backtracerWithoutNames, .backtracerOfSameProgram, .faultlineWithBacktracer: true
        case .bare, .faultline, .faultlineWatched: false
        }
    }

    /// SWIFT_BACKTRACE, as docs/Backtracing.rst of swiftlang/swift describes it.
    var setting: String {
        switch self {
        case .bare, .faultline, .faultlineWatched: "enable=no"
        case .backtracer, .backtracerOfSameProgram, .faultlineWithBacktracer: "enable=yes"
        case .backtracerWithoutNames: "enable=yes,symbolicate=off"
        }
    }
}

/// What the process is doing when it crashes.
struct Scenario: Hashable {
    let threads: Int
    /// How many of them compute; the others sleep.
    let burners: Int

    static let one = Scenario(threads: 1, burners: 0)
    static let few = Scenario(threads: 16, burners: 0)
    static let many = Scenario(threads: 256, burners: 0)
    static let most = Scenario(threads: 1000, burners: 0)
    static let busy = Scenario(threads: 1000, burners: 125)
    static let all = [one, few, many, most, busy]

    var name: String { burners == 0 ? "\(threads)" : "\(threads), \(burners) busy" }
}
