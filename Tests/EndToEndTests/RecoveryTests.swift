// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import FoundationEssentials
import Glibc
import Subprocess
import Testing

extension EndToEnd {
    /// What a dead run left is damaged, or more than one process looks at it.
    @Suite struct RecoveryTests {
        /// A laboratory in which one run has died by a bad pointer.
        private func withDeadRun(_ body: (Laboratory) async throws -> Void) async throws {
            try await Workplace.run { place in
                let laboratory = try Laboratory(in: place)
                #expect(try await laboratory.victim("bad-pointer").end() == .signaled(SIGSEGV))
                try await body(laboratory)
            }
        }

        private func change(_ path: String, _ body: (inout [UInt8]) -> Void) throws {
            var bytes = try Laboratory.written(in: path)
            body(&bytes)
            try Data(bytes).write(to: URL(filePath: path))
        }

        enum Damage: String, CaseIterable {
            case halved, aByteFlipped, emptied, cutInTheTrailer
        }

        @Test(arguments: Damage.allCases)
        func `a damaged crash file still gives a report, from the black box`(_ damage: Damage) async throws {
            try await withDeadRun { laboratory in
                try change(try #require(laboratory.files("/crash.envelope").first)) { bytes in
                    switch damage {
                    case .halved: bytes.removeLast(bytes.count / 2)
                    case .aByteFlipped: bytes[bytes.count / 2] ^= 1
                    case .emptied: bytes = [UInt8](repeating: 0, count: bytes.count)
                    case .cutInTheTrailer:
                        let trailer = bytes.firstRange(of: Array("\nFLTTRAIL ".utf8))
                        bytes.removeLast(bytes.count - (trailer?.upperBound ?? 0))
                    }
                }
                let reports = try await laboratory.recover()
                let report = try #require(reports.first)
                #expect(reports.count == 1)
                #expect(report.signal == "SIGSEGV")
                #expect(report.event.release == "crashlab@1")
                #expect(report.event.tags["kind"] == "bad-pointer")
                #expect(report.breadcrumbs == ["about to die"])
                #expect(report.event.exceptions.last?.mechanism?.data["relevant_address"] == "0x10")
                // What was written of it is kept for a person to see.
                let kept = laboratory.files(".crash.envelope").filter { $0.contains("/quarantine/") }
                #expect(kept.count == (damage == .emptied ? 0 : 1))
                #expect(laboratory.files("/lock").isEmpty)
            }
        }

