// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// Breadcrumbs as text, oldest first, with the time from each to the event.
struct PrintedBreadcrumbs {
    private let breadcrumbs: [Breadcrumb]
    private let time: Timestamp?

    init(_ event: Event) {
        breadcrumbs = event.breadcrumbs.compactMap(\.objectValue).map { Breadcrumb(fields: $0) }
        time = event.timestamp
    }

    func add(to page: inout TextPage) {
        let rows = breadcrumbs.map { (offset: offset(of: $0), category: ($0.category ?? "").cut(to: 28), crumb: $0) }
        let offsets = rows.map(\.offset.count).max() ?? 0, categories = rows.map(\.category.count).max() ?? 0
        page.line("Breadcrumbs, oldest first")
        for row in rows {
            let start = "  " + row.offset.rightAligned(to: offsets) + (offsets > 0 ? "  " : "")
            let margin = start.count + categories + (categories > 0 ? 2 : 0)
            page.wrapped((start + row.category).padded(to: margin) + Self.text(of: row.crumb), indent: margin)
        }
    }

    private static func text(of crumb: Breadcrumb) -> String {
        let level = crumb.level.map { [.warning, .error, .fatal].contains($0) ? $0.rawValue + ": " : "" } ?? ""
        let data = ReportFacts.pairs(crumb.data.map { ($0.key, $0.value) })
        return [level + (crumb.message ?? "").cut(to: 1000), data].filter { !$0.isEmpty }.joined(separator: "  ")
    }

    /// `-12.345 s`, `-2 min 05 s`, `-3 h 05 min`; `+` after the event.
    private func offset(of crumb: Breadcrumb) -> String {
        guard let time, let then = crumb.timestamp else { return "" }
        let seconds = then.secondsSince1970 - time.secondsSince1970
        let sign = seconds > 0 ? "+" : "-"
        let milliseconds = Int64((abs(seconds) * 1000).rounded())
        let whole = milliseconds / 1000
        func padded(_ value: Int64, _ width: Int) -> String {
            String(repeating: "0", count: max(0, width - String(value).count)) + String(value)
        }
        return switch whole {
        case ..<60: "\(sign)\(whole).\(padded(milliseconds % 1000, 3)) s"
        case ..<3600: "\(sign)\(whole / 60) min \(padded(whole % 60, 2)) s"
        default: "\(sign)\(whole / 3600) h \(padded(whole / 60 % 60, 2)) min"
        }
    }
}
