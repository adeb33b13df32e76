// SPDX-License-Identifier: Apache-2.0

public import FaultlineProtocol
public import Logging

/// What ``FaultlineSDK/start(_:transport:)`` is told. Every option has a default; an empty `Options()` is legal.
///
/// Those that are nil fall back to the environment variables they name; what the code sets wins. A value that cannot be
/// used is told by ``validate()`` and in the log, with where it came from, and counts as not set.
/// Source: [Options](https://develop.sentry.dev/sdk/foundations/client/configuration/).
public struct Options: Sendable {
    /// Where reports go: `https://<key>@<host>/<project>`. nil: `SENTRY_DSN`. Empty: nothing is sent; crashes are still
    /// written to disk and wait there.
    public var dsn: String?
    /// The version that runs, such as `shop@1.4.2`. nil: `SENTRY_RELEASE`, else what the platform says it has deployed
    /// (`HEROKU_BUILD_COMMIT`, `HEROKU_SLUG_COMMIT`, `SOURCE_VERSION`, `CODEBUILD_RESOLVED_SOURCE_VERSION`, `CIRCLE_SHA1`,
    /// `GAE_DEPLOYMENT_ID`, `K_REVISION`), else events carry none. At most 200 bytes.
    public var release: String?
    /// Such as `production` or `staging`. nil: `SENTRY_ENVIRONMENT`, else `production`. At most 64 bytes.
    public var environment: String?
    /// Tells builds of one release apart. nil: `SENTRY_DIST`, else none. At most 64 of the
    /// characters `a-z A-Z 0-9 . - _`.
    public var dist: String?
    /// The machine's name on events. nil: the host name.
    public var serverName: String?
    /// Names the service; part of the cache directory's path, so two services on one machine do not mix. nil: the
    /// executable's name.
    public var serviceName: String?
    /// The directory below which crash reports and waiting envelopes lie (0700). nil: `FAULTLINE_DIR`,
    /// `$STATE_DIRECTORY`, `$XDG_STATE_HOME`, `/var/tmp`, `/dev/shm`: the first that can be used.
    public var cacheDirectory: String?
    /// One log line for each decision of the SDK. nil: `SENTRY_DEBUG`, else false.
    public var debug: Bool?
    /// The part of events that is sent, 0 … 1; an event is dropped when a random number is not below it. Crash reports
    /// are not sampled. nil: `SENTRY_SAMPLE_RATE`, else 1.
    public var sampleRate: Double?
    /// How many breadcrumbs a scope keeps, the newest; 0 … 10,000. 0 keeps none.
    public var maxBreadcrumbs: Int = 100
    /// Whether request headers and query strings, which may tell who a person is, go into reports (then scrubbed).
    public var sendDefaultPII: Bool = false
    /// How long ``FaultlineSDK/close(timeout:)`` and ``FaultlineSDK/flush(timeout:)`` wait when not told otherwise.
    public var shutdownTimeout: Duration = .seconds(2)
    /// Whether tags, user and breadcrumbs lie in a 0600 file while the process runs, so that they survive a kill.
    /// false: in memory only; a crash report carries them all the same.
    public var persistScope: Bool = true
    /// Whether signal handlers are installed.
    public var crashHandlers: Bool = true
    /// Whether a crash of a process that can write no file anywhere (a read-only container, a full disk) is told in one
    /// line on standard error, of some kilobytes: `faultline-crash: {…}`, with stack, reason and tags, without user and
    /// breadcrumbs. `faultline symbolicate -` reads it back out of a log.
    public var crashLineOnStandardError: Bool = false
    /// Who sees a fault first: Faultline, or the handler that was there before.
    public var previousHandlers: PreviousHandlers = .afterReport
    /// The part of error events that is sent, decided for each; goes before ``sampleRate``. What is not 0 … 1 sends.
    /// Reports of crashes are not sampled. Runs on the capturing thread.
    public var errorSampler: (@Sendable (Event, Hint) -> Double)?
    /// Errors that are not reported. ``IgnoredError/standard``: `CancellationError`, clients that went away, and HTTP
    /// errors below 500. Assign `[]` to report them all.
    public var ignoreErrors: [IgnoredError] = IgnoredError.standard
    /// Sees each error event last, complete, and may change or drop it (nil): also one too large for a server, before it
    /// is cut. Its changes are neither trimmed nor scrubbed again. Runs on the capturing thread; reports of crashes pass
    /// through it at the next start. One that throws drops the event.
    /// Source: [Hooks](https://develop.sentry.dev/sdk/foundations/client/hooks/).
    public var beforeSend: EventProcessor?
    /// The same for transactions, which ``beforeSend`` does not see.
    public var beforeSendTransaction: EventProcessor?
    /// The part of traces that is recorded, 0 … 1, where no caller has decided. nil: `SENTRY_TRACES_SAMPLE_RATE`, else
    /// tracing is off: nothing is recorded, but a trace that came in is passed on. 0 is not off: a caller who records is
    /// followed.
    public var tracesSampleRate: Double?
    /// The part of traces that is recorded, decided for each transaction at its start; goes before the caller's decision and
    /// ``tracesSampleRate``, and after `sampled` of the code that starts it. What is not 0 … 1 records nothing; one that
    /// throws counts as none. Runs on the starting thread.
    public var tracesSampler: (@Sendable (SamplingContext) throws -> Double)?
    /// How many spans a transaction holds, the first; 0 … 10,000.
    public var maxSpans: Int = 1000
    /// Transactions of these names are not sent.
    public var ignoreTransactions: [String] = []
    /// Which outgoing requests carry the trace on. nil: all; the requests to ``dsn``'s host never do.
    public var tracePropagationTargets: [TracePropagationTarget]?
    /// Whether outgoing requests carry the header `traceparent` of W3C, too.
    public var propagateTraceparent: Bool = false
    /// Whether a trace is continued only where both sides tell the same organisation, or none; else where they do not tell
    /// two.
    public var strictTraceContinuation: Bool = false
    /// The organisation, in decimal digits, where the DSN's host does not tell it.
    public var orgID: String?
    /// Whether fewer transactions are recorded while what is recorded cannot be sent.
    public var enableBackpressureHandling: Bool = true
    /// Whether what ``FaultlineSDK/logger`` is told is sent.
    public var enableLogs: Bool = false
    /// Sees each log before it is queued, and may change or drop it (nil). Runs on the calling thread; what is logged inside
    /// of it is left out.
    public var beforeSendLog: (@Sendable (FaultlineLog) throws -> FaultlineLog?)?
    /// Whether what ``FaultlineSDK/metrics`` is told is sent.
    public var enableMetrics: Bool = true
    /// Sees each metric before it is queued, and may change or drop it (nil); see ``beforeSendLog``.
    public var beforeSendMetric: (@Sendable (FaultlineMetric) throws -> FaultlineMetric?)?
    /// Sees what users say before it is sent, as an event with `contexts.feedback`, which ``beforeSend`` does not see.
    public var beforeSendFeedback: EventProcessor?
    /// How many feature flags a scope keeps, the newest; 0 … 100.
    public var maxFeatureFlags: Int = 100
    /// Whether events of messages carry the stack of the capturing thread. Errors always do.
    public var attachStacktrace: Bool = false
    /// What is taken out of events before they leave; nil: nothing.
    public var scrubber: EventScrubber? = EventScrubber()
    /// The longest text in an event, in bytes of UTF-8, from 1 on; longer ones are cut and end in `...`. nil: as the server
    /// has it.
    public var maxValueLength: Int?
    /// The largest attachment, in bytes; a larger one is left out. 0 … 200 MiB; default 20 MiB. All of one event have at most
    /// 40 MiB together, so that the event is kept where it must wait: what is beyond it is left out, too.
    public var maxAttachmentSize: Int = 20 << 20
    /// Whether the process's session is told, and requests are counted (``FaultlineSDK/withRequest(method:route:url:headers:origin:_:)``):
    /// release health. Needs a ``release``.
    /// Source: [Sessions](https://develop.sentry.dev/sdk/telemetry/sessions/).
    public var autoSessionTracking: Bool = true
    /// Sees each check-in and may change or drop it (nil); one that throws drops it. Runs on the capturing thread.
    public var beforeSendCheckIn: (@Sendable (CheckIn) throws -> CheckIn?)?
    /// Who may send the reports of a run that had callbacks which must see them: ``beforeSend``, processors of the global
    /// scope, and where tracing is on ``beforeSendTransaction``, which a transaction that was broken off passes. The other hooks do not count: nothing that they see outlives a crash but in the outbox, and what lies
    /// there has passed them.
    public var crashUpload: CrashUploader = .service
    /// Sees each breadcrumb before it is stored, and may change or drop it (nil, or by throwing). Runs on the
    /// calling thread.
    public var beforeBreadcrumb: (@Sendable (Breadcrumb, Hint) throws -> Breadcrumb?)?
    /// Where the SDK says what it has to say: few lines, and each of them once.
    public var logger = Logger(label: "faultline")
    /// Module names whose frames are the service's own, also by prefix (`Shop` is `Shop.Orders` too).
    public var inAppInclude: [String] = []
    /// Module names whose frames are not the service's own; ``inAppInclude`` wins.
    public var inAppExclude: [String] = []
    /// Whether frames of crash reports carry the source lines around theirs (5 before, 5 after), where the sources lie on
    /// the machine that reports and have not been written since the program was built.
    public var includeSourceContext: Bool = true
    /// Directories in which separate debug files are looked up, by build id or by the name that an image gives, before the
    /// system's.
    public var debugFileDirectories: [String] = []
    /// How many envelopes wait in memory to be sent, of 32 MiB together at most; when it is full, the newest is dropped.
    /// 1 … 100,000.
    public var transportQueueSize: Int = 100
    /// How many envelopes wait on disk (100 MiB together at most); when it is full, the oldest is dropped. 1 … 100,000.
    public var maxCachedEnvelopes: Int = 1000
    /// Whether the server is told, in numbers only, how many events were dropped and why.
    public var sendClientReports: Bool = true
    /// The proxy to the server: `http://[user:password@]host[:port]` or `socks5://host[:port]`. Also for `https` DSNs where
    /// there is no ``httpsProxy``. nil: the environment's `http_proxy`, unless `no_proxy` names the server; empty: none.
    /// Proxies are asked by CONNECT, for `http` DSNs too.
    public var httpProxy: String?
    /// The same for `https` DSNs, before ``httpProxy``. nil: `https_proxy`.
    public var httpsProxy: String?
    /// Headers for the proxy, sent with CONNECT.
    public var proxyHeaders: [String: String] = [:]
    /// A file (PEM) or directory of the certificates that the server's is checked with, in place of the system's. nil:
    /// `SSL_CERT_FILE`, else `REQUESTS_CA_BUNDLE`.
    public var caCertificates: String?
    /// A file (PEM) with the certificate, and those that lead to its root, by which the service names itself to the server.
    /// nil: `CLIENT_CERT_FILE`.
    public var clientCertificate: String?
    /// The file (PEM) with its key. nil: `CLIENT_KEY_FILE`, else the certificate's file holds the key, too.
    public var clientKey: String?
    /// Whether idle connections are kept awake by TCP: after 45 s a probe every 10 s, six times. nil: `SENTRY_KEEP_ALIVE`,
    /// else false.
    public var keepAlive: Bool?

    /// Where values came from that no code set.
    package var origins = OptionOrigins()

    /// The defaults.
    public init() {}

    /// Who sends what a dead run left.
    public enum CrashUploader: Sendable, Hashable {
        /// The service's next start alone, where the callbacks live.
        case service
        /// Also another process, such as a supervisor; the callbacks do not see what it sends.
        case anyone
    }

    /// Whose turn it is when a fault comes.
    public enum PreviousHandlers: Sendable, Hashable {
        /// Faultline reports, then the previous handler runs.
        case afterReport
        /// The previous handler runs first, and what it repairs is not reported: for processes that host a runtime with
        /// its own fault handling (JVM, .NET, Go, wasm).
        case first
    }
}

extension Options {
    /// What scopes and events are scrubbed by.
    var filter: KeyFilter { scrubber?.filter(personal: sendDefaultPII) ?? KeyFilter(names: [], recursive: false) }
}
