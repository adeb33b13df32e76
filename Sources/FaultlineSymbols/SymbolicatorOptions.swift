// SPDX-License-Identifier: Apache-2.0

/// How names are looked for, and which frames are the service's own.
package struct SymbolicatorOptions: Sendable {
    /// Looked in for `.build-id/xx/yyyy.debug`, before `/usr/lib/debug`.
    package var debugFileDirectories: [String]
    /// Modules, or files of images, whose frames are the service's own; stronger than every other rule.
    package var inAppInclude: [String]
    /// Modules, or files of images, whose frames are not.
    package var inAppExclude: [String]
    /// Where index files are kept, so that the next look-up in the same build takes a fourth of the time; nil: nowhere.
    package var indexDirectory: String?
    /// For each image.
    package var limits = SymbolLimits()
    /// For all images of an event. Past it, the rest stay addresses.
    package var timeLimit = Duration.seconds(30)

    package init(
        debugFileDirectories: [String] = [], indexDirectory: String? = nil, inAppInclude: [String] = [],
        inAppExclude: [String] = []
    ) {
        self.debugFileDirectories = debugFileDirectories
        self.indexDirectory = indexDirectory
        self.inAppInclude = inAppInclude
        self.inAppExclude = inAppExclude
    }
}
