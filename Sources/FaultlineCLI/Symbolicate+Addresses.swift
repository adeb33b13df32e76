// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import ArgumentParser
internal import FaultlineFiles
internal import FaultlineSymbols

extension Symbolicate {
    /// One answer for each line of the input, in its order.
    func printChains(in image: String) throws {
        let format: AddressSymbolicator.Format = json ? .json : .text
        let lines = AddressLines(try read())
        var output = BufferedOutput()
        let clock = ContinuousClock()
        let start = clock.now
        let symbolicator: AddressSymbolicator
        do throws(AddressSymbolicatorError) {
            symbolicator = try AddressSymbolicator(image: image, options: options)
        } catch {
            StandardStreams.error("\(error)")
            throw ExitCode.failure
        }
        let opened = clock.now
        var bad = lines.bad[...]
        func writeBad(before count: Int) {
            while let line = bad.first, line.addressesBefore <= count {
                output.append(line.answer(json: json))
                StandardStreams.error("\(name), line \(line.number): \(line.problem)")
                bad.removeFirst()
            }
        }
        symbolicator.chains(at: lines.addresses, areReturnAddresses: returnAddresses, format: format) { index, chain in
            writeBad(before: index)
            output.append(chain)
        }
        writeBad(before: .max)
        output.flush()
        if statistics {
            let end = clock.now
            StandardStreams.error(
                "addresses=\(lines.addresses.count) open_ms=\(milliseconds(opened - start)) "
                    + "look_up_ms=\(milliseconds(end - opened))")
        }
        do throws(SystemError) {
            try symbolicator.storeIndex()
        } catch {
            StandardStreams.error("the index of \(image) is not kept: \(error)")
        }
        guard lines.bad.isEmpty else { throw ExitCode.failure }
    }

    private func milliseconds(_ duration: Duration) -> Double {
        let (seconds, attoseconds) = duration.components
        return Double(seconds * 1_000_000 + attoseconds / 1_000_000_000_000) / 1000
    }
}
#endif
