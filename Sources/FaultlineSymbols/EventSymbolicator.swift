// SPDX-License-Identifier: Apache-2.0

internal import FaultlineFiles
package import FaultlineProtocol

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Gives the frames of a crash report their functions, files and lines, as far as the images that ran can still be read
/// here. What cannot be resolved stays an address with its image, and the server may finish the job.
///
/// Blocking: it reads files. Never on the start path, never in the handler.
package struct EventSymbolicator: Sendable {
    private let options: SymbolicatorOptions
    private let indexes: SymbolIndexes?
    private let rules: InAppRules

    package init(options: SymbolicatorOptions) {
        self.options = options
        indexes = options.indexDirectory.map { SymbolIndexes(directory: $0) }
        rules = InAppRules(include: options.inAppInclude, exclude: options.inAppExclude)
    }

    /// What is worth a line in the log.
    package struct Summary: Sendable, Hashable {
        /// Sentences: which image gave no names, why, and what to do.
        package var notes: [String] = []
        /// Addresses that were looked at, and those that have a function now.
        package var addresses = 0
        package var named = 0

        /// An event may name thousands of images.
        private static let mostNotes = 20

        /// Says it once, however often it happens.
        fileprivate mutating func note(_ sentence: String) {
            if notes.count < Self.mostNotes && !notes.contains(sentence) { notes.append(sentence) }
        }
    }

    /// Works on the stacks of all exceptions and threads, all addresses of one image in one go.
    package func symbolicate(_ event: inout Event) -> Summary {
        var summary = Summary()
        let images = ImageRanges(event.debugImages.enumerated().compactMap { ImageRange($1, isExecutable: $0 == 0) })
        var stacks = EventStacks(event)
        let wanted = stacks.addresses(in: images)
        let deadline = ContinuousClock.now + options.timeLimit
        var found: [ResolvedImage?] = []
        for (image, addresses) in zip(images.all, wanted) {
            found.append(addresses.isEmpty ? nil : resolve(image, addresses.sorted(), until: deadline, &summary))
        }
        let failure = stacks.crashReason(images, found)
        stacks.expand(images, found, rules)
        if options.includeSourceContext { stacks.addSourceContext(SourceContext(found)) }
        stacks.store(in: &event)
        if let failure { event.explainCrash(failure) }
        return summary
    }

    private func resolve(
        _ image: ImageRange, _ addresses: [UInt64], until deadline: ContinuousClock.Instant, _ summary: inout Summary
    ) -> ResolvedImage? {
        summary.addresses += addresses.count
        /// Less, where less of the report's time is left.
        func limits() -> SymbolLimits {
            SymbolLimits(time: min(options.limits.time, deadline - .now), inflated: options.limits.inflated)
        }
        guard limits().time > .zero else {
            summary.note(Self.explain(image, "the time for this report is used up", Self.serverAdvice))
            return nil
        }
        guard let buildID = image.buildID else {
            if image.isExecutable { summary.note(Self.explain(image, "it has no build id", Self.linkerAdvice)) }
            return nil
        }
        let known = options.memo?.known(buildID)
        let unknown = known.map { known in addresses.filter { known.rows[$0 &- image.bias] == nil } } ?? addresses
        if let known, unknown.isEmpty {
            let result = ResolvedImage(known, at: addresses, bias: image.bias)
            summary.named += result.rows.count { !$0.value.isEmpty }
            return result
        }
        do throws(SymbolFile.Failure) {
            var options = options
            options.limits = limits()
            let file = try DebugFile.open(path: image.path, buildID: buildID, options: options)
            indexes?.apply(to: file, buildID: buildID)
            let linked = unknown.map { $0 &- image.bias }
            let rows = file.rows(at: linked, limits: limits())
            storeIndex(file, buildID, limits(), &summary)
            var found = RowMemo.Known(hasDebugInfo: file.hasDebugInfo, imageWritten: file.imageWritten)
            found.rows = Dictionary(zip(linked, rows)) { first, _ in first }
            // What was given up for want of time is looked up again.
            if limits().time > .zero { options.memo?.note(found, buildID) }
            if let known { found.rows.merge(known.rows) { new, _ in new } }
            let result = ResolvedImage(found, at: addresses, bias: image.bias)
            summary.named += result.rows.count { !$0.value.isEmpty }
            if image.isExecutable && !file.hasDebugInfo {
                summary.note(
                    "\(image.path ?? "the executable") has no debug information: reports have names but no lines; "
                        + "build with -g, or install its debug file in a directory that debugFileDirectories names")
            }
            return result
        } catch {
            note(error, image, &summary)
            return nil
        }
    }

    /// One that cannot be kept is made again the next time; that is all.
    private func storeIndex(
        _ file: borrowing SymbolFile, _ buildID: [UInt8], _ limits: SymbolLimits, _ summary: inout Summary
    ) {
        do throws(SystemError) {
            try indexes?.store(file, buildID: buildID, limits: limits)
        } catch {
            summary.note("the index of \(file.path) is not kept: \(error)")
        }
    }

    private func note(_ failure: SymbolFile.Failure, _ image: ImageRange, _ summary: inout Summary) {
        let note =
            switch failure {
            case .noLibelf:
                "libelf is not installed: reports go out with addresses only; install it (Debian, Ubuntu: libelf1)"
            case .otherBuild:
                Self.explain(image, "the file is another build than the one that crashed", Self.buildAdvice)
            case .notELF: Self.explain(image, "the file is no ELF file", Self.buildAdvice)
            case .unreadable(let code):
                Self.explain(image, "the file cannot be read (\(String(cString: strerror(code))))", Self.buildAdvice)
            }
        summary.note(note)
    }

    private static func explain(_ image: ImageRange, _ why: String, _ advice: String) -> String {
        "no names for \(image.path ?? "an image without a path"): \(why); \(advice)"
    }

    private static let linkerAdvice = "link with --build-id"
    private static let serverAdvice = "the server can add them if it has the debug file"
    private static let buildAdvice =
        "\(serverAdvice), or name a directory that has it in debugFileDirectories"
}
