// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import FaultlineSymbols

@Suite struct InAppRulesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let subject: InAppRules.Subject
        let isInApp: Bool

        init(
            _ description: String, _ isInApp: Bool, module: String? = "shop", package: String = "/srv/shop",
            isExecutable: Bool = true, unitPath: String? = "/src/shop/Sources/shop/Orders.swift", isMade: Bool = false
        ) {
            testDescription = description
            self.isInApp = isInApp
            subject = InAppRules.Subject(
                module: module, package: package, isExecutable: isExecutable, unitPath: unitPath, isMade: isMade)
        }
    }

    static let cases = [
        Case("the service's own function", true),
        Case("the service's own function without debug information", true, unitPath: nil),
        Case("a C function of the service", true, module: nil, unitPath: "/src/shop/Sources/CShop/shop.c"),
        Case("a C function without debug information", false, module: nil, unitPath: nil),
        Case("a library's function", false, module: nil, package: "/lib/libc.so.6", isExecutable: false),
        Case("a dependency", false, module: "Orders", unitPath: "/src/shop/.build/checkouts/orders/Orders.swift"),
        Case(
            "a dependency below another scratch path", false, module: "Orders",
            unitPath: "/src/shop/.build-static/checkouts/orders/Orders.swift"),
        Case("a dependency of Xcode's", false, module: nil, unitPath: "/x/SourcePackages/checkouts/a/b.c"),
        Case("a dependency of a registry", false, unitPath: "/root/.swiftpm/registry/downloads/a/b/c.swift"),
        Case("a service in a directory of that name", true, unitPath: "/home/ann/checkouts/shop/Orders.swift"),
        Case("the standard library, inlined into the service", false, module: "Swift"),
        Case("Foundation", false, module: "FoundationEssentials"),
        Case("a dependency known by its module", false, module: "NIOPosix", unitPath: nil),
        Case("a service named after a library", true, module: "HummingbirdService", unitPath: nil),
        Case("our own", false, module: "FaultlineCore"),
        Case("our pthread_create", false, module: nil, unitPath: "/x/CHelpers/crash/setup/interpose.c"),
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
}
