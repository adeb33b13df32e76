// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// A stack as text, innermost first. Numbers count all frames, also those that are not shown.
struct PrintedStack {
    private let title: String
    private let lines: [Line]
    private let hidden: Int
    private let numberColumn: Int

    /// A frame, equal frames in a row, or the frames that were left out.
    private enum Line {
        case frame(Frame, number: Int, times: Int)
        case leftOut(Int)
        /// The thread's own stack ends; async callers follow.
        case awaitedBy
    }

    init(title: String, stacktrace: Stacktrace) {
        self.title = title
        var lines: [Line] = []
        var number = 0, hidden = 0
        for frame in stacktrace.frames.reversed() {
            if let count = frame.framesLeftOut {
                lines.append(.leftOut(count))
                number += count
                continue
            }
            if frame.isHidden {
                hidden += 1
            } else if case .frame(let last, let first, let times) = lines.last, last.isSame(as: frame) {
                lines[lines.count - 1] = .frame(last, number: first, times: times + 1)
            } else {
                lines.append(.frame(frame, number: number, times: 1))
            }
            number += 1
            if frame.fields["stack_start"]?.boolValue == true { lines.append(.awaitedBy) }
        }
        self.lines = lines
        self.hidden = hidden
        numberColumn = max(4, String(number).count + 1)
    }

    func add(to page: inout TextPage) {
        let marks = lines.contains { if case .frame(let frame, _, _) = $0 { frame.inApp == true } else { false } }
        page.line("\(title), innermost frame first" + (marks ? "; > is your code" : ""))
        let column = functionColumn, margin = String(repeating: " ", count: numberColumn + 4)
        var isSourceShown = false
        for line in lines {
            switch line {
            case .frame(let frame, let number, let times):
                add(frame, number, times, column: column, to: &page)
                if !isSourceShown && frame.inApp == true && frame.contextLine != nil {
                    addSource(of: frame, margin, to: &page)
                    isSourceShown = true
                }
            case .leftOut(let count): page.line(margin + "… \(count) frames left out …")
            case .awaitedBy: page.line(margin + "awaited by")
            }
        }
        switch hidden {
        case 0: break
        case 1: page.line(margin + "1 frame that the compiler made is not shown; --json has it")
        default: page.line(margin + "\(hidden) frames that the compiler made are not shown; --json has them")
        }
    }

    /// As wide as the functions are, but for those that are wider than most places leave room for.
    private var functionColumn: Int {
        let limit = 58
        let widths = lines.compactMap { line -> Int? in
            if case .frame(let frame, _, _) = line { frame.printedFunction.count } else { nil }
        }
        return widths.filter { $0 <= limit }.max() ?? 0
    }

    private func add(_ frame: Frame, _ number: Int, _ times: Int, column: Int, to page: inout TextPage) {
        let start = " " + (frame.inApp == true ? ">" : " ") + String(number).rightAligned(to: numberColumn) + "  "
        let function = frame.printedFunction
        let place =
            frame.printedPlace + (frame.isInlined ? "  (inlined)" : "") + (frame.isMerged ? "  (merged)" : "")
            + (times > 1 ? "  … ×\(times)" : "")
        if function.count <= column {
            page.line(start + function.padded(to: column) + "  " + place)
        } else if start.count + function.count + 2 + place.count <= TextPage.width {
            page.line(start + function + "  " + place)
        } else {
            page.line(start + function)
            page.line(String(repeating: " ", count: start.count + 4) + place)
        }
    }

    /// Of the service's own code where it happened: the line, and two on each side.
    private func addSource(of frame: Frame, _ margin: String, to page: inout TextPage) {
        guard let line = frame.contextLine, let number = frame.lineno else { return }
        let before = (frame.preContext ?? []).suffix(2), after = (frame.postContext ?? []).prefix(2)
        let texts = (before + [line] + after).map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
            .map { $0.joined(separator: "    ") }
        let indent = texts.filter { !$0.allSatisfy(\.isWhitespace) }.map { $0.prefix { $0 == " " }.count }.min() ?? 0
        // Whoever wrote the event wrote the number.
        let numbers = texts.indices.map { number &- before.count &+ $0 }
        let width = numbers.map { String($0).count }.max() ?? 0
        for (number, text) in zip(numbers, texts) {
            let start = margin + (number == frame.lineno ? "> " : "  ") + String(number).rightAligned(to: width) + " | "
            page.line(start + text.dropFirst(indent).description.cut(to: max(40, TextPage.width - start.count)))
        }
    }
}

extension Frame {
    fileprivate func isSame(as other: Frame) -> Bool {
        guard function == other.function, printedPlace == other.printedPlace, inApp == other.inApp,
            isInlined == other.isInlined
        else { return false }
        return function != nil || instructionAddress == other.instructionAddress
    }

    fileprivate var printedFunction: String {
        if let function, !function.isEmpty { return TextPage.safe(function).cut(to: 240) }
        return instructionAddress.map { "0x" + String($0, radix: 16) } ?? "(unknown)"
    }

    /// `Shop.swift:41`; without a file the module, or the image and the offset in it.
    fileprivate var printedPlace: String {
        let path = filename ?? absPath
        if let file = path?.split(separator: "/").last {
            return lineno.map { (isApproximate ? "near " : "") + "\(file):\($0)" } ?? String(file)
        }
        let image = package?.split(separator: "/").last.map(String.init)
        if function == nil, let image, let instructionAddress, let imageAddress, instructionAddress >= imageAddress {
            return "\(image)+0x" + String(instructionAddress - imageAddress, radix: 16)
        }
        return module ?? image ?? ""
    }
}
