// SPDX-License-Identifier: Apache-2.0

package import FaultlineProtocol

/// A report as text for a terminal: what happened, to whom, where, and what had happened before.
package struct PrintedReport: CustomStringConvertible {
    private let event: Event
    private let issue: Issue?

    /// What a store knows of the event and others like it.
    package typealias Issue = (title: String, seen: String)

    /// A text of this event.
    /// - Parameter issue: nil: no store knows it.
    package init(_ event: Event, issue: Issue? = nil) {
        self.event = event
        self.issue = issue
    }

    /// Ends with a line feed; no colours, no control characters, lines of 100 columns where words allow it.
    package var description: String {
        var page = TextPage()
        addReason(to: &page)
        page.line()
        page.rows(ReportFacts(event, issue: issue?.seen).rows)
        for stack in stacks {
            page.line()
            stack.add(to: &page)
        }
        if !event.breadcrumbs.isEmpty {
            page.line()
            PrintedBreadcrumbs(event).add(to: &page)
        }
        PrintedThreads(event.threads, shown: event.exceptions.last?.threadID).add(to: &page)
        addRegisters(to: &page)
        return page.text
    }

    /// Exceptions are stored causes first; what was captured is the last.
    private func addReason(to page: inout TextPage) {
        guard let captured = event.exceptions.last else {
            add(event.message ?? issue?.title ?? "An event without a reason", to: &page)
            return
        }
        add(Self.reason(of: captured), to: &page)
        if let signal = ReportFacts.signal(of: captured) { page.wrapped(signal, indent: 2) }
        for cause in event.exceptions.dropLast().reversed() { add("caused by " + Self.reason(of: cause), to: &page) }
    }

    private func add(_ text: String, to page: inout TextPage) {
        let lines = text.split(omittingEmptySubsequences: true) { $0.isNewline }
        for (index, line) in lines.prefix(20).enumerated() {
            page.wrapped((index == 0 ? "" : "  ") + line.cut(to: 2000), indent: 2)
        }
        if lines.count > 20 { page.line("  … \(lines.count - 20) more lines") }
    }

    private static func reason(of exception: ExceptionValue) -> String {
        let type = exception.type ?? "", value = exception.value ?? ""
        if type.isEmpty || value.isEmpty || type == value {
            return type.isEmpty && value.isEmpty ? "An error without type and value" : type.isEmpty ? value : type
        }
        return "\(type): \(value)"
    }

    // MARK: - Stacks

    private var stacks: [PrintedStack] {
        let threads = event.threads
        var stacks = event.exceptions.reversed().enumerated().compactMap { index, exception -> PrintedStack? in
            guard let stacktrace = exception.stacktrace, !stacktrace.frames.isEmpty else { return nil }
            let thread = threads.first { $0.id != nil && $0.id == exception.threadID }
            let title =
                index == 0 ? Self.title(of: thread, exception.threadID) : "Stack of \(exception.type ?? "a cause")"
            return PrintedStack(title: title + Self.task(of: exception), stacktrace: stacktrace)
        }
        if stacks.isEmpty, let thread = threads.first(where: { $0.crashed == true || $0.current == true }),
            let stacktrace = thread.stacktrace
        {
            stacks.append(PrintedStack(title: Self.title(of: thread, thread.id), stacktrace: stacktrace))
        }
        return stacks
    }

    private static func title(of thread: ThreadValue?, _ id: Int?) -> String {
        guard let id else { return "Stack" }
        let name = thread?.name.map { " \"\($0)\"" } ?? ""
        return "Thread \(id)\(name)" + (thread?.main == true ? ", the main thread" : "")
    }

    /// `, in task 3 "pour the acid"`: the Swift task that the thread was running.
    private static func task(of exception: ExceptionValue) -> String {
        let data = exception.mechanism?.data
        guard let id = data?["task_id"]?.integerValue else { return "" }
        return ", in task \(id)" + (data?["task_name"]?.stringValue.map { " \"\($0)\"" } ?? "")
    }

    // MARK: - Registers

    private func addRegisters(to page: inout TextPage) {
        let registers = event.exceptions.last?.stacktrace?.registers.compactMap { name, value in
            value.stringValue.map { (name: name, value: $0.dropFirst($0.hasPrefix("0x") ? 2 : 0)) }
        }
        guard let registers, !registers.isEmpty else { return }
        page.line()
        page.line("Registers")
        let column = registers.map(\.name.count).max() ?? 0
        for start in stride(from: 0, to: registers.count, by: 4) {
            let row = registers[start..<min(start + 4, registers.count)].map { register in
                let value = String(repeating: "0", count: max(0, 16 - register.value.count)) + register.value
                return register.name.rightAligned(to: column) + " " + value
            }
            page.line("  " + row.joined(separator: "   "))
        }
    }
}
