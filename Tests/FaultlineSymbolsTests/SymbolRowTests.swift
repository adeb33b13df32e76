// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import FaultlineSymbols

@Suite struct SymbolRowTests {
    private let nearest = SymbolRow.NearestPlace(path: "/src/Shop.swift", line: 12)

    @Test func `where no row of a chain has a line, the last gets the nearest one, marked`() {
        let inner = SymbolRow(rawName: "trap", path: "<compiler-generated>", isInlined: true)
        let outer = SymbolRow(rawName: "price", path: "<compiler-generated>", column: 3, nearest: nearest)
        let rows = [inner, outer].approximated()
        #expect(rows.first == inner)
        #expect(rows.last?.path == "/src/Shop.swift")
        #expect(rows.last?.line == 12)
        #expect(rows.last?.column == nil)
        #expect(rows.last?.isApproximate == true)
    }

    @Test func `a chain that has a line somewhere stays as it is, and so does one without a nearest line`() {
        let lined = [
            SymbolRow(rawName: "trap", isInlined: true), SymbolRow(rawName: "price", line: 7, nearest: nearest),
        ]
        #expect(lined.approximated() == lined)
        let bare = [SymbolRow(rawName: "price")]
        #expect(bare.approximated() == bare)
        #expect([SymbolRow]().approximated().isEmpty)
    }
}
