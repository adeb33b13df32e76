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
    dependencies: [.package(name: "faultline", path: "..")],
    targets: [
        .target(name: "CVictim", cSettings: strictC),
        .executableTarget(name: "BareVictim", dependencies: ["CVictim"], swiftSettings: strict),
        .executableTarget(
            name: "FaultlineVictim",
            dependencies: ["CVictim", .product(name: "FaultlineCore", package: "faultline")],
            swiftSettings: strict),
        .target(name: "CDriver", dependencies: ["CVictim"], cSettings: strictC),
        .executableTarget(name: "CrashBench", dependencies: ["CDriver", "CVictim"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu17
)
