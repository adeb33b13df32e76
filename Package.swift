// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let strictC: [CSetting] = [
    .treatAllWarnings(as: .error),
    .enableWarning("extra"),
    .enableWarning("shadow"),
    .enableWarning("vla"),
]

let strictCXX: [CXXSetting] = [.treatAllWarnings(as: .error), .enableWarning("extra"), .enableWarning("shadow")]

let package = Package(
    name: "faultline",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Faultline", targets: ["Faultline"]),
        .library(name: "FaultlineCore", targets: ["FaultlineCore"]),
        .library(name: "FaultlineLogging", targets: ["FaultlineLogging"]),
        .library(name: "FaultlineTracing", targets: ["FaultlineTracing"]),
        .library(name: "FaultlineLifecycle", targets: ["FaultlineLifecycle"]),
        .library(name: "FaultlineMetrics", targets: ["FaultlineMetrics"]),
        .library(name: "FaultlineNIO", targets: ["FaultlineNIO"]),
        .library(name: "FaultlineHummingbird", targets: ["FaultlineHummingbird"]),
        .library(name: "FaultlineGRPC", targets: ["FaultlineGRPC"]),
        .executable(name: "faultline", targets: ["FaultlineCLI"]),
        .executable(name: "faultline-collector", targets: ["FaultlineCollectorCLI"]),
    ],
    traits: [
        .trait(name: "NoInterposers", description: "Leave out the definitions of pthread_create and fputs"),
        .trait(name: "Hummingbird", description: "FaultlineHummingbird: a middleware of Hummingbird"),
        .trait(name: "GRPC", description: "FaultlineGRPC: interceptors of grpc-swift-2"),
        .trait(
            name: "Tools", description: "The faultline command, the collector and the example services",
            enabledTraits: ["Hummingbird", "GRPC"]),
    ],
    dependencies: [
        // A log handler is given a `LogEvent`, which may hold an error, from here on.
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.6.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.6.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.5.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        // Without traits, as AsyncHTTPClient has it: nothing comes along that a service has not already.
        .package(url: "https://github.com/apple/swift-configuration", from: "1.0.0", traits: []),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.10.0"),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.2.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.5.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.5.0"),
    ],
    targets: [
        // System libraries. libunwind and libelf are loaded at run time: headers only, no link, no pkgConfig.
        .systemLibrary(
            name: "CLibunwind", path: "CHelpers/system/CLibunwind", providers: [.apt(["libunwind-dev"])]),
        .systemLibrary(name: "CLibelf", path: "CHelpers/system/CLibelf", providers: [.apt(["libelf-dev"])]),
        .systemLibrary(
            name: "CZlib", path: "CHelpers/system/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // C
        .target(
            name: "CFaultlineCrash",
            dependencies: [.target(name: "CLibunwind", condition: .when(platforms: [.linux]))],
            path: "CHelpers/crash",
            exclude: ["README.md", "handler/allowed-symbols.txt"],
            cSettings: strictC + [.define("FL_NO_INTERPOSERS", .when(traits: ["NoInterposers"]))]),
        .target(
            name: "CFaultlineSymbols",
            dependencies: [.target(name: "CLibelf", condition: .when(platforms: [.linux])), "CZlib"],
            path: "CHelpers/symbols",
            exclude: ["README.md"],
            cSettings: strictC),

        // The SDK, in the order of the data
        .target(name: "FaultlineProtocol", swiftSettings: strict),
        .target(name: "FaultlineFiles", swiftSettings: strict),
        .target(
            name: "FaultlineSymbols",
            dependencies: ["FaultlineProtocol", "FaultlineFiles", "CFaultlineSymbols"],
            swiftSettings: strict),
        .target(
            name: "FaultlineCrash",
            dependencies: ["FaultlineProtocol", "FaultlineFiles", "FaultlineSymbols", "CFaultlineCrash"],
            swiftSettings: strict),
        .target(
            name: "FaultlineCore",
            dependencies: [
                "FaultlineProtocol", "FaultlineFiles", "FaultlineCrash", "CZlib",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .target(
            name: "Faultline",
            dependencies: [
                "FaultlineCore",
                "FaultlineProtocol",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Configuration", package: "swift-configuration"),
            ],
            swiftSettings: strict),

        // Integrations: each speaks one library's types
        .target(
            name: "FaultlineLogging",
            dependencies: ["FaultlineCore", .product(name: "Logging", package: "swift-log")],
            swiftSettings: strict),
        .target(
            name: "FaultlineTracing",
            dependencies: [
                "FaultlineCore", "FaultlineFiles", .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            swiftSettings: strict),
        .target(
            name: "FaultlineLifecycle",
            dependencies: [
                "FaultlineCore", .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .target(
            name: "FaultlineMetrics",
            dependencies: [
                "FaultlineCore", "FaultlineFiles", .product(name: "CoreMetrics", package: "swift-metrics"),
            ],
            swiftSettings: strict),
        .target(
            name: "FaultlineNIO",
            dependencies: [
                "FaultlineCore",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                // For the type of a client's tracer alone.
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            swiftSettings: strict),
        .target(
            name: "FaultlineHummingbird",
            dependencies: [
                "FaultlineCore",
                .product(name: "Hummingbird", package: "hummingbird", condition: .when(traits: ["Hummingbird"])),
            ],
            swiftSettings: strict),
        .target(
            name: "FaultlineGRPC",
            dependencies: [
                "FaultlineCore",
                .product(name: "GRPCCore", package: "grpc-swift-2", condition: .when(traits: ["GRPC"])),
            ],
            swiftSettings: strict),

        // Tools
        .target(name: "FaultlineReports", dependencies: ["FaultlineProtocol"], swiftSettings: strict),
        .target(
            name: "FaultlineCollector",
            dependencies: [
                "FaultlineProtocol",
                "FaultlineReports",
                "CZlib",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "GRDB", package: "GRDB.swift", condition: .when(traits: ["Tools"])),
                .product(name: "Hummingbird", package: "hummingbird", condition: .when(traits: ["Tools"])),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "FaultlineCLI",
            dependencies: [
                "FaultlineCrash",
                "FaultlineFiles",
                "FaultlineProtocol",
                "FaultlineReports",
                "FaultlineSymbols",
                .product(name: "ArgumentParser", package: "swift-argument-parser", condition: .when(traits: ["Tools"])),
            ],
            exclude: ["README.md"],
            swiftSettings: strict),
        .executableTarget(
            name: "FaultlineCollectorCLI",
            dependencies: [
                "FaultlineCollector",
                "FaultlineReports",
                .product(name: "ArgumentParser", package: "swift-argument-parser", condition: .when(traits: ["Tools"])),
            ],
            swiftSettings: strict),

        // Examples
        .target(name: "CFaults", path: "Examples/CFaults", cSettings: strictC),
        .executableTarget(
            name: "HummingbirdService",
            dependencies: [
                "Faultline",
                "FaultlineHummingbird",
                "CFaults",
                .product(name: "AsyncHTTPClient", package: "async-http-client", condition: .when(traits: ["Tools"])),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["Tools"])),
                .product(name: "NIOHTTP1", package: "swift-nio", condition: .when(traits: ["Tools"])),
                .product(name: "Hummingbird", package: "hummingbird", condition: .when(traits: ["Tools"])),
            ],
            path: "Examples/HummingbirdService",
            swiftSettings: strict),
        .executableTarget(
            name: "Daemon",
            dependencies: [
                "Faultline",
                "FaultlineLifecycle",
                "FaultlineLogging",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Examples/Daemon",
            swiftSettings: strict),
        .executableTarget(
            name: "CronJob", dependencies: ["Faultline"], path: "Examples/CronJob", swiftSettings: strict),

        // Tests
        .target(
            name: "TestSupport",
            dependencies: [
                "FaultlineCore", "FaultlineProtocol",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            path: "Tests/Support",
            swiftSettings: strict),
        .target(name: "CLab", path: "Tests/Fixtures/CLab", cSettings: strictC, cxxSettings: strictCXX),
        .executableTarget(
            name: "CrashLab",
            dependencies: [
                "FaultlineCore", "FaultlineCrash", "CFaults", "CLab", .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/Fixtures/CrashLab",
            swiftSettings: strict),
        .testTarget(
            name: "FaultlineProtocolTests", dependencies: ["FaultlineProtocol", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "FaultlineSymbolsTests",
            dependencies: ["FaultlineSymbols", "FaultlineFiles", "FaultlineProtocol", "TestSupport"],
            exclude: ["Fixtures"],
            swiftSettings: strict),
        .testTarget(
            name: "FaultlineCrashTests",
            dependencies: [
                "FaultlineCrash", "CFaultlineCrash", "FaultlineFiles", "FaultlineProtocol", "FaultlineSymbols",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "FaultlineCoreTests",
            dependencies: [
                "CLab", "FaultlineCore", "FaultlineCrash", "FaultlineFiles", "FaultlineProtocol", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "FaultlineTests",
            dependencies: [
                "Faultline", "FaultlineCore", "FaultlineProtocol", "TestSupport", "CZlib",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "IntegrationsTests",
            dependencies: [
                "FaultlineCore", "FaultlineGRPC", "FaultlineHummingbird", "FaultlineLifecycle", "FaultlineLogging",
                "FaultlineMetrics", "FaultlineNIO", "FaultlineTracing", "TestSupport",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "GRPCCore", package: "grpc-swift-2", condition: .when(traits: ["GRPC"])),
                .product(name: "GRPCInProcessTransport", package: "grpc-swift-2", condition: .when(traits: ["GRPC"])),
                .product(name: "Hummingbird", package: "hummingbird", condition: .when(traits: ["Hummingbird"])),
                .product(
                    name: "HummingbirdTesting", package: "hummingbird", condition: .when(traits: ["Hummingbird"])),
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CollectorTests",
            dependencies: [
                "FaultlineCollector", "FaultlineProtocol", "FaultlineReports", "CZlib",
                .product(name: "GRDB", package: "GRDB.swift", condition: .when(traits: ["Tools"])),
                .product(name: "Hummingbird", package: "hummingbird", condition: .when(traits: ["Tools"])),
                .product(name: "HummingbirdTesting", package: "hummingbird", condition: .when(traits: ["Tools"])),
            ],
            exclude: ["Expected"],
            swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "FaultlineProtocol", "FaultlineCLI", "FaultlineCollector", "FaultlineCollectorCLI",
                "HummingbirdService", "Daemon", "CronJob", "CrashLab", "TestSupport",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            exclude: ["README.md", "sentry-python"],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu17
)
