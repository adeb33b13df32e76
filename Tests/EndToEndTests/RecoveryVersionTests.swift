// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import FoundationEssentials
import Glibc
import Subprocess
import Testing

extension EndToEnd {
    /// Replicas of two builds share a volume: what another version or another architecture left is sent as far as it is
    /// understood, and what is not understood is left to those who do.
    @Suite struct RecoveryVersionTests {
        private func withDeadRun(_ body: (Laboratory) async throws -> Void) async throws {
            try await Workplace.run { place in
                let laboratory = try Laboratory(in: place)
                #expect(try await laboratory.victim("bad-pointer").end() == .signaled(SIGSEGV))
                try await body(laboratory)
            }
        }

        private func change(
            _ name: String, in laboratory: Laboratory, _ body: (inout [UInt8]) throws -> Void
        ) throws {
            let path = try #require(laboratory.files(name).first)
            var bytes = try Laboratory.written(in: path)
            try body(&bytes)
            try Data(bytes).write(to: URL(filePath: path))
        }

        private func put(_ text: String, into bytes: inout [UInt8], at offset: Int) {
            bytes.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
        }

        /// What differs in a box: the place of a 32-bit number, and another one (blackbox_format.h).
        enum Foreign: CaseIterable {
            case newerVersion, otherArchitecture

            var offset: Int { self == .newerVersion ? 8 : 16 }
            var value: UInt8 { self == .newerVersion ? 200 : 240 }
        }

        private func makeBox(_ foreign: Foreign, in laboratory: Laboratory) throws -> UInt8 {
            var before: UInt8 = 0
            try change("/blackbox", in: laboratory) { bytes in
                before = bytes[foreign.offset]
                bytes[foreign.offset] = foreign.value
            }
            #expect(before != foreign.value)
            return before
        }

        // MARK: - Sent as far as it is understood

        @Test(arguments: ["FLTCRASH 2 x86_64", "FLTCRASH 1 aarch6"])
        func `a crash file of another version or architecture is sent whole`(head: String) async throws {
            try await withDeadRun { laboratory in
                try change("/crash.envelope", in: laboratory) { put(head, into: &$0, at: 0) }
                _ = try makeBox(.newerVersion, in: laboratory)
                let reports = try await laboratory.recover()
                #expect(reports.count == 1)
                let report = try #require(reports.first)
                #expect(report.frames.last?.function == "faults_write_to", "\(report.stack)")
                #expect(report.breadcrumbs == ["about to die"])
                #expect(report.event.release == "crashlab@1")
                #expect(report.event.threads.count > 1)
                #expect(laboratory.left.isEmpty, "\(laboratory.left)")
            }
        }

