// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

extension Frame {
    /// The frames that one address stands for, callers first. Traps that have a reason for a name are left out: of the
    /// thread that crashed they are told by the exception.
    /// - Parameters:
    ///   - rows: innermost first, not empty.
    ///   - bias: what the loader added to the addresses in the file.
    ///   - hasDebugInfo: of the file that the rows are from.
    ///   - callee: the mangled name of the function that it called; nil: unknown, or none.
    func expanded(
        _ rows: [SymbolRow], bias: UInt64, hasDebugInfo: Bool, isExecutable: Bool, callee: String? = nil,
        rules: InAppRules
    ) -> [Frame] {
        let named = rows.approximated().map { row in
            (row: row, name: row.rawName.map { Self.name($0, callee: callee, hasDebugInfo: hasDebugInfo) })
        }
        let frames = named.reversed().filter { $0.name?.runtimeFailure == nil }.map { row, name in
            var frame = self
            frame.function = name?.display
            frame.rawFunction = row.rawName == name?.display ? nil : row.rawName
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
            let isHidden = Self.isHidden(row, name, hasDebugInfo: hasDebugInfo)
            frame.inApp =
                inApp
                ?? rules.decide(
                    InAppRules.Subject(
                        module: name?.module, package: package, isExecutable: isExecutable,
                        sourcePath: hasDebugInfo ? row.sourcePath : nil,
                        compilationDirectory: row.compilationDirectory, isMade: isHidden))
            frame.mark(row, name, isHidden: isHidden)
            return frame
        }
        guard let oldest = frames.first else { return [self] }
        // The thread's own stack begins at the function that is really there.
        return [oldest]
            + frames.dropFirst().map { frame in
                var frame = frame
                frame.fields["stack_start"] = nil
                return frame
            }
    }

    /// Without debug information nothing tells that a closure is inlined into its partial application but that it was not
    /// called from there.
    private static func name(_ raw: String, callee: String?, hasDebugInfo: Bool) -> FunctionName {
        guard !hasDebugInfo, let closure = FunctionName.applied(by: raw), callee.map(FunctionName.whole) != closure
        else {
            return FunctionName(raw)
        }
        return FunctionName(closure)
    }

    /// What nobody wrote, and would be shown between the functions that somebody did.
    private static func isHidden(_ row: SymbolRow, _ name: FunctionName?, hasDebugInfo: Bool) -> Bool {
        if name?.isMade == true { return true }
        guard hasDebugInfo else { return false }
        if row.isInlined && row.isCompilerGenerated { return true }
        // The program's entry is top-level code, or only the way to `static main()`: then it has no line. Where it goes on
        // after an `await` it has none either.
        return name?.isEntry == true && row.line == nil && row.unitPath?.hasSuffix("/main.swift") != true
    }

    /// `vars` is the place for what the protocol has no word for: a server shows it beside the frame, and takes no other
    /// members (https://develop.sentry.dev/sdk/data-model/event-payloads/stacktrace/#frame-attributes).
    private mutating func mark(_ row: SymbolRow, _ name: FunctionName?, isHidden: Bool) {
        var marks = fields["vars"]?.objectValue ?? [:]
        if row.isInlined { marks["inlined"] = true }
        if row.isApproximate { marks["approximate_line"] = true }
        if isHidden { marks["hidden"] = true }
        if name?.isSpecialized == true { marks["specialized"] = true }
        if name?.isMerged == true { marks["merged"] = true }
        if !marks.isEmpty { fields["vars"] = .object(marks) }
    }
}
