// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Foundation
import TestSupport
import Testing

@testable import FaultlineSymbols

@Suite struct InAppRulesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let subject: InAppRules.Subject
        let isInApp: Bool

        init(
            _ description: String, _ isInApp: Bool, module: String? = "shop", package: String = "/srv/shop",
            isExecutable: Bool = true, sourcePath: String? = "/src/shop/Sources/shop/Orders.swift",
            compiledIn directory: String? = "/src/shop", isMade: Bool = false
        ) {
            testDescription = description
            self.isInApp = isInApp
            subject = InAppRules.Subject(
                module: module, package: package, isExecutable: isExecutable, sourcePath: sourcePath,
                compilationDirectory: directory, isMade: isMade)
        }
    }

    static let cases = [
        Case("the service's own function", true),
        Case("the service's own function without debug information", true, sourcePath: nil),
        Case("a C function of the service", true, module: nil, sourcePath: "/src/shop/Sources/CShop/shop.c"),
        Case("a C function without debug information", false, module: nil, sourcePath: nil),
        Case("a library's function", false, module: nil, package: "/lib/libc.so.6", isExecutable: false),
        Case("a dependency", false, module: "Orders", sourcePath: "/src/shop/.build/checkouts/orders/Orders.swift"),
        Case(
            "a dependency below another scratch path", false, module: "Orders",
            sourcePath: "/src/shop/.build-static/checkouts/orders/Orders.swift"),
        Case("a dependency of Xcode's", false, module: nil, sourcePath: "/x/SourcePackages/checkouts/a/b.c"),
        Case("a dependency of a registry", false, sourcePath: "/root/.swiftpm/registry/downloads/a/b/c.swift"),
        Case(
            "a service in a directory of that name", true, sourcePath: "/home/ann/checkouts/shop/Orders.swift",
            compiledIn: "/home/ann/checkouts/shop"),
        Case(
            "a dependency of a service in a directory of that name", false, module: "Orders",
            sourcePath: "/home/ann/checkouts/shop/build/checkouts/orders/Orders.swift",
            compiledIn: "/home/ann/checkouts/shop"),
        Case(
            "a service in a directory of that name, of which nothing more is known", true,
            sourcePath: "/home/ann/checkouts/shop/Orders.swift", compiledIn: nil),
        Case(
            "a dependency below a scratch path elsewhere", false, module: "Orders",
            sourcePath: "/cache/shop/checkouts/orders/Sources/Orders/Orders.swift"),
        Case(
            "a dependency, all paths made relative", false, module: "Orders",
            sourcePath: "./.build/checkouts/orders/Orders.swift", compiledIn: "."),
        Case(
            "a dependency below another scratch path, all paths made relative", false, module: "Orders",
            sourcePath: "./scratch/checkouts/orders/Orders.swift", compiledIn: "."),
        Case("the service, all paths made relative", true, sourcePath: "./Sources/shop/Orders.swift", compiledIn: "."),
        Case(
            "a package beside the service", true, module: "Orders",
            sourcePath: "/src/orders/Sources/Orders/Orders.swift"
        ),
        Case("the standard library, inlined into the service", false, module: "Swift"),
        Case("Foundation", false, module: "FoundationEssentials"),
        Case("a dependency known by its module", false, module: "NIOPosix", sourcePath: nil),
        Case("a service named after a library", true, module: "HummingbirdService", sourcePath: nil),
        Case("our own", false, module: "FaultlineCore"),
        Case("our pthread_create", false, module: nil, sourcePath: "/x/CHelpers/crash/setup/interpose.c"),
        Case("a thunk", false, isMade: true),
        Case("a listed library", true, module: nil, package: "/srv/libshop.so", isExecutable: false),
        Case("a module below a listed one", true, module: "Vendor.Orders", isExecutable: false),
        Case("a listed module that only begins alike", false, module: "VendorTools", isExecutable: false),
        Case("an excluded module", false, module: "Generated"),
    ]

    @Test(arguments: cases)
    func `a frame is in the app or not`(_ sample: Case) {
        let rules = InAppRules(include: ["libshop.so", "Vendor"], exclude: ["Generated"])
        #expect(rules.decide(sample.subject) == sample.isInApp)
    }

    @Test func `the include list is stronger than the exclude list`() {
        let rules = InAppRules(include: ["shop"], exclude: ["shop"])
        #expect(rules.decide(Self.cases[0].subject))
    }

    @Test func `our own libraries are those of the package`() throws {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        let package = try String(contentsOf: root.appendingPathComponent("Package.swift"), encoding: .utf8)
        let targets = package.matches(of: /\.target\(\s*name: "(Faultline\w*)"/).map { String($0.1) }
        #expect(targets.contains("FaultlineCore"))
        #expect(InAppRules.libraries.filter { $0.hasPrefix("Faultline") } == Set(targets))
    }

    // MARK: - Frames of no image

    /// getsentry/sentry-python 2.68.0 answers true for in_app-26, an included module, which is also what its note and
    /// in_app-20 say; the file says false.
    private static func isInApp(_ vector: Vector) -> Bool? {
        vector.id == "in_app-26" ? true : vector.expected["in_app"]?.boolValue
    }

    @Test(arguments: VectorFile.cases("in_app"))
    func `a frame of another runtime is in the app as other SDKs have it`(_ vector: Vector) {
        func list(_ key: String) -> [String] { (vector.input(key)?.arrayValue ?? []).compactMap(\.stringValue) }
        let rules = InAppRules(
            include: list("in_app_include"), exclude: list("in_app_exclude"),
            projectRoot: vector.input("project_root")?.stringValue)
        let frame = Frame(fields: vector.input("frame")?.objectValue ?? [:])
        #expect(rules.applied(to: frame).inApp == Self.isInApp(vector))
    }

    @Test func `a frame with an address is not decided by its path`() {
        var frame = Frame()
        frame.instructionAddress = 0x1000
        frame.absPath = "/usr/lib/python3/dist-packages/a.py"
        #expect(InAppRules(include: [], exclude: []).applied(to: frame).inApp == nil)
    }
}
