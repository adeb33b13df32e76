// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
internal import FaultlineFiles
internal import FaultlineProtocol
internal import Logging
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The SDK: one per process.
///
/// Every function may be called from any thread or task, before ``start(_:transport:)`` and after ``close(timeout:)``; none
/// throws, traps, or waits for network or disk but ``flush(timeout:)`` and ``close(timeout:)``, which say how long. Tags,
/// contexts and the user set before the start are kept and used; breadcrumbs and captures before it are dropped.
///
/// A process that ends by itself without ``close(timeout:)`` (`exit`, the end of `main`) waits for at most
/// ``Options/shutdownTimeout`` until everything was sent; what was not is kept on disk. A forked child sends nothing of
/// its parent's, and is as before the start until it starts the SDK itself.
public enum FaultlineSDK {
    enum Lifecycle: Sendable {
        case stopped
        case starting
        case running(Running)
        case closing(Running)
    }

    /// What `start` made and `close` ends.
    struct Running: Sendable {
        let client: Client
        let reporter: CrashReporter
        let watch: ProcessWatch
        let process = getpid()
    }

    static let lifecycle = Lock<Lifecycle>(.stopped, isForOneProcess: true)
    /// What ``addBreadcrumb(_:)`` must know, without the lock.
    static let breadcrumbs = Atomic(BreadcrumbMode.dropped)

    enum BreadcrumbMode: UInt8, AtomicRepresentable {
        case dropped, stored, hooked
    }

    static var running: Running? {
        lifecycle.withLock { if case .running(let running) = $0 { running } else { nil } }
    }

    static var client: Client? { running?.client }

    /// Also while a close is under way: what it has not sent yet is still to be kept.
    static var runningOrClosing: Running? {
        lifecycle.withLock { lifecycle in
            switch lifecycle {
            case .running(let running), .closing(let running): running
            case .stopped, .starting: nil
            }
        }
    }

    // MARK: - Start and end

    /// Starts the SDK: installs the crash handlers, opens the black box and begins to send what waits.
    ///
    /// Returns within milliseconds, from any context; the network and the reports of runs that died are seen to later.
    /// Each option that cannot be used gives one line in the log and counts as not set; the service runs on. A second
    /// start without ``close(timeout:)`` gives one error line and changes nothing.
    ///
    /// Without a usable DSN, events and crash reports are kept on disk until a start that has one.
    /// - Parameters:
    ///   - options: see ``Options``.
    ///   - transport: how envelopes travel. nil: they are only put on disk, for another process to send. The product
    ///     `Faultline` adds a `start` that sends them over HTTP.
    public static func start(_ options: Options, transport: (any Transport)?) {
        let mine = lifecycle.withLock { lifecycle in
            switch lifecycle {
            case .stopped:
                lifecycle = .starting
                return true
            default: return false
            }
        }
        guard mine else {
            options.logger.error("start: Faultline runs already; this start is ignored. Call close first to start anew")
            return
        }
        let running = run(options, transport)
        watchProcess()
        lifecycle.withLock { $0 = .running(running) }
        breadcrumbs.store(
            running.client.options.beforeBreadcrumb == nil ? .stored : .hooked, ordering: .releasing)
        MetricSource.begin(isOn: running.client.options.enableMetrics)
    }

