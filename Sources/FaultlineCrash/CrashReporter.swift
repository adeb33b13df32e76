// SPDX-License-Identifier: Apache-2.0

internal import CFaultlineCrash
internal import FaultlineFiles
package import FaultlineProtocol

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// What the crash core needs to know of the service.
package struct CrashOptions: Sendable {
    /// Part of the cache directory's path.
    package var serviceName: String
    /// nil: FAULTLINE_DIR, then the usual places.
    package var cacheDirectory: String?
    /// Whether tags, user and breadcrumbs lie in a file while the process runs.
    package var persistScope = true
    /// Of one scope; 0 … 10,000.
    package var maxBreadcrumbs = 100
    /// Members of each crash event: release, environment, server_name, sdk …
    package var facts: Fields = [:]
    /// Members of the crash envelope's header beside event_id: dsn, sdk.
    package var header: Fields = [:]
    /// The address of the `TaskLocal` whose value begins with two scope handles; 0: none.
    package var scopesKey: UInt = 0
    /// Whether to install signal handlers.
    package var handlers = true
    /// Whether handlers that were there before see a fault first, and what they repair is no crash.
    package var previousHandlersFirst = false
    /// Whether a crash that cannot be written to any file is told in one line on standard error.
    package var crashLineOnStandardError = false

    /// Whether the run has callbacks that must see its report: then only the service itself sends it.
    package var hasCallbacks = false

    package init(serviceName: String) {
        self.serviceName = serviceName
    }
}

