// SPDX-License-Identifier: Apache-2.0

internal import CFaultlineCrash
package import FaultlineProtocol

extension BlackBox {
    /// The answer to a feature flag, which is now the one set last. nil removes.
    /// - Parameter name: at most 32 characters.
    package static func setFlag(_ scope: ScopeHandle, _ name: String, _ result: Bool?) {
        setKeyed(scope, FL_RECORD_FLAG, name, limit: 200, result.map { .bool($0) }, isMarked: false)
    }

    /// A file that is to go with a crash report; its path is the key. nil removes.
    package static func setAttachment(_ scope: ScopeHandle, path: String, _ value: Fields?) {
        // As a path that was cut: no file. The longest path of Linux has 4,095 bytes (PATH_MAX of limits.h).
        guard path.utf8.count < 4096 else { return }
        setKeyed(scope, FL_RECORD_ATTACHMENT, path, limit: 4096, value.map { .object($0) }, isMarked: false)
    }
}
