// SPDX-License-Identifier: Apache-2.0

import BenchSupport
import Foundation

/// Addresses of one binary, in a file.
struct Workload {
    enum Kind: CaseIterable {
        case stack
        case many

        var name: String { self == .stack ? "stack of 30 frames" : "10,000 addresses" }
    }

    let kind: Kind
    let binary: Arguments.Binary
    /// One address a line.
    let input: URL

    /// Eight units and thirty frames have the stack of a route that crashed in a Hummingbird service.
    private enum Stack {
        static let units = 8
        static let frames = 30
    }

    /// - Parameter answers: to all of the binary's addresses, as `faultline symbolicate --json` has them.
    static func all(of binary: Arguments.Binary, answers: String, directory: URL) throws -> [Workload] {
        let stack = directory.appending(path: "\(binary.name).stack")
        let frames = try stackFrames(answers)
        guard frames.count == Stack.frames else {
            throw BenchError("\(binary.path): \(frames.count) addresses of \(Stack.units) files, not \(Stack.frames)")
        }
        try Data(frames.map { $0 + "\n" }.joined().utf8).write(to: stack)
        return [
            Workload(kind: .stack, binary: binary, input: stack),
            Workload(kind: .many, binary: binary, input: URL(filePath: binary.addresses)),
        ]
    }

    private struct Answer: Decodable {
        struct Frame: Decodable { let file: String? }
        let address: String
        let frames: [Frame]
    }

    /// From files evenly spaced in their order by name, some addresses of each.
    private static func stackFrames(_ answers: String) throws -> [String] {
        var addresses: [String: [String]] = [:]
        for line in answers.split(separator: "\n") {
            let answer = try JSONDecoder().decode(Answer.self, from: Data(line.utf8))
            guard let file = answer.frames.last?.file, file.hasPrefix("/"), file.hasSuffix(".swift") else { continue }
            addresses[file, default: []].append(answer.address)
        }
        let each = (Stack.frames + Stack.units - 1) / Stack.units
        let files = addresses.filter { $0.value.count >= each }.keys.sorted()
        guard files.count >= Stack.units else { return [] }
        let chosen = (0..<Stack.units).flatMap { addresses[files[$0 * files.count / Stack.units]]?.prefix(each) ?? [] }
        return Array(chosen.prefix(Stack.frames))
    }
}
