// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import FaultlineFiles
internal import FaultlineReports
internal import FaultlineSymbols

extension Symbolication {
    /// One answer for each line of addresses.
    func printChains(_ lines: AddressLines) -> Bool {
        let format: AddressSymbolicator.Format = json ? .json : .text { TextPage.safe($0) }
        var answers = OrderedAnswers(bad: lines.bad, json: json)
        var times = Times()
        var isWhole = lines.bad.isEmpty
        var options = options
        // A report must not keep a service waiting; who asks for addresses waits for each ten thousand of them.
        options.limits.time = .seconds(60)
        for image in lines.images where !answers.isBroken {
            do throws(AddressSymbolicatorError) {
                let start = ContinuousClock.now
                let symbolicator = try AddressSymbolicator(image: image.path, options: options)
                let opened = ContinuousClock.now
                var found: ContinuousClock.Instant?
                symbolicator.chains(at: image.addresses, areReturnAddresses: returnAddresses, format: format) {
                    if found == nil { found = .now }
                    answers.put($1, at: image.positions[$0])
                }
                times.add(start, opened, found ?? .now)
                store(symbolicator)
            } catch {
                StandardStreams.error("\(error)")
                isWhole = false
                for (address, position) in zip(image.addresses, image.positions) {
                    answers.put(problem: "\(error)", address: address, at: position)
                }
            }
        }
        if !answers.finish() { isWhole = false }
        for line in lines.bad { StandardStreams.error("\(name), line \(line.number): '\(line.text)' \(line.problem)") }
        if statistics { StandardStreams.error("images=\(lines.images.count) addresses=\(lines.count) \(times)") }
        return isWhole
    }

    /// Without it the next look-up is slower, and that is all.
    private func store(_ symbolicator: borrowing AddressSymbolicator) {
        do throws(SystemError) {
            try symbolicator.storeIndex()
        } catch {
            StandardStreams.error("note: the index is not kept: \(error)")
        }
    }

    /// Sums over all images.
    private struct Times: CustomStringConvertible {
        private let start = ContinuousClock.now
        private var opening = Duration.zero
        private var lookingUp = Duration.zero

        mutating func add(
            _ start: ContinuousClock.Instant, _ opened: ContinuousClock.Instant, _ found: ContinuousClock.Instant
        ) {
            opening += opened - start
            lookingUp += found - opened
        }

        var description: String {
            let rest = ContinuousClock.now - start - opening - lookingUp
            return "open_ms=\(ms(opening)) look_up_ms=\(ms(lookingUp)) print_ms=\(ms(rest))"
        }

        /// Thousandths are microseconds.
        private func ms(_ duration: Duration) -> Double {
            let (seconds, attoseconds) = duration.components
            return Double(seconds * 1_000_000 + attoseconds / 1_000_000_000_000) / 1000
        }
    }
}
#endif
