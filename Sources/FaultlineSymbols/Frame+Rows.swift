// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

extension Frame {
    /// The frames that one address stands for, callers first. Traps that have a reason for a name are left out: they are
    /// told by the exception.
    /// - Parameters:
    ///   - rows: innermost first, not empty.
    ///   - bias: what the loader added to the addresses in the file.
    ///   - hasDebugInfo: of the file that the rows are from.
    func expanded(
        _ rows: [SymbolRow], bias: UInt64, hasDebugInfo: Bool, isExecutable: Bool, rules: InAppRules
    ) -> [Frame] {
        let named = rows.approximated().map { (row: $0, name: $0.rawName.map { FunctionName($0) }) }
        return named.reversed().filter { $0.name?.runtimeFailure == nil }.map { row, name in
            var frame = self
            let isMade = name?.isThunk == true
            frame.function = name?.display
            frame.rawFunction = name.flatMap { $0.raw == $0.display ? nil : $0.raw }
            frame.module = name?.module
            if !row.isCompilerGenerated {
                frame.absPath = row.path
                frame.filename = row.path?.split(separator: "/").last.map(String.init)
                frame.lineno = row.line
                frame.colno = row.column
            }
            frame.symbolAddress = row.symbolAddress.map { $0 &+ bias }
            // The server may have our debug files: it must not expand what is expanded already.
            if hasDebugInfo { frame.platform = "other" }
            frame.inApp = rules.decide(
                InAppRules.Subject(
                    module: name?.module, package: package, isExecutable: isExecutable,
                    unitPath: hasDebugInfo ? row.unitPath : nil, isMade: isMade))
            frame.mark(row, isMade: isMade || (row.isCompilerGenerated && hasDebugInfo && row.isInlined))
            return frame
        }
    }

    /// `vars` is the place for what the protocol has no word for: a server shows it beside the frame, and takes no other
    /// members (https://develop.sentry.dev/sdk/data-model/event-payloads/stacktrace/#frame-attributes).
    private mutating func mark(_ row: SymbolRow, isMade: Bool) {
        var marks = fields["vars"]?.objectValue ?? [:]
        if row.isInlined { marks["inlined"] = true }
        if row.isApproximate { marks["approximate_line"] = true }
        if isMade { marks["hidden"] = true }
        if !marks.isEmpty { fields["vars"] = .object(marks) }
    }
}