/// This run's directory, black box and signal handlers.
package final class CrashReporter: Sendable {
    /// nil: no directory could be used; then nothing of this run survives it.
    package let cache: CacheDirectory?
    /// The name of this run's directory, which recovery leaves alone.
    let runName: String?
    private let run: Lock<Run?>
    /// Whose run it is: a forked child has a copy of this object, and no right to the directory.
    private let process = getpid()

    /// Whether the handlers are installed although this run has no directory.
    private let withoutFiles: Bool

    private init(
        cache: CacheDirectory?, runName: String? = nil, run: consuming Run? = nil, withoutFiles: Bool = false
    ) {
        self.cache = cache
        self.runName = runName
        self.run = Lock(run, inChild: { nil })
        self.withoutFiles = withoutFiles
    }

    /// Creates the run's directory, moves the box into its file and installs the handlers. Synchronous; touches
    /// neither the network nor the runs that are there.
    /// - Returns: warnings as sentences for the log. It always returns a reporter: what could not be done is left out.
    package static func start(_ options: CrashOptions) -> (reporter: CrashReporter, warnings: [String]) {
        guard fl_box_open() else {
            return (CrashReporter(cache: nil), ["no memory for the black box: crashes of this run are lost"])
        }
        fl_box_set_max_breadcrumbs(UInt32(clamping: options.maxBreadcrumbs))
        fl_box_set_has_callbacks(options.hasCallbacks)
        var warnings: [String] = []
        let facts = members(options.facts)
        if !facts.withUnsafeBufferPointer({ fl_box_set_facts($0.baseAddress, $0.count) }) {
            _ = fl_box_set_facts(nil, 0)
            warnings.append(
                "release, environment and server name are longer than \(FL_FACTS_MAX) bytes together: crash reports go without them"
            )
        }
        let place = CacheDirectory.find(option: options.cacheDirectory, serviceName: options.serviceName)
        warnings += place.warnings
        guard let cache = place.directory else {
            let installed = installWithoutFiles(options, &warnings)
            warnings.append(
                installed
                    ? "a crash of this run is told in one line on standard error only"
                    : "crashes of this run are lost")
            return (CrashReporter(cache: nil, withoutFiles: installed), warnings)
        }
        do throws(SystemError) {
            let run = try Run(in: cache)
            if options.persistScope { attachBox(run, &warnings) }
            if options.handlers { try installHandlers(run, options, &warnings) }
            return (CrashReporter(cache: cache, runName: String(run.name), run: run), warnings)
        } catch {
            warnings.append("crashes of this run are lost: \(error)")
            return (CrashReporter(cache: cache), warnings)
        }
    }

    /// Whether the process has crashed, and only a handler of somebody else's still runs: its `exit`, or what a thread
    /// does meanwhile, is no end of the run by itself.
    package static var isDying: Bool { fl_crash_is_dying() }

    /// Holds up a thread that ends the process while another one reports its crash, until that is done.
    package static func waitForReport() { fl_crash_wait_for_report() }

    /// Puts the previous handlers back and removes the run: it ended by itself. Idempotent. In a forked child it does
    /// nothing: the parent goes on with both. Nor in a process that has crashed.
    package func stop() {
        guard process == getpid(), !Self.isDying else { return }
        if withoutFiles { fl_crash_uninstall() }
        run.withLock { run in
            guard let path = run?.path else { return }
            fl_crash_uninstall()
            fl_box_mark_ended()
            fl_box_detach()
            // A child's that just crashed is made a run of its own; what is still being written keeps the directory.
            if let cache { _ = try? ChildCrashes(path: path).move(into: cache, abandoned: false) }
            Run.remove(path)
            run = nil
            if let runName { HeldRuns.letGo(runName) }
        }
    }

    /// Takes note of libraries loaded or unloaded since. Cheap when there are none.
    package func refreshImages() {
        _ = fl_crash_images_refresh()
    }

    /// Whether a forked child of this process has crashed, and its report waits for ``Recovery``.
    package var hasChildCrashes: Bool {
        guard let cache, let runName, process == getpid() else { return false }
        return ChildCrashes(path: "\(cache.runs)/\(runName)").exist
    }

    /// Signals whose handler somebody has put in place of ours since, and the file whose code that is (`SIG_DFL`,
    /// `SIG_IGN`; empty: unknown).
    package var replacedHandlers: [(signal: String, by: String)] {
        var replaced: [(signal: String, by: String)] = []
        var whose: UnsafePointer<CChar>?
        var signal: Int32 = 0
        while true {
            signal = fl_crash_replaced_signal(signal, &whose)
            guard signal != 0 else { return replaced }
            replaced.append((String(cString: fl_signal_name(signal)), whose.map { String(cString: $0) } ?? ""))
        }
    }

    // MARK: - Steps of start

    private static func attachBox(_ run: borrowing Run, _ warnings: inout [String]) {
        do throws(SystemError) {
            let file = try run.create(Run.Name.box)
            let code = fl_box_attach(file.number, Run.boxSize)
            if code != 0 {
                throw SystemError("reserve \(Run.boxSize >> 20) MiB for", "\(run.path)/\(Run.Name.box)", code)
            }
        } catch {
            unlink("\(run.path)/\(Run.Name.box)")
            warnings.append("tags and breadcrumbs are kept in memory only: \(error)")
        }
    }

    private static func installHandlers(
        _ run: borrowing Run, _ options: CrashOptions, _ warnings: inout [String]
    ) throws(SystemError) {
        let file = try run.create(Run.Name.unfinishedCrashFile)
        let reserved = file.reserve(Run.crashFileSize)
        if reserved != 0 {
            let error = SystemError("reserve space for", "\(run.path)/\(Run.Name.unfinishedCrashFile)", reserved)
            warnings.append("a crash report may not fit the disk: \(error)")
        }
        let code = install(
            directory: run.directory.number, file: file.number,
            path: "\(run.path)/\(Run.Name.unfinishedCrashFile)", event: run.eventID, options)
        if code != 0 { throw SystemError("install signal handlers for", run.path, code) }
        if let degraded = fl_crash_degraded() { warnings.append(String(cString: degraded)) }
    }

    /// For the line on standard error, where that is wanted.
    private static func installWithoutFiles(_ options: CrashOptions, _ warnings: inout [String]) -> Bool {
        guard options.handlers, options.crashLineOnStandardError else { return false }
        let code = install(directory: -1, file: -1, path: "", event: EventID(), options)
        if code != 0 { warnings.append("\(SystemError("install signal handlers for", "this process", code))") }
        return code == 0
    }

    /// The C strings live as long as the call, which copies them.
    private static func install(
        directory: Int32, file: Int32, path: String, event: EventID, _ options: CrashOptions
    ) -> Int32 {
        text(options.header).withCString { header in
            text(options.facts).withCString { facts in
                path.withCString { path in
                    event.description.withCString { event in
                        var install = fl_crash_options()
                        install.run_directory = directory
                        install.envelope = file
                        install.envelope_path = path
                        install.header_members = header
                        install.event_id = event
                        install.facts = facts
                        install.previous_first = options.previousHandlersFirst
                        install.line_on_stderr = options.crashLineOnStandardError
                        install.scopes_key = UnsafeRawPointer(bitPattern: options.scopesKey)
                        return fl_crash_install(&install)
                    }
                }
            }
        }
    }

    private static func text(_ fields: Fields) -> String {
        String(decoding: members(fields), as: UTF8.self)
    }

    /// A JSON object's text without its braces.
    private static func members(_ fields: Fields) -> [UInt8] {
        Array(JSONValue.object(fields).serialized().dropFirst().dropLast())
    }
}
