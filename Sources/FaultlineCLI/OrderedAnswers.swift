// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import FaultlineProtocol

/// Prints one answer for each line of addresses, in the order of the lines, whatever order the answers come in.
struct OrderedAnswers {
    private let json: Bool
    private var output = BufferedOutput()
    private var next = 0
    private var waiting: [Int: [UInt8]] = [:]
    private var bad: ArraySlice<AddressLines.BadLine>

    init(bad: [AddressLines.BadLine], json: Bool) {
        self.bad = bad[...]
        self.json = json
    }

    /// - Parameter position: how many addresses come before this one.
    mutating func put(_ answer: [UInt8], at position: Int) {
        guard position == next else {
            waiting[position] = answer
            return
        }
        print(answer)
        while let answer = waiting.removeValue(forKey: next) { print(answer) }
    }

    mutating func put(problem: String, address: UInt64, at position: Int) {
        put(answer("0x" + String(address, radix: 16), problem), at: position)
    }

    var isBroken: Bool { output.isBroken }

    /// - Returns: whether all was written.
    mutating func finish() -> Bool {
        printBad()
        return output.finish()
    }

    private mutating func print(_ answer: [UInt8]) {
        printBad()
        output.append(answer)
        next += 1
    }

    /// The lines before the next address that are none.
    private mutating func printBad() {
        while let line = bad.first, line.addressesBefore <= next {
            output.append(answer(line.text, line.problem))
            bad.removeFirst()
        }
    }

    private func answer(_ address: String, _ problem: String) -> [UInt8] {
        guard json else { return Array("??\n??:0:0\n\n".utf8) }
        let answer: Fields = ["address": .string(address), "error": .string(problem), "frames": []]
        return JSONValue.object(answer).serialized() + [UInt8(ascii: "\n")]
    }
}
#endif
