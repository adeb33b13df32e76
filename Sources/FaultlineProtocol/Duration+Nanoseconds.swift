// SPDX-License-Identifier: Apache-2.0

extension Duration {
    /// 0 … 2^64-1: what lies outside is the nearest of them.
    package var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        let (product, overflows) = UInt64(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carries) = product.addingReportingOverflow(UInt64(clamping: attoseconds / 1_000_000_000))
        return overflows || carries ? .max : sum
    }

    /// For waits that are added to the time of now: at most a hundred years, so that the sum is none of the past.
    package var waitNanoseconds: Int64 { Int64(min(wholeNanoseconds, 3_000_000_000_000_000_000)) }
}
