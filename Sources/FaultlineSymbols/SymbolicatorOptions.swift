// SPDX-License-Identifier: Apache-2.0

/// How names are looked for, and which frames are the service's own.
package struct SymbolicatorOptions: Sendable {
    /// Looked in for `.build-id/xx/yyyy.debug`, before `/usr/lib/debug`.
    package var debugFileDirectories: [String]
    /// Modules, or files of images, whose frames are the service's own; stronger than every other rule.
    package var inAppInclude: [String]
    /// Modules, or files of images, whose frames are not.
    package var inAppExclude: [String]
    /// For one image. Past it, the rest of its addresses get names from the symbol table only.
    package var timeLimit = Duration.seconds(5)
    /// Bytes of memory for the debug information of one image that must be decompressed.
    package var inflatedLimit: UInt64 = 512 << 20

    package init(debugFileDirectories: [String] = [], inAppInclude: [String] = [], inAppExclude: [String] = []) {
        self.debugFileDirectories = debugFileDirectories
        self.inAppInclude = inAppInclude
        self.inAppExclude = inAppExclude
    }
}
