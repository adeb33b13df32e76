// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// The other threads, a line each: what it was doing, and where in the service's own code. Threads that say the same
/// share a line.
struct PrintedThreads {
    private var lines: [(text: String, names: [String])] = []
    private var count = 0

    /// - Parameter shown: the thread whose stack is printed already.
    init(_ threads: [ThreadValue], shown: Int?) {
        for thread in threads where thread.crashed != true && (shown == nil || thread.id != shown) {
            count += 1
            let text = Self.text(of: thread)
            let name = Self.name(of: thread)
            if let index = lines.firstIndex(where: { $0.text == text }) {
                lines[index].names.append(name)
            } else {
                lines.append((text, [name]))
            }
        }
    }

    func add(to page: inout TextPage) {
        guard count > 0 else { return }
        page.line()
        page.line(count == 1 ? "The other thread" : "The other \(count) threads; --json has their stacks")
        for (text, names) in lines {
            let others = names.count > 1 ? " and \(names.count - 1) more" : ""
            page.wrapped("  \(names[0])\(others): \(text)", indent: 6)
        }
    }

    private static func name(of thread: ThreadValue) -> String {
        let name = thread.name.map { TextPage.safe($0) } ?? ""
        return name.isEmpty ? "\(thread.id ?? 0)" : "\"\(name)\"" + (thread.main == true ? " (main)" : "")
    }

    /// `waiting in epoll_wait, Shop.swift:41 Shop.load()`
    private static func text(of thread: ThreadValue) -> String {
        let frames = thread.stacktrace?.frames ?? []
        var text = TextPage.safe(thread.state ?? "state unknown")
        if let newest = frames.last?.function { text += " in " + TextPage.safe(newest).cut(to: 80) }
        if let own = frames.last(where: { $0.inApp == true }), let function = own.function {
            let place = own.filename.map { ", \($0)" + (own.lineno.map { ":\($0)" } ?? "") } ?? ""
            text += ", your code: " + TextPage.safe(function + place).cut(to: 120)
        }
        return text
    }
}
