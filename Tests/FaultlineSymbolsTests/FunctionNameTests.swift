// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import FaultlineSymbols

@Suite struct FunctionNameTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let raw: String
        let display: String
        let module: String?
        let marks: Set<String>
        var testDescription: String { raw }

        init(_ raw: String, _ display: String, _ module: String? = nil, _ marks: Set<String> = []) {
            (self.raw, self.display, self.module, self.marks) = (raw, display, module, marks)
        }
    }

    /// Names of real functions; made by swiftc 6.3.1 for a module `shop`, or found in a service.
    static let cases = [
        // An async function, its halves, and what is inlined or split off
        Case("$s8CrashLab14awaitedElementySis5Int32VYaF", "awaitedElement(_:)", "CrashLab"),
        Case("$s8CrashLab14awaitedElementySis5Int32VYaFTQ0_", "awaitedElement(_:)", "CrashLab"),
        Case("$s8CrashLab14awaitedElementySis5Int32VYaFTY1_", "awaitedElement(_:)", "CrashLab"),
        Case("$s4shop1fyyFTQ0_.resume.0", "f()", "shop"),
        Case("$s4shop1fyyF.cold.1", "f()", "shop"),
        Case("$s4shop1fyyF.llvm.1234567890", "f()", "shop"),
        Case("$s4shop5OrderV5totalSivM.resume.0", "Order.total.modify", "shop"),
        // Closures, local functions, initial values
        Case(
            "$s8CrashLab5DeathV3allSayACGvpZfiyyYaYbcfU10_",
            "closure #12 in variable initialization expression of static Death.all", "CrashLab"),
        Case("$s4shop1x_WZ", "one-time initialization function for x", "shop"),
        Case("$s4shop1xSivau", "x.unsafeMutableAddressor", "shop"),
        // Initialisers: only a class has one that nobody wrote
        Case("$s4shop5OrderV2idACSi_tcfC", "Order.init(id:)", "shop"),
        Case("$s4shop5OrderC2idACSi_tcfc", "Order.init(id:)", "shop"),
        Case("$s4shop5OrderC2idACSi_tcfC", "Order.__allocating_init(id:)", "shop", ["made"]),
        Case("$s4shop5OrderCfD", "Order.__deallocating_deinit", "shop"),
        // Copies for types, and code that functions share
        Case("$s4shop5priceyyxlFSi_Tg5", "price<A>(_:)", "shop", ["specialized"]),
        Case("$s1a1gyyF9$s1a1fyyFTf4pf_n", "g()", "a", ["specialized"]),
        Case("$s4shop6$stateSivgTf4d_n", "$state.getter", "shop", ["specialized"]),
        Case("$s4shop1fyyFTm", "f()", "shop", ["merged"]),
        Case("$s4shop1fyyFTm.llvm.77", "f()", "shop", ["merged"]),
        // Thunks and witnesses
        Case(
            "$s8CrashLab17PrintingTransportV13FaultlineCore0D0AadEP11requiresDSNSbvgTW",
            "protocol witness for Transport.requiresDSN.getter in conformance PrintingTransport", "CrashLab", ["made"]),
        Case("$s4shop1fyyFyycfU_TA", "partial apply for closure #1 in f()", "shop", ["made"]),
        Case(
            "$sIetH_yts5Error_pIegHrzo_TR10async_MainTf3npf_n",
            "thunk for @escaping @convention(thin) @async () -> ()", nil, ["made", "specialized"]),
        Case("$s4shop5OrderVMa", "type metadata accessor for Order", "shop", ["made"]),
        Case("$s4shop5OrderVwxx", "destroy for Order", "shop", ["made"]),
        Case("$sIeg_SgWOe", "outlined consume of (@escaping @callee_guaranteed () -> ())?", nil, ["made"]),
        Case("objectdestroy.133", "objectdestroy", nil, ["made"]),
        Case("objectdestroy.9Tm", "objectdestroy.9Tm", nil, ["made", "merged"]),
        Case("block_copy_helper.7", "block_copy_helper", nil, ["made"]),
        Case("__swift_memcpy24_8", "__swift_memcpy24_8", nil, ["made"]),
        // Before main
        Case("$s4shop3AppV5$mainyyFZ", "static App.$main()", "shop", ["made"]),
        Case("$s4shop3AppV5$mainyyYaKFZTQ0_", "static App.$main()", "shop", ["made"]),
        Case("$s4shop3AppV4mainyyYaKFZTQ3_", "static App.main()", "shop"),
        Case("async_Main", "main", nil, ["entry"]),
        Case("async_MainTQ0_", "main", nil, ["entry"]),
        Case("async_MainTY2_", "main", nil, ["entry"]),
        Case("main", "main", nil, ["entry"]),
        // Modules: extensions, C's types, types of parameters and results
        Case("$sSTsE10allSatisfyyS2b7ElementQzKXEKF", "Sequence.allSatisfy(_:)", "Swift"),
        Case("$s10Foundation4DateV4shopE3dueSbvg", "Date.due.getter", "shop"),
        Case("$s4shop1fyy10Foundation4DateV5OtherE5StyleVF", "f(_:)", "shop"),
        Case("$s4shop1f10Foundation4DateV5OtherE5StyleVyF", "f()", "shop"),
        Case("$sSo7timevalV4shopE1fyyF", "timeval.f()", "shop"),
        Case("$s4shop5MoneyV1loiySbAC_ACtFZ", "static Money.< infix(_:_:)", "shop"),
        Case("$sScA4shopE1fyyF", "Actor.f()", "shop"),
        Case(
            "$s10Foundation10SocketPortC07sendingB033_A412698B7B9B46E84D70ED8BCFDD3D22LL3for6before"
                + "So11CFSocketRefaSgAC_SdtF", "SocketPort.sendingSocket(for:before:)", "Foundation"),
        // C and C++
        Case("faults_write_to", "faults_write_to"),
        Case("price.part.0", "price"),
        Case("price.isra.0.cold", "price"),
        Case("memcpy@@GLIBC_2.14", "memcpy"),
        Case("memcpy@plt", "memcpy@plt", nil, ["made"]),
        Case("_ZN4shop5priceEi", "shop::price(int)"),
        Case("_ZN4shop5priceEi.cold", "shop::price(int)"),
        Case(
            "_ZNSt6vectorIiSaIiEE9push_backEOi", "std::vector<int, std::allocator<int> >::push_back(int&&)"),
        // Rust's own mangling is left as it is
        Case("_RNvCs1234_7mycrate3foo", "_RNvCs1234_7mycrate3foo"),
        // No names
        Case("$s", "$s"),
        Case("$s999999999999999999999x", "$s999999999999999999999x"),
        Case(".cold", ".cold"),
        Case("@", "@"),
        Case("", ""),
    ]

    @Test(arguments: cases)
    func `a mangled name becomes what a person reads`(_ sample: Case) {
        let name = FunctionName(sample.raw)
        #expect(name.display == sample.display)
        #expect(FunctionName.displayed(sample.raw) == sample.display)
        #expect(name.module == sample.module)
        #expect(marks(of: name) == sample.marks)
        #expect(name.runtimeFailure == nil)
        #expect(name.raw == sample.raw)
    }

    private func marks(of name: FunctionName) -> Set<String> {
        var marks: Set<String> = []
        if name.isMade { marks.insert("made") }
        if name.isEntry { marks.insert("entry") }
        if name.isSpecialized { marks.insert("specialized") }
        if name.isMerged { marks.insert("merged") }
        return marks
    }

    @Test func `a function that is called like what the compiler makes was written all the same`() {
        for (name, display) in [
            ("$s4shop4typeyyF", "type()"), ("$s4shop1fyyF4lazyL_yyF", "lazy #1 () in f()"),
            ("$s4shop7partialSivg", "partial.getter"),
        ] {
            #expect(FunctionName(name).display == display)
            #expect(!FunctionName(name).isMade)
        }
    }

    @Test func `a module beyond ASCII is decoded`() {
        let name = FunctionName("$s003shp_0ma1fyyF")
        #expect(name.module?.unicodeScalars.allSatisfy { $0.isASCII } == false)
    }

    @Test func `the name of a trap is its reason`() {
        #expect(FunctionName("Swift runtime failure: Index out of range").runtimeFailure == "Index out of range")
    }

    /// `Dictionary<T, T>` in itself, twenty-two times: 176 MB of text.
    private static let doubled: String = {
        var type = "SaySiG"
        for index in 0..<22 {
            let reference = Character(Unicode.Scalar(UInt8(ascii: "C") + UInt8(index)))
            type = "SDy\(type)A\(reference)G"
        }
        return "$s4shop1fyy\(type)F"
    }()

    static let hostile = [
        doubled,
        "_Z1fSt4pairIPiS0_E" + (2...40).map { "S_IS\(base36($0 - 1))_S\(base36($0 - 1))_E" }.joined(),
        "$s4shop1fyy" + String(repeating: "Say", count: 1000) + "Si" + String(repeating: "G", count: 1000) + "F",
        "$s4shop1fyyF" + String(repeating: "TA", count: 2000),
        "$s4shop1fyyF" + String(repeating: "yycfU_", count: 600),
        "$s4shop1f" + String(repeating: "S2048i", count: 600) + "F",
        "$s4shop1fyyA4000000000BF",
        "$s1xA1048576a1048576b1048576c2d3d",
        // A specialisation's list of parameters that is not over; as a whole, in an identifier, put together from words
        "$s1a1fyyFTf3p",
        "_$s1a1fyyFTfq3np",
        "$s1a1fyyFTf3pi1p",
        "$s1a1gyyF13$s1a1fyyFTf3pTf4pf_n",
        "$s3f3p1gyyF010$s1a1fyyFTA0Tf4pf_n",
        "$s1a1gyyF14_T01a1fyyFTf3pTf4pf_n",
        // The same in an extension, whose module only the whole text tells
        "$sSi1aE1gyyF13$s1a1fyyFTf3pTf4pf_n",
        "$sSi3f3pE1gyyF010$s1a1fyyFTA0Tf4pf_n",
        "$sSi1aE1gyyF14_T01a1fyyFTf3pTf4pf_n",
        "$s4shop1f" + String(repeating: "0abcdefghijklmnopqrstuvwxyz", count: 100) + "F",
        "_Z" + String(repeating: "N1a", count: 1300),
        "_Z1f" + String(repeating: "P", count: 4000) + "i",
        String(repeating: "$s4shop", count: 10_000),
        "$s" + String(repeating: "9", count: 60_000),
        "Swift runtime failure: " + String(repeating: "x", count: 60_000),
    ]

    private static func base36(_ number: Int) -> String { String(number, radix: 36).uppercased() }

    /// On a thread with less stack than any that runs it.
    @Test(arguments: hostile.indices)
    func `a hostile name costs neither memory nor stack`(_ index: Int) async {
        let raw = Self.hostile[index]
        let display = await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: FunctionName(raw).display) }
            thread.stackSize = 2 << 20
            thread.start()
        }
        #expect(display.utf8.count <= max(raw.utf8.count, 4096))
    }

    @Test func `a name is not given to the demangler when its text may be longer than any real one`() {
        #expect(!DemanglingBound.allows(Self.doubled))
        #expect(!DemanglingBound.allows(Self.hostile[1]))
        // The longest estimate of all functions of Hummingbird and its dependencies.
        let longest = """
            $s8NIOPosix15ClientBootstrapC31initializeAndRegisterNewChannel33_F13D6D61D4A528D08BD67995505C2487LL9eventLoop\
            14protocolFamily12enableMPTPCP09bootstrapH11Initializer14channelOptions10bindTarget0yX004postF14\
            Transformation_7NIOCore05EventR6FutureCyAN0H0_p_q_tGAN05EventR0_p_AN12NIOBSDSocketO08ProtocolT0VSb
            """
        #expect(DemanglingBound.allows(longest))
    }
}
