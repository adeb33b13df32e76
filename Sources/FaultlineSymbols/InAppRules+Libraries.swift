// SPDX-License-Identifier: Apache-2.0

extension InAppRules {
    /// Modules that come with Swift, with us, or with nearly every service. Needed where nothing but the name tells: in
    /// an image without debug information, and for what was inlined into the service's own code. Whole names: a service
    /// may be called HummingbirdService.
    static let libraries: Set<String> = [
        // Swift
        "Swift", "_Concurrency", "_StringProcessing", "_RegexParser", "_Differentiation", "_Backtracing", "Builtin",
        "Cxx", "Distributed", "Observation", "RegexBuilder", "Runtime", "Synchronization",
        // Foundation and Dispatch
        "Dispatch", "Foundation", "FoundationEssentials", "FoundationInternationalization", "FoundationNetworking",
        "FoundationXML", "_FoundationCollections", "_FoundationCShims", "_FoundationICU",
        // Faultline
        "Faultline", "FaultlineCollector", "FaultlineCore", "FaultlineCrash", "FaultlineFiles", "FaultlineLifecycle",
        "FaultlineGRPC", "FaultlineHummingbird", "FaultlineLogging", "FaultlineMetrics", "FaultlineNIO",
        "FaultlineProtocol", "FaultlineReports", "FaultlineSymbols", "FaultlineTracing",
        // Swift on servers
        "Algorithms", "ArgumentParser", "AsyncAlgorithms", "AsyncHTTPClient", "Atomics", "BitCollections",
        "Collections", "CoreMetrics", "Crypto", "CryptoExtras", "DequeModule", "GRDB", "GRPCCore", "GRPCProtobuf",
        "HTTPTypes", "HashTreeCollections", "HeapModule", "Hummingbird", "HummingbirdCore", "HummingbirdHTTP2",
        "HummingbirdRouter", "HummingbirdTLS", "HummingbirdWebSocket", "Instrumentation",
        "InternalCollectionsUtilities",
        "Logging", "Metrics", "OrderedCollections", "PostgresNIO", "ServiceContextModule", "ServiceLifecycle",
        "StructuredFieldValues", "Subprocess", "SwiftASN1", "SwiftProtobuf", "SystemPackage", "Tracing",
        "UnixSignals", "Vapor", "X509", "_CryptoExtras",
        // SwiftNIO
        "NIO", "NIOAsyncRuntime", "NIOConcurrencyHelpers", "NIOCore", "NIOEmbedded", "NIOExtras", "NIOFileSystem",
        "NIOFoundationCompat", "NIOFoundationEssentialsCompat", "NIOHPACK", "NIOHTTP1", "NIOHTTP2",
        "NIOHTTPCompression", "NIOHTTPTypes", "NIOHTTPTypesHTTP1", "NIOHTTPTypesHTTP2", "NIOPosix",
        "NIOResumableUpload", "NIOSOCKS", "NIOSSL", "NIOTLS", "NIOTransportServices", "NIOWebSocket", "_NIOBase64",
        "_NIODataStructures", "_NIOFileSystem",
    ]
}
