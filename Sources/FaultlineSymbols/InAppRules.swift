// SPDX-License-Identifier: Apache-2.0

/// Which frames are the service's own code. SwiftPM links a service and its dependencies into one image, so that the
/// image alone, which other SDKs go by, decides nothing.
struct InAppRules: Sendable {
    private let include: [String]
    private let exclude: [String]

    init(include: [String], exclude: [String]) {
        self.include = include
        self.exclude = exclude
    }

    /// What is known of one frame.
    struct Subject {
        var module: String?
        /// The image's path.
        var package: String?
        /// Whether the image is the program, not a library.
        var isExecutable: Bool
        /// The compilation unit's main source file; nil: there is no debug information.
        var unitPath: String?
        /// Thunks, traps and what else nobody has written.
        var isMade: Bool
    }

    /// In this order: include list, exclude list, image, the compiler's own, module, place of the source.
    func decide(_ subject: Subject) -> Bool {
        let names = [subject.module, subject.package?.split(separator: "/").last.map(String.init)].compactMap(\.self)
        if names.contains(where: { Self.matches($0, include) }) { return true }
        if names.contains(where: { Self.matches($0, exclude) }) { return false }
        guard subject.isExecutable, !subject.isMade else { return false }
        if let module = subject.module, Self.libraries.contains(module) { return false }
        guard let path = subject.unitPath else {
            // Without debug information only Swift's names tell: in C's there is no module.
            return subject.module != nil
        }
        return !Self.isDependency(path)
    }

    /// The name itself, or one below it: `Shop` also means `Shop.Orders`.
    private static func matches(_ name: String, _ list: [String]) -> Bool {
        list.contains { name == $0 || name.hasPrefix($0 + ".") }
    }

    /// SwiftPM checks dependencies out below its build directory (`.build/checkouts`, or what `--scratch-path` names),
    /// Xcode below `SourcePackages`; registries unpack below `registry/downloads`.
    static func isDependency(_ path: String) -> Bool {
        // Our pthread_create lies between the service's and libc's.
        if path.contains("/CHelpers/crash/") { return true }
        // What the sanitizers link into the program.
        if path.contains("/compiler-rt/") { return true }
        let parts = path.split(separator: "/")
        return zip(parts, parts.dropFirst()).contains { before, part in
            part == "checkouts" && (before.hasPrefix(".") || before == "SourcePackages")
                || part == "downloads" && before == "registry"
        }
    }
}
