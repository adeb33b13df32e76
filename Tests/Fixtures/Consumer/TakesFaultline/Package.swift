// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

// A package that takes only the product Faultline. tools/check-consumers builds it and looks at what came along.
let package = Package(
    name: "TakesFaultline",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "faultline", path: "../../../..")],
    targets: [
        .executableTarget(name: "TakesFaultline", dependencies: [.product(name: "Faultline", package: "faultline")])
    ],
    swiftLanguageModes: [.v6]
)
