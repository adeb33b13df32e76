// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

// A package that takes only the product FaultlineCore. tools/check-consumers builds it and looks at what came along.
let package = Package(
    name: "TakesFaultlineCore",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "faultline", path: "../../../..")],
    targets: [
        .executableTarget(
            name: "TakesFaultlineCore", dependencies: [.product(name: "FaultlineCore", package: "faultline")])
    ],
    swiftLanguageModes: [.v6]
)
