// SPDX-License-Identifier: Apache-2.0

internal import FaultlineFiles

/// What only Foundation knows of an error. This target does not link it; whoever does says how to ask.
package struct FoundationFacts: Sendable {
    /// Of `LocalizedError`.
    package var errorDescription: String?

    package init(errorDescription: String?) {
        self.errorDescription = errorDescription
    }

    /// nil says that no error of the type has any.
    package typealias Source = @Sendable (any Error) -> FoundationFacts?

    private static let source = Lock<Source?>(nil)

    /// For the whole process; the last one counts.
    package static func setSource(_ ask: @escaping Source) {
        source.withLock { $0 = ask }
        ErrorKind.forget()
    }

    static func of(_ error: any Error) -> FoundationFacts? {
        source.withLock { $0 }?(error)
    }
}
