// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

// A package of its own, so that no adopter of Faultline resolves or builds any of it. See README.md.

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
]

let package = Package(
    name: "faultline-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "faultline", path: "..", traits: ["Hummingbird"]),
        // The floor of the load, beside Faultline that uses it.
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        // The server that is measured with the middleware and without.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.10.0"),
    ],
    targets: [
        .target(name: "CVictim", cSettings: strictC),
        .executableTarget(name: "BareVictim", dependencies: ["CVictim"], swiftSettings: strict),
        .executableTarget(
            name: "FaultlineVictim",
            dependencies: ["CVictim", .product(name: "FaultlineCore", package: "faultline")],
            swiftSettings: strict),
        .target(name: "CDriver", dependencies: ["CVictim"], cSettings: strictC),
        .target(name: "BenchSupport", swiftSettings: strict),
        .executableTarget(
            name: "CrashBench", dependencies: ["BenchSupport", "CDriver", "CVictim"], swiftSettings: strict),
        .executableTarget(name: "Stopwatch", cSettings: strictC),
        .executableTarget(name: "SymbolsBench", dependencies: ["BenchSupport"], swiftSettings: strict),
        .target(name: "CCapture", cSettings: strictC),
        .executableTarget(
            name: "CaptureWorker",
            dependencies: [
                "CCapture", .product(name: "Faultline", package: "faultline"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "TracingWorker",
            dependencies: [
                "CCapture", .product(name: "Faultline", package: "faultline"),
                .product(name: "FaultlineHummingbird", package: "faultline"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .executableTarget(name: "TracingBench", dependencies: ["BenchSupport"], swiftSettings: strict),
        .executableTarget(name: "LoopbackServer", cSettings: strictC),
        .executableTarget(name: "CaptureBench", dependencies: ["BenchSupport"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu17
)
