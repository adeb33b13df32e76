// SPDX-License-Identifier: Apache-2.0
// As inlines.c, with swiftc's way of naming and nesting.

public enum Shape {
    @inline(__always) static func area(_ side: Int32) -> Int32 { side &* side }

    @inline(never) public static func total(_ side: Int32) -> Int32 {
        @inline(__always) func twice(_ value: Int32) -> Int32 { area(value) &+ value }
        return twice(side) &+ area(side &+ 1)
    }
}
