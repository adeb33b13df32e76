// SPDX-License-Identifier: Apache-2.0
// As inlines.c, with swiftc's way of naming and nesting.

/// A function with one inlined and one local to it.
public enum Shape {
    @inline(__always) static func area(_ side: Int32) -> Int32 { side &* side }

    /// Not inlined: it is the outer function of the rows.
    @inline(never) public static func total(_ side: Int32) -> Int32 {
        @inline(__always) func twice(_ value: Int32) -> Int32 { area(value) &+ value }
        return twice(side) &+ area(side &+ 1)
    }
}