        @Test func `what was not understood of a newer crash file is kept beside its reason`() async throws {
            try await withDeadRun { laboratory in
                var written: [UInt8] = []
                try change("/crash.envelope", in: laboratory) { bytes in
                    put("FLTCRASH 2", into: &bytes, at: 0)
                    bytes += CrashFile.part(#"{"heaps":[{"id":1}]}"#)
                    written = bytes
                }
                let report = try #require(try await laboratory.recover().first)
                #expect(report.frames.last?.function == "faults_write_to", "\(report.stack)")
                #expect(report.event.threads.count > 1)
                let kept = try #require(laboratory.files(".crash.envelope").first)
                #expect([UInt8](try Data(contentsOf: URL(filePath: kept))) == written)
                let reason = try String(contentsOfFile: kept + ".reason", encoding: .utf8)
                #expect(reason.contains("another version"))
                #expect(laboratory.left.allSatisfy { $0.hasPrefix("quarantine/") }, "\(laboratory.left)")
            }
        }

        @Test func `of a newer crash file in no known form, the box's note is sent and the file kept`() async throws {
            try await withDeadRun { laboratory in
                try change("/crash.envelope", in: laboratory) { bytes in
                    bytes = Array("FLTCRASH 2 x86_64\n".utf8) + CrashFile.part(#"{"form":"another"}"#)
                }
                let report = try #require(try await laboratory.recover().first)
                #expect(report.signal == "SIGSEGV")
                #expect(report.event.tags["kind"] == "bad-pointer")
                #expect(laboratory.files(".crash.envelope").count == 1)
            }
        }

        // MARK: - Left to those who understand it

        @Test(arguments: Foreign.allCases)
        func `a foreign box without a crash file stays as it is until its own version starts`(_ foreign: Foreign)
            async throws
        {
            try await withDeadRun { laboratory in
                try FileManager.default.removeItem(atPath: try #require(laboratory.files("/crash.envelope").first))
                let before = try makeBox(foreign, in: laboratory)
                for _ in 0..<3 {
                    let recovery = laboratory.recovery()
                    _ = try await recovery.line(containing: "it is left to a start of the version that wrote it")
                    #expect(try await recovery.end() == .exited(0))
                    #expect(try await Laboratory.reports(of: recovery).isEmpty)
                }
                try change("/blackbox", in: laboratory) { $0[foreign.offset] = before }
                let report = try #require(try await laboratory.recover().first)
                #expect(report.signal == "SIGSEGV")
                #expect(report.event.tags["kind"] == "bad-pointer")
                #expect(laboratory.left.isEmpty, "\(laboratory.left)")
            }
        }

        @Test func `a foreign run whose version never comes is given up after a week, with a line`() async throws {
            try await withDeadRun { laboratory in
                try change("/crash.envelope", in: laboratory) { $0.removeLast($0.count / 2) }
                _ = try makeBox(.newerVersion, in: laboratory)
                #expect(try await laboratory.recover().isEmpty)
                for name in ["/blackbox", "/crash.envelope", "/lock"] {
                    try FileManager.default.setAttributes(
                        [.modificationDate: Date(timeIntervalSinceNow: -8 * 86_400)],
                        ofItemAtPath: try #require(laboratory.files(name).first))
                }
                let recovery = laboratory.recovery()
                _ = try await recovery.line(containing: "it is given up")
                #expect(try await recovery.end() == .exited(0))
                #expect(laboratory.left.allSatisfy { $0.hasPrefix("quarantine/") }, "\(laboratory.left)")
                #expect(laboratory.files(".crash.envelope").count == 1)
            }
        }

        // MARK: - At once

        @Test func `a run that another program has locked is its own, whatever its version`() async throws {
            try await withDeadRun { laboratory in
                // The claim of every version: a write lock by fcntl(2) on the whole file `lock`.
                let lock = open(try #require(laboratory.files("/lock").first), O_RDWR | O_CLOEXEC)
                var claim = flock()
                claim.l_type = Int16(F_WRLCK)
                claim.l_whence = Int16(SEEK_SET)
                #expect(fcntl(lock, F_SETLK, &claim) == 0)
                let before = laboratory.left
                #expect(try await laboratory.recover().isEmpty)
                #expect(laboratory.left == before)
                close(lock)
                #expect(try await laboratory.recover().count == 1)
            }
        }

        @Test func `of two versions that start at once, one sends the report`() async throws {
            try await withDeadRun { laboratory in
                try change("/crash.envelope", in: laboratory) { put("FLTCRASH 2", into: &$0, at: 0) }
                let both = [laboratory.recovery(), laboratory.recovery()]
                var reports: [Report] = []
                for recovery in both {
                    #expect(try await recovery.end(within: .seconds(60)) == .exited(0))
                    reports += try await Laboratory.reports(of: recovery)
                }
                #expect(reports.count == 1)
                #expect(laboratory.left.isEmpty, "\(laboratory.left)")
            }
        }
    }
}

/// The form of a crash file, written down once more (CHelpers/crash/handler/crash_file.h).
private enum CrashFile {
    /// A text and its trailer.
    static func part(_ text: String) -> [UInt8] {
        let bytes = Array((text + "\n").utf8)
        return bytes + Array("\nFLTTRAIL \(hex(UInt64(bytes.count))) \(hex(checksum(bytes)))\n".utf8)
    }

    private static func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func checksum(_ bytes: [UInt8]) -> UInt64 {
        var sum: UInt64 = 0
        for start in stride(from: 0, to: bytes.count, by: 8) {
            var word: UInt64 = 0
            for (index, byte) in bytes[start..<min(start + 8, bytes.count)].enumerated() {
                word |= UInt64(byte) << UInt64(8 * index)
            }
            sum = (sum ^ word) &* 0x9e37_79b9_7f4a_7c15
            sum ^= sum >> 32
        }
        return sum ^ UInt64(bytes.count)
    }
}
#endif
