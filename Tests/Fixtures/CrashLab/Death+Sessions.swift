// SPDX-License-Identifier: Apache-2.0

import CFaults
import FaultlineCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

private struct SoldOut: Error {}

extension Death {
    /// With something in the process's session first.
    static let sessions: [Death] = [
        Death("errors-and-crash") {
            FaultlineSDK.setUser(User(id: "42"))
            FaultlineSDK.captureException(SoldOut())
            FaultlineSDK.captureException(SoldOut())
            FaultlineSDK.captureMessage("no error", level: .fatal)
            faults_write_to(16)
        },
        Death("end-and-crash") {
            FaultlineSDK.endSession()
            faults_write_to(16)
        },
        Death("close") { await FaultlineSDK.close(timeout: .seconds(2)) },
        Death("no-close") {},
    ]
}
