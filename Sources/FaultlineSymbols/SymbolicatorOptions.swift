// SPDX-License-Identifier: Apache-2.0

/// How names are looked for, and which frames are the service's own.
package struct SymbolicatorOptions: Sendable {
    /// Looked in for `.build-id/xx/yyyy.debug`, and for files named by an image's `.gnu_debuglink`, before
    /// `/usr/lib/debug`.
    package var debugFileDirectories: [String]
    /// Modules, or files of images, whose frames are the service's own; stronger than every other rule.
    package var inAppInclude: [String]
    /// Modules, or files of images, whose frames are not.
    package var inAppExclude: [String]
    /// Whether frames get the lines around theirs, where the sources can be read.
    package var includeSourceContext: Bool
    /// Where index files are kept, so that the next look-up in the same build takes a fourth of the time; nil: nowhere.
    package var indexDirectory: String?
    /// Where what was found is kept for the next report; nil: nowhere.
    package var memo: RowMemo?
    /// For each image.
    package var limits = SymbolLimits()
    /// For all images of an event. Past it, the rest stay addresses.
    package var timeLimit = Duration.seconds(30)

    /// Of the files that are read. nil: one that is cut short meanwhile ends the process with SIGBUS, which a command may
    /// risk, and a service not.
    package var mappingGuard: MappingGuard?

    package init(
        debugFileDirectories: [String] = [], indexDirectory: String? = nil, inAppInclude: [String] = [],
        inAppExclude: [String] = [], includeSourceContext: Bool = true
    ) {
        self.debugFileDirectories = debugFileDirectories
        self.indexDirectory = indexDirectory
        self.inAppInclude = inAppInclude
        self.inAppExclude = inAppExclude
        self.includeSourceContext = includeSourceContext
    }
}

/// Keeps the process alive while it reads a mapped file that somebody may cut short.
package struct MappingGuard: Sendable {
    /// Takes the start and the bytes of a mapping, in any thread; false: it cannot be guarded, and is not read.
    package typealias Begin = @convention(c) @Sendable (UnsafeRawPointer?, Int) -> Bool
    /// Takes the start of a mapping that is about to go.
    package typealias End = @convention(c) @Sendable (UnsafeRawPointer?) -> Void

    package let begin: Begin
    package let end: End

    package init(begin: @escaping Begin, end: @escaping End) {
        self.begin = begin
        self.end = end
    }
}
