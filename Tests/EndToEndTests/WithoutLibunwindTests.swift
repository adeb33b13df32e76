// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import FoundationEssentials
import Subprocess
import Testing

extension EndToEnd {
    /// libunwind is a second opinion: a machine that lacks it (the package libunwind8) gets the same reports.
    @Suite struct WithoutLibunwindTests {
        /// Kinds whose two runs need not end at the same place, or that are no death at all.
        static let leftOut = [
            "wait": "never ends",
            "full-disk": "needs a disk of its own",
            "killed-by-segv": "any thread may take the signal",
            "stack-that-hangs": "has no stack by either",
            "while-forking": "leaves reports of children, as many as there is time for",
            "forked-child": "leaves the report of a child alone",
            "living-parent": "leaves the report of a child alone",
        ]

        /// A place in an image, the same in each run, and what it is called.
        struct Place: Hashable, CustomStringConvertible {
            let image: String
            let offset: UInt64
            let function: String?

            var description: String { "\(image)+0x\(String(offset, radix: 16)) \(function ?? "?")" }
        }

        @Test func `each death has the same frames`() async throws {
            var compared = 0
            for kind in try await kinds() where Self.leftOut[kind] == nil {
                try await Workplace.run { place in
                    guard let (with, without) = try await reports(of: kind, in: place) else { return }
                    #expect(!places(on: with).isEmpty, "\(kind)")
                    #expect(places(on: with) == places(on: without), "\(kind)")
                    compared += 1
                }
            }
            #expect(compared > 20)
        }

        /// Which of the service's other threads a death finds, and where, is another one each time: but not these.
        @Test func `stacks that a hundred threads share are the same`() async throws {
            try await Workplace.run { place in
                let (with, without) = try #require(try await reports(of: "many-threads", in: place))
                #expect(commonStacks(of: with) == commonStacks(of: without))
                #expect(commonStacks(of: with).count == 2)
            }
        }

        /// Two runs, the second without libunwind; nil when that kind leaves no report, in neither.
        private func reports(of kind: String, in place: Workplace) async throws -> (with: Report, without: Report)? {
            let laboratory = try Laboratory(in: place)
            let endWith = try await laboratory.victim(kind).end()
            let with = try await laboratory.recover()
            let endWithout = try await laboratory.victim(
                kind,
                environment: try laboratory.environment(hiding: ["libunwind-x86_64.so.8", "libunwind-aarch64.so.8"])
            ).end()
            let without = try await laboratory.recover()
            #expect(endWith == endWithout, "\(kind)")
            #expect(with.count == without.count, "\(kind)")
            guard let with = with.first, let without = without.first else { return nil }
            #expect(unwinder(of: with).contains("libunwind"), "\(kind)")
            #expect(!unwinder(of: without).contains("libunwind"), "\(kind)")
            #expect(unwinder(of: without).contains("own CFI"), "\(kind)")
            return (with, without)
        }

        private func kinds() async throws -> [String] {
            var kinds: [String] = []
            try await Workplace.run { place in
                let child = try Laboratory(in: place).victim("kinds")
                #expect(try await child.end() == .exited(0))
                kinds = await child.log.lines
            }
            return kinds
        }

        private func unwinder(of report: Report) -> String {
            report.event.exceptions.last?.mechanism?.data["unwinder"]?.stringValue ?? ""
        }

        private func places(on report: Report) -> [Place] { places(of: report.frames, in: report.event) }

        private func places(of frames: [Frame], in event: Event) -> [Place] {
            frames.compactMap { frame in
                guard let address = frame.instructionAddress else { return nil }  // "… frames left out"
                let image = event.debugImages.first {
                    let low = $0.imageAddress ?? 0
                    return address >= low && address - low < $0.imageSize ?? 0
                }
                return Place(
                    image: image?.codeFile ?? "no image", offset: address - (image?.imageAddress ?? 0),
                    function: frame.function)
            }
        }

        private func commonStacks(of report: Report) -> Set<[String]> {
            var counts: [[String]: Int] = [:]
            for thread in report.event.threads {
                let frames = thread.stacktrace?.frames ?? []
                counts[places(of: frames, in: report.event).map { $0.function ?? $0.description }, default: 0] += 1
            }
            return Set(counts.filter { $0.value >= 100 }.keys)
        }
    }
}
#endif