        @Test func `a crash file cut behind the envelope lacks the other threads and nothing else`() async throws {
            try await withDeadRun { laboratory in
                try change(try #require(laboratory.files("/crash.envelope").first)) { $0.removeLast(1) }
                let report = try #require(try await laboratory.recover().first)
                #expect(report.frames.last?.function == "faults_write_to", "\(report.stack)")
                #expect(report.event.threads.count == 1)
            }
        }

        @Test func `the crash file alone is enough`() async throws {
            try await withDeadRun { laboratory in
                try FileManager.default.removeItem(atPath: try #require(laboratory.files("/blackbox").first))
                let report = try #require(try await laboratory.recover().first)
                #expect(report.frames.last?.function == "faults_write_to", "\(report.stack)")
                #expect(report.breadcrumbs == ["about to die"])
            }
        }

        @Test func `a damaged black box costs nothing that is in the crash file`() async throws {
            try await withDeadRun { laboratory in
                try change(try #require(laboratory.files("/blackbox").first)) { bytes in
                    for index in stride(from: 0, to: bytes.count, by: 97) { bytes[index] ^= 0x55 }
                }
                let report = try #require(try await laboratory.recover().first)
                #expect(report.frames.last?.function == "faults_write_to", "\(report.stack)")
            }
        }

        @Test func `the next recovery in the same build uses the index of the first`() async throws {
            // The same crash twice: which other images a new one has addresses in, its threads decide.
            try await withDeadRun { laboratory in
                let again = try laboratory.copy(named: "again")
                func attributes(_ file: String) throws -> (inode: Int?, permissions: Int?, written: Date?) {
                    let all = try FileManager.default.attributesOfItem(atPath: file)
                    let inode = all[.systemFileNumber] as? Int
                    return (inode, all[.posixPermissions] as? Int, all[.modificationDate] as? Date)
                }
                let first = try #require(try await laboratory.recover().first)
                let indexes = laboratory.files(".index")
                #expect(!indexes.isEmpty)
                let long = Date(timeIntervalSinceNow: -100_000)
                for index in indexes {
                    #expect(try attributes(index).permissions == 0o600)
                    try FileManager.default.setAttributes([.modificationDate: long], ofItemAtPath: index)
                }
                let inodes = try indexes.map { try attributes($0).inode }
                #expect(!inodes.contains(nil))

                try again.moveRuns(to: laboratory.directory)
                let second = try #require(try await laboratory.recover().first)
                #expect(second.stack == first.stack)
                #expect(laboratory.files(".index") == indexes)
                // The same files, and used.
                #expect(try indexes.map { try attributes($0).inode } == inodes)
                #expect(try indexes.allSatisfy { try attributes($0).written ?? long > long + 50_000 })
            }
        }

        @Test func `without libelf a report has addresses and images, and the log says once what to do`() async throws {
            try await withDeadRun { laboratory in
                let next = laboratory.recovery(environment: try laboratory.environment(hiding: ["libelf.so.1"]))
                #expect(try await next.end(within: .seconds(120)) == .exited(0))
                let report = try #require(try await Laboratory.reports(of: next).first)
                #expect(!report.frames.isEmpty)
                #expect(report.frames.allSatisfy { $0.function == nil && $0.instructionAddress != nil })
                #expect(report.event.debugImages.first?.codeID?.isEmpty == false)
                let warnings = await next.log.lines.filter { $0.contains("libelf is not installed") }
                #expect(warnings.count == 1, "\(warnings)")
            }
        }

        @Test func `a run of which nothing is left but its directory is cleared away`() async throws {
            try await withDeadRun { laboratory in
                for file in ["/lock", "/blackbox", "/crash.envelope"] {
                    try FileManager.default.removeItem(atPath: try #require(laboratory.files(file).first))
                }
                #expect(try await laboratory.recover().isEmpty)
                #expect(!laboratory.place.files(below: "laboratory").contains { $0.contains("/runs/") })
            }
        }

        static let kinds = [
            "bad-pointer", "abort", "fatal-error", "array-index", "array-index-in-task", "stack-overflow",
            "double-free",
            "null-call", "many-threads", "two-crashes",
        ]

        @Test func `of twenty replicas that start at once on one volume, one sends each report`() async throws {
            try await Workplace.run { place in
                let volume = try Laboratory(in: place)
                for kind in Self.kinds {
                    // Each on its own, for a victim's start would recover those before it.
                    let laboratory = try Laboratory(in: place, named: kind)
                    guard case .signaled = try await laboratory.victim(kind).end() else {
                        Issue.record("\(kind) did not die")
                        continue
                    }
                    try laboratory.moveRuns(to: volume.directory)
                }
                let replicas = (0..<20).map { _ in volume.recovery() }
                var reports: [Report] = []
                for replica in replicas {
                    #expect(try await replica.end(within: .seconds(240)) == .exited(0))
                    reports += try await Laboratory.reports(of: replica)
                }
                #expect(reports.compactMap { $0.event.tags["kind"] }.sorted() == Self.kinds.sorted())
                #expect(Set(reports.compactMap(\.event.eventID)).count == Self.kinds.count)
                #expect(reports.allSatisfy { !$0.frames.isEmpty && !$0.breadcrumbs.isEmpty })
                #expect(volume.left.isEmpty, "\(volume.left)")
            }
        }

        @Test func `a forked child that starts anew has a run of its own, and the parent keeps its`() async throws {
            try await Workplace.run { place in
                let laboratory = try Laboratory(in: place)
                let parent = laboratory.victim("parent-and-child")
                #expect(try await parent.end() == .signaled(SIGSEGV))
                #expect(await parent.log.lines.contains("child died by \(SIGSEGV)"))
                let reports = try await laboratory.recover()
                #expect(reports.count == 2)
                #expect(Set(reports.compactMap(\.event.eventID)).count == 2)
                let child = try #require(reports.first { $0.event.release == "child@1" })
                #expect(child.event.exceptions.last?.mechanism?.data["relevant_address"] == "0x10")
                // Neither what the parent's scopes held nor its threads.
                #expect(child.event.tags.isEmpty && child.breadcrumbs.isEmpty)
                #expect(child.event.threads.count == 1)
                #expect(child.frames.last?.function == "faults_write_to", "\(child.stack)")
                let own = try #require(reports.first { $0.event.release == "crashlab@1" })
                #expect(own.event.exceptions.last?.mechanism?.data["relevant_address"] == "0x20")
                #expect(own.event.tags["kind"] == "parent-and-child")
                #expect(own.breadcrumbs == ["about to die"])
                #expect(laboratory.left.isEmpty, "\(laboratory.left)")
            }
        }

        @Test func `a run that lives is left alone, one that was killed leaves nothing`() async throws {
            try await Workplace.run { place in
                let laboratory = try Laboratory(in: place)
                let alive = laboratory.victim("wait")
                _ = try await alive.line(containing: "waiting")
                #expect(try await laboratory.recover().isEmpty)
                #expect(laboratory.files("/lock").count == 1)

                #expect(try await alive.stop(SIGKILL) == .signaled(SIGKILL))
                #expect(try await laboratory.recover().isEmpty)
                #expect(laboratory.files("/lock").isEmpty)
            }
        }
    }
}
#endif
