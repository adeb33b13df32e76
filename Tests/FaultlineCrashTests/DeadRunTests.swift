// SPDX-License-Identifier: Apache-2.0

import FaultlineFiles
import FoundationEssentials
import Glibc
import Testing

@testable import FaultlineCrash

@Suite struct DeadRunTests {
    private func withCache(_ body: (CacheDirectory) throws -> Void) throws {
        var template = Array("/tmp/faultline-run-XXXXXX".utf8CString)
        let path = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(CacheDirectory(base: path, serviceName: "shop"))
    }

    private func makeRun(_ name: String, in cache: CacheDirectory) throws -> String {
        let path = "\(cache.runs)/\(name)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try WholeFile.write([], to: "\(path)/lock")
        return path
    }

    private func isClaimable(_ path: String) -> Bool {
        guard let run = DeadRun(claiming: path) else { return false }
        return run.path == path
    }

    /// Its lock would not tell: a record lock excludes nobody within a process, and closing the file would end it.
    @Test func `the run of this process is no dead one`() throws {
        try withCache { cache in
            let run = try Run(in: cache)
            #expect(!isClaimable(run.path))
            #expect(WholeFile.names(in: run.path) == ["lock"])
            withExtendedLifetime(run.lock) {}
        }
    }

    @Test func `a run is claimed once at a time, also within one process`() throws {
        try withCache { cache in
            let path = try makeRun("claimed-once", in: cache)
            if let claim = DeadRun(claiming: path) {
                #expect(!isClaimable(path))
                #expect(claim.path == path)
            }
            #expect(isClaimable(path))
        }
    }

    @Test func `a run whose lock is gone is cleared away, one whose lock cannot be opened is not`() throws {
        try withCache { cache in
            let removed = try makeRun("without-lock", in: cache)
            unlink("\(removed)/lock")
            #expect(!isClaimable(removed))
            #expect(WholeFile.status(removed) == nil)

            let unclear = try makeRun("unclear", in: cache)
            unlink("\(unclear)/lock")
            symlink("/dev/null", "\(unclear)/lock")  // not followed: ELOOP
            try WholeFile.write([1], to: "\(unclear)/crash.envelope")
            #expect(!isClaimable(unclear))
            #expect(WholeFile.status("\(unclear)/crash.envelope") != nil)
        }
    }

    @Test func `attempts are counted, and one that gave way is not`() throws {
        try withCache { cache in
            guard let run = DeadRun(claiming: try makeRun("counted", in: cache)) else {
                Issue.record("not claimed")
                return
            }
            #expect(run.countAttempt() == 0)
            #expect(run.countAttempt() == 1)
            run.setAttempts(1)
            #expect(run.countAttempt() == 1)
        }
    }
}
