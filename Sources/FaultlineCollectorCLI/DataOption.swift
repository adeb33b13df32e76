// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import ArgumentParser
internal import Foundation

/// `--data DIR`: where the collector keeps what it got.
struct DataOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The directory of the collector's data.",
            discussion: "By default $XDG_STATE_HOME/faultline/collector, else ~/.local/state/faultline/collector.",
            valueName: "dir"))
    var data: String?

    var directory: String { data ?? Self.standard }

    /// Source: [XDG Base Directory Specification](https://specifications.freedesktop.org/basedir/latest/): paths that are
    /// not absolute are ignored.
    private static var standard: String {
        let given = ProcessInfo.processInfo.environment["XDG_STATE_HOME"] ?? ""
        let state = given.hasPrefix("/") ? given : NSHomeDirectory() + "/.local/state"
        return state + "/faultline/collector"
    }
}
#endif
