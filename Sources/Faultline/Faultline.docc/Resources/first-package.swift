// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "Shop",
    platforms: [.macOS(.v15)],
    dependencies: [.package(url: "https://github.com/faultline/faultline", from: "0.1.0")],
    targets: [
        .executableTarget(name: "Shop", dependencies: [.product(name: "Faultline", package: "faultline")])
    ]
)
