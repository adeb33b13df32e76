// SPDX-License-Identifier: Apache-2.0

import FaultlineCrash
import FaultlineFiles
import FaultlineProtocol
import Testing

@testable import FaultlineCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

@Suite struct OutboxClaimTests {
    let directory = TemporaryDirectory()

    private func stored(_ outbox: Outbox) throws -> String {
        try outbox.store(.test())
        return try #require(outbox.names().first)
    }

    private func claim(_ name: String, _ outbox: Outbox) -> OutboxClaim? {
        if case .claimed(let claim) = OutboxClaim.attempt(name, in: outbox) { claim } else { nil }
    }

    @Test func `a file is claimed once within the process, and again after the claim ended`() throws {
        let outbox = Outbox(in: directory)
        let name = try stored(outbox)
        do {
            let first = try #require(claim(name, outbox))
            #expect(claim(name, outbox) == nil)
            #expect(claim(name, Outbox(in: directory)) == nil)
            _ = first
        }
        #expect(claim(name, outbox) != nil)
    }

    @Test func `a claimed file that was sent is gone for others`() throws {
        let outbox = Outbox(in: directory)
        let name = try stored(outbox)
        let first = try #require(claim(name, outbox))
        outbox.remove(first)
        guard case .gone = OutboxClaim.attempt(name, in: outbox) else {
            Issue.record("not gone")
            return
        }
    }

    #if os(Linux)
    @Test func `a file that another process sends is left alone until that process dies`() async throws {
        let outbox = Outbox(in: directory)
        let name = try stored(outbox)
        // perl is on every Debian and Ubuntu; its pack writes the struct flock of x86-64 and arm64 (fcntl(2)).
        let script = """
            open(F, "+<", $ARGV[0]) or die; my $l = pack("s s x4 q q i x4", 1, 0, 0, 0, 0);
            fcntl(F, 6, $l) or die; $| = 1; print "locked"; sleep 60;
            """
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        let words = ["perl", "-e", script, outbox.path(name)]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { (word: String) in strdup(word) }
        arguments.append(nil)
        var child: pid_t = 0
        let spawned = posix_spawnp(&child, "perl", &actions, nil, &arguments, environ)
        posix_spawn_file_actions_destroy(&actions)
        for argument in arguments { free(argument) }
        close(ends[1])
        try #require(spawned == 0)
        var word = [UInt8](repeating: 0, count: 6)
        #expect(read(ends[0], &word, 6) == 6)
        close(ends[0])

        guard case .busy = OutboxClaim.attempt(name, in: outbox) else {
            Issue.record("claimed although another process holds it")
            return
        }
        kill(child, SIGKILL)
        var status: Int32 = 0
        waitpid(child, &status, 0)
        #expect(claim(name, outbox) != nil)
    }
    #endif

    @Test(arguments: ["", "no envelope", "{}\n", "{\"event_id\":\"x\"}\n{\"type\":\"event\",\"length\":900}\n{}\n"])
    func `what is no whole envelope is unreadable, with its reason`(text: String) throws {
        let outbox = Outbox(in: directory)
        try WholeFile.write(Array(text.utf8), to: outbox.path("a.envelope"))
        guard case .unreadable(let reason) = OutboxClaim.attempt("a.envelope", in: outbox) else {
            Issue.record("was claimed")
            return
        }
        #expect(!reason.isEmpty)
    }

    @Test func `a link, a pipe and a directory are refused without being followed, opened or waited for`() {
        let outbox = Outbox(in: directory)
        symlink("/etc/passwd", outbox.path("link.envelope"))
        mkfifo(outbox.path("pipe.envelope"), 0o600)
        mkdir(outbox.path("directory.envelope"), 0o700)
        for name in outbox.names() {
            guard case .unreadable("not a regular file") = OutboxClaim.attempt(name, in: outbox) else {
                Issue.record("\(name) was taken")
                continue
            }
            outbox.quarantine(name, reason: "not a regular file")
        }
        #expect(outbox.names().isEmpty)
        #expect(outbox.quarantined == ["directory.envelope", "link.envelope", "pipe.envelope"])
    }

    @Test func `a file over the limit is not read`() throws {
        let outbox = Outbox(in: directory, limits: Outbox.Limits(fileBytes: 100))
        try WholeFile.write([UInt8](repeating: 32, count: 101), to: outbox.path("a.envelope"))
        guard case .unreadable(let reason) = OutboxClaim.attempt("a.envelope", in: outbox) else {
            Issue.record("was read")
            return
        }
        #expect(reason == "101 bytes, more than 100")
    }
}
