// SPDX-License-Identifier: Apache-2.0

internal import FaultlineFiles

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Crash files of forked children, which lie in the run of their parent: `crash-<pid>.envelope`. Each is made a run of
/// its own, a dead one, and recovered as such.
struct ChildCrashes {
    /// Of the run that they lie in.
    let path: String

    /// Whether one is finished.
    var exist: Bool { WholeFile.names(in: path).contains(where: Self.isFinished) }

    /// Whether there is one, finished or not.
    var areThere: Bool { WholeFile.names(in: path).contains(where: Self.isCrash) }

    /// Moves them; by one rename each, so that a report is in one place at each moment.
    /// - Parameter abandoned: also those that nobody has written to for a minute, as far as they go: a child may outlive
    ///   its parent.
    /// - Returns: the names of the new runs.
    /// - Throws: when one could not be moved; it stays where it is.
    func move(into cache: CacheDirectory, abandoned: Bool) throws(SystemError) -> [String] {
        var runs: [String] = []
        for name in WholeFile.names(in: path) where Self.isFinished(name) || (abandoned && isAbandoned(name)) {
            runs.append(try move("\(path)/\(name)", into: cache))
        }
        return runs
    }

    private func isAbandoned(_ name: String) -> Bool {
        guard Self.isUnfinished(name), let age = WholeFile.status("\(path)/\(name)")?.age else { return false }
        return !(0..<60).contains(age)  // a clock that was set back is no reason to wait
    }

    static func isCrash(_ name: String) -> Bool { isFinished(name) || isUnfinished(name) }

    private func move(_ file: String, into cache: CacheDirectory) throws(SystemError) -> String {
        let run = try Run(in: cache)
        let name = String(run.name)
        defer { HeldRuns.letGo(name) }
        guard rename(file, "\(run.path)/\(Run.Name.crashFile)") == 0 else {
            let error = SystemError("rename", file)
            Run.remove(run.path)
            throw error
        }
        return name
    }

    private static func isFinished(_ name: String) -> Bool {
        name.hasPrefix(Run.Name.childPrefix) && name.hasSuffix(Run.Name.childSuffix)
    }

    private static func isUnfinished(_ name: String) -> Bool {
        name.hasPrefix(Run.Name.childPrefix) && name.hasSuffix(Run.Name.childSuffix + ".tmp")
    }
}
