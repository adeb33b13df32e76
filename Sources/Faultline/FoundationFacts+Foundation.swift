// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCore

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

extension FoundationFacts {
    /// Of Foundation, which AsyncHTTPClient has brought along.
    static func reading(_ error: any Error) -> FoundationFacts? {
        (error as? any LocalizedError).map { FoundationFacts(errorDescription: $0.errorDescription) }
    }
}
