// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import FaultlineSymbols

@Suite struct FunctionNameTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let raw: String
        let display: String
        var module: String?
        var isThunk = false
        var testDescription: String { raw }
    }

    static let cases = [
        Case(raw: "$s8CrashLab14awaitedElementySis5Int32VYaF", display: "awaitedElement(_:)", module: "CrashLab"),
        // Halves of an async function are that function.
        Case(raw: "$s8CrashLab14awaitedElementySis5Int32VYaFTQ0_", display: "awaitedElement(_:)", module: "CrashLab"),
        Case(raw: "$s8CrashLab14awaitedElementySis5Int32VYaFTY1_", display: "awaitedElement(_:)", module: "CrashLab"),
        Case(
            raw: "$s8CrashLab5DeathV3allSayACGvpZfiyyYaYbcfU10_",
            display: "closure #12 in variable initialization expression of static Death.all", module: "CrashLab"),
        Case(raw: "$sSTsE10allSatisfyyS2b7ElementQzKXEKF", display: "Sequence.allSatisfy(_:)", module: "Swift"),
        Case(raw: "$s10Foundation4DateV4shopE3dueSbvg", display: "Date.due.getter", module: "shop"),
        Case(raw: "$s4shop5priceyyxlFSi_Tg5", display: "price<A>(_:)", module: "shop"),
        Case(
            raw: "$s8CrashLab17PrintingTransportV13FaultlineCore0D0AadEP11requiresDSNSbvgTW",
            display: "protocol witness for Transport.requiresDSN.getter in conformance PrintingTransport",
            module: "CrashLab", isThunk: true),
        Case(raw: "$s4shop3AppV5$mainyyFZ", display: "static App.$main()", module: "shop", isThunk: true),
        Case(raw: "faults_write_to", display: "faults_write_to"),
        Case(raw: "_ZN4shop5priceEi", display: "shop::price(int)"),
        Case(raw: "memcpy@@GLIBC_2.14", display: "memcpy"),
        Case(raw: "$s", display: "$s"),
        Case(raw: "$s999999999999999999999x", display: "$s999999999999999999999x"),
        Case(raw: "", display: ""),
    ]

    @Test(arguments: cases)
    func `a mangled name becomes what a person reads`(_ sample: Case) {
        let name = FunctionName(sample.raw)
        #expect(name.display == sample.display)
        #expect(name.module == sample.module)
        #expect(name.isThunk == sample.isThunk)
        #expect(name.runtimeFailure == nil)
        #expect(name.raw == sample.raw)
    }

    @Test func `the name of a trap is its reason`() {
        #expect(FunctionName("Swift runtime failure: Index out of range").runtimeFailure == "Index out of range")
    }
}
