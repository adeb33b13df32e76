// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import Subprocess
import Testing

/// Runs of CrashLab that share one cache directory, as restarts of one service do.
struct Laboratory: Sendable {
    let place: Workplace
    let directory: String
    private let program: String

    init(_ build: Build = .own, in place: Workplace) throws {
        self.place = place
        program = build.laboratory
        directory = try place.folder("laboratory")
    }

    /// Swift's own backtracer takes 14 seconds for the death of a thousand threads; one test wants it.
    private static let quiet = ["SWIFT_BACKTRACE": "enable=no"]

    /// A run that dies as `kind` says.
    func victim(_ kind: String, environment: [String: String] = quiet) -> Child {
        place.start(kind, .at(program), [directory, kind], environment: environment)
    }

    /// How it dies without Faultline.
    func bareEnd(of kind: String) async throws -> TerminationStatus {
        let environment = Self.quiet.merging(["LAB_BARE": "1"]) { $1 }
        return try await place.start("bare \(kind)", .at(program), [directory, kind], environment: environment).end()
    }

    /// Dies, is recovered by the next start, and answers what that would send.
    func reports(of kind: String) async throws -> (TerminationStatus, [Report]) {
        let status = try await victim(kind).end()
        return (status, try await recover())
    }

    /// The same by way of a command of the shell's, in which `$LAB` is the program.
    func victim(_ kind: String, shell command: String) -> Child {
        place.start(
            kind, .name("sh"), ["-c", command],
            environment: Self.quiet.merging(
                ["LAB": program, "LAB_DIRECTORY": directory, "LAB_KIND": kind]) { $1 })
    }

    /// Starts as another release, and answers the events that it sends.
    func recover() async throws -> [Report] {
        let next = place.start("recovery", .at(program), [directory, "recover"])
        #expect(try await next.end(within: .seconds(120)) == .exited(0))
        return try await next.log.lines.filter { $0.hasPrefix("{") }.map(Report.init(line:))
            .filter { $0.event.level == .fatal }
    }

    /// Paths, from the directory of the service, that end so.
    func files(_ suffix: String) -> [String] {
        place.files(below: "laboratory").filter { $0.hasSuffix(suffix) }.map { directory + "/" + $0 }
    }
}
#endif
