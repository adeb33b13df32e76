// SPDX-License-Identifier: Apache-2.0

internal import CFaultlineSymbols
internal import FaultlineProtocol

/// What one image may cost.
package struct SymbolLimits: Sendable, Hashable {
    /// Past it, the rest of the addresses get names from the symbol table only.
    package var time: Duration
    /// Bytes of memory for debug information that must be decompressed. The default suits a container of 256 MiB; a large
    /// service takes 40 MiB.
    package var inflated: UInt64

    package init(time: Duration = .seconds(5), inflated: UInt64 = 128 << 20) {
        self.time = time
        self.inflated = inflated
    }
}

extension fl_symbols_limits {
    init(_ limits: SymbolLimits) {
        self.init(max_nanoseconds: limits.time.wholeNanoseconds, max_inflated: limits.inflated)
    }
}
