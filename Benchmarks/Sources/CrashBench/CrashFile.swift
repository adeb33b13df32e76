// SPDX-License-Identifier: Apache-2.0

import BenchSupport
import CVictim
import Foundation

/// A report as the handler leaves it (CHelpers/crash/handler/crash_file.h), read to see that the handler has done its
/// work: an envelope, then the other threads.
struct CrashFile {
    let size: Int
    /// Threads with every call of the victim's own on their stacks; the one that crashed is not among them.
    let wholeThreads: Int
    /// All others: those that Swift and Faultline have started are in it.
    let threads: Int
    /// Whether every thread has a stack, and the one that crashed has all of the victim's calls on it.
    let isWhole: Bool

    private struct Event: Decodable {
        struct Exceptions: Decodable { let values: [Exception] }
        struct Exception: Decodable { let stacktrace: Stack }
        struct Stack: Decodable { let frames: [Frame] }
        struct Frame: Decodable { let instruction_addr: String }
        let exception: Exceptions
    }

    private struct Threads: Decodable {
        struct Thread: Decodable { let addresses: [String]? }
        let threads: [Thread]
    }

    init(_ url: URL, of victim: victim_page) throws {
        let data = try Data(contentsOf: url).prefix { $0 != 0 }  // what was reserved and not used stays
        size = data.count
        // Magic, envelope header, item header, event, trailer, threads, trailer.
        let lines = data.split(separator: UInt8(ascii: "\n"))
        guard lines.count == 7, lines[0].starts(with: Data("FLTCRASH 1 ".utf8)),
            lines[4].starts(with: Data("FLTTRAIL ".utf8)), lines[6].starts(with: Data("FLTTRAIL ".utf8))
        else { throw BenchError("\(url.path): not a crash file of two parts") }
        let event = try JSONDecoder().decode(Event.self, from: lines[3])
        let others = try JSONDecoder().decode(Threads.self, from: lines[5]).threads

        func isWholeStack(_ addresses: [String]) -> Bool {
            let own = addresses.compactMap { UInt64($0.dropFirst(2), radix: 16) }
                .filter { $0 > victim.code_begin && $0 <= victim.code_end }
            return own.count == Int(VICTIM_DEPTH)
        }
        let crashed = event.exception.values.first?.stacktrace.frames.map(\.instruction_addr) ?? []
        threads = others.count
        wholeThreads = others.count { isWholeStack($0.addresses ?? []) }
        isWhole = isWholeStack(crashed) && others.allSatisfy { !($0.addresses ?? []).isEmpty }
    }
}