    private static func run(_ given: Options, _ transport: (any Transport)?) -> Running {
        let started = Timestamp.now()
        let (options, dsn, problems) = given.resolved()
        let logger = options.logger
        for problem in problems { logger.error("\(problem)") }
        if dsn == nil, options.dsn == nil { logger.debug("dsn: none is set; reports stay on disk until one is") }

        for (key, value) in DefaultContexts.all(options, started: started) {
            BlackBox.setContext(BlackBox.global, key, value)
        }
        Scope.root.beTraced()
        let filter = KeyFilter.use(options.filter)
        for scope in [Scope.global, .root, .block] { scope.decideAddress() }
        FeatureFlags.limit.store(options.maxFeatureFlags, ordering: .relaxed)

        let (reporter, warnings) = CrashReporter.start(crashOptions(options, dsn))
        for warning in warnings { logger.warning("\(warning)") }

        let outbox = reporter.cache.map { cache in
            Outbox(
                directory: cache.outbox, quarantine: Quarantine(directory: cache.quarantine),
                limits: Outbox.Limits(files: options.maxCachedEnvelopes))
        }
        let watch = ProcessWatch(reporter, debugLogger: options.debug == true ? logger : nil)
        let client = Client(
            options: options, dsn: dsn, transport: transport, outbox: outbox, watch: watch,
            names: stackNames(options, reporter), filter: filter)
        Scope.root.continueTrace(ofEnvironment: CacheDirectory.variable, client)
        client.sender.start()
        if options.autoSessionTracking { client.sessions.start(.application, in: .root) }
        let recovery = Recovery(
            reporter, debugFileDirectories: options.debugFileDirectories, inAppInclude: options.inAppInclude,
            inAppExclude: options.inAppExclude, includeSourceContext: options.includeSourceContext,
            log: { logger.notice("\($0)") })
        if let outbox, let recovery {
            let upload = CrashUpload(client: client, outbox: outbox, recovery: recovery)
            upload.start()
            watch.bring(upload)
        }
        return Running(client: client, reporter: reporter, watch: watch)
    }

    /// nil without crash handlers: they guard the files that are read.
    private static func stackNames(_ options: Options, _ reporter: CrashReporter) -> StackNames? {
        guard options.crashHandlers else { return nil }
        let logger = options.logger
        return StackNames(
            LiveSymbolicator(
                symbolsDirectory: reporter.cache?.symbols, debugFileDirectories: options.debugFileDirectories,
                inAppInclude: options.inAppInclude, inAppExclude: options.inAppExclude,
                includeSourceContext: options.includeSourceContext, log: { logger.notice("\($0)") }))
    }

    private static func crashOptions(_ options: Options, _ dsn: DSN?) -> CrashOptions {
        var crash = CrashOptions(serviceName: options.serviceName ?? "service")
        crash.cacheDirectory = options.cacheDirectory
        crash.persistScope = options.persistScope
        crash.hasCallbacks =
            options.crashUpload == .service
            && (options.beforeSend != nil || options.beforeSendTransaction != nil && options.isTracingOn
                || Scope.global.hooks?.hasProcessors == true)
        crash.maxBreadcrumbs = options.maxBreadcrumbs
        crash.facts = ClientFacts(options, dsn).fields
        crash.header["dsn"] = dsn.map { .string($0.description) }
        crash.header["sdk"] = .object(SDKInfo.fields)
        crash.scopesKey = Scopes.key
        crash.handlers = options.crashHandlers
        crash.crashLineOnStandardError = options.crashLineOnStandardError
        crash.previousHandlersFirst = options.previousHandlers == .first
        return crash
    }

    /// The process got processors after the start.
    static func noteCallbacks() {
        if client?.options.crashUpload == .service { BlackBox.noteCallbacks() }
    }

    /// Waits until everything captured so far was sent, an attempt failed, or the time is over.
    /// - Parameter timeout: nil: ``Options/shutdownTimeout``.
    /// - Returns: whether everything was sent; true when the SDK does not run. What was not sent waits on disk.
    @discardableResult
    public static func flush(timeout: Duration? = nil) async -> Bool {
        await client?.flush(timeout: timeout) ?? true
    }

    /// Sends what it can in the time, keeps the rest on disk, and ends the SDK: handlers are put back, nothing more is
    /// captured. What scopes hold stays, and ``start(_:transport:)`` may follow. Does nothing when the SDK does not run.
    /// - Parameter timeout: nil: ``Options/shutdownTimeout``.
    public static func close(timeout: Duration? = nil) async {
        // Of a process that has crashed the next start tells, its session's end too.
        guard !CrashReporter.isDying else { return }
        let running = lifecycle.withLock { lifecycle -> Running? in
            guard case .running(let running) = lifecycle else { return nil }
            lifecycle = .closing(running)
            return running
        }
        guard let running else { return }
        breadcrumbs.store(.dropped, ordering: .releasing)
        MetricSource.end()
        running.watch.bring(nil)
        await running.client.close(timeout: timeout)
        running.reporter.stop()
        lifecycle.withLock { $0 = .stopped }
    }

    /// Whether the SDK runs, between ``start(_:transport:)`` and ``close(timeout:)``.
    public static var isEnabled: Bool { client != nil }
}
