// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// Which frames are the service's own code. SwiftPM links a service and its dependencies into one image, so that the
/// image alone, which other SDKs go by, decides nothing.
struct InAppRules: Sendable {
    private let include: [String]
    private let exclude: [String]
    /// The other SDKs' rule for sources below a directory. A service's are not where it runs: nothing sets it.
    private let projectRoot: String?

    init(include: [String], exclude: [String], projectRoot: String? = nil) {
        self.include = include
        self.exclude = exclude
        self.projectRoot = projectRoot
    }

    /// What is known of one frame.
    struct Subject {
        var module: String?
        /// The image's path.
        var package: String?
        /// Whether the image is the program, not a library.
        var isExecutable: Bool
        /// Where the function was written; nil: there is no debug information.
        var sourcePath: String?
        /// Where the compiler was called.
        var compilationDirectory: String?
        /// Thunks, traps and what else nobody has written.
        var isMade: Bool
    }

    /// In this order: include list, exclude list, image, the compiler's own, module, place of the source.
    func decide(_ subject: Subject) -> Bool {
        let image = subject.package?.split(separator: "/").last.map(String.init)
        if let listed = listed([subject.module, image].compactMap(\.self)) { return listed }
        guard subject.isExecutable, !subject.isMade else { return false }
        if let module = subject.module, Self.libraries.contains(module) { return false }
        guard let path = subject.sourcePath else {
            // Without debug information only Swift's names tell: in C's there is no module.
            return subject.module != nil
        }
        return !Self.isDependency(path, compiledIn: subject.compilationDirectory)
    }

    /// The rules of other SDKs, for a frame of no image: another runtime's, or one that a hook made. What the frame says
    /// itself comes first; then the lists, by module; then the path. nil is left to the server.
    /// Source: `set_in_app_in_frames` in sentry_sdk/utils.py of getsentry/sentry-python.
    func applied(to frame: Frame) -> Frame {
        guard frame.inApp == nil, frame.instructionAddress == nil else { return frame }
        var frame = frame
        frame.inApp = listed([frame.module].compactMap(\.self)) ?? frame.absPath.flatMap { decide(path: $0) }
        return frame
    }

    private func decide(path: String) -> Bool? {
        let parts = path.split(whereSeparator: { $0 == "/" || $0 == "\\" }).dropLast()
        if parts.contains(where: { $0 == "site-packages" || $0 == "dist-packages" }) { return false }
        return projectRoot.map { path.hasPrefix($0) } == true ? true : nil
    }

    private func listed(_ names: [String]) -> Bool? {
        if names.contains(where: { Self.matches($0, include) }) { return true }
        return names.contains { Self.matches($0, exclude) } ? false : nil
    }

    /// The name itself, or one below it: `Shop` also means `Shop.Orders`.
    private static func matches(_ name: String, _ list: [String]) -> Bool {
        list.contains { name == $0 || name.hasPrefix($0 + ".") }
    }

    /// SwiftPM checks dependencies out below its build directory (`.build/checkouts`, or what `--scratch-path` names),
    /// Xcode below `SourcePackages`; registries unpack below `registry/downloads`.
    static func isDependency(_ path: String, compiledIn directory: String?) -> Bool {
        // Our pthread_create lies between the service's and libc's.
        if path.contains("/CHelpers/crash/") { return true }
        // What the sanitizers link into the program.
        if path.contains("/compiler-rt/") { return true }
        let parts = path.split(separator: "/")
        let isKnown = zip(parts, parts.dropFirst()).contains { before, part in
            part == "checkouts" && (before.hasPrefix(".") || before == "SourcePackages")
                || part == "downloads" && before == "registry"
        }
        return isKnown || isBelowCheckouts(parts, compiledIn: directory)
    }

    /// A scratch path of any name, also outside of the package. A service may lie in a directory `checkouts` itself: then
    /// that is above the directory it was built in.
    private static func isBelowCheckouts(_ path: [Substring], compiledIn directory: String?) -> Bool {
        guard let directory = directory?.split(separator: "/"), !directory.isEmpty else { return false }
        let inside = path.starts(with: directory) ? path.dropFirst(directory.count) : path[...]
        // A package and a file in it.
        return inside.dropLast(2).contains("checkouts")
    }
}
