// SPDX-License-Identifier: Apache-2.0

/// A program that gives functions, inlined ones, files and lines for addresses on its standard input.
enum Symbolizer: CaseIterable {
    case faultline
    /// With an index file, which a run before has written.
    case faultlineIndexed
    case llvm
    case addr2line

    var name: String {
        switch self {
        case .faultline: "faultline symbolicate"
        case .faultlineIndexed: "the same, with an index file"
        case .llvm: "llvm-symbolizer"
        case .addr2line: "GNU addr2line -fiC"
        }
    }

    /// It may take seconds for 10,000 addresses.
    var isSlow: Bool { self == .addr2line }

    func commandLine(_ arguments: Arguments, binary: Arguments.Binary, indexes: String) -> [String] {
        let own = [arguments.command, "symbolicate", "--image", binary.path, "--json", "--statistics"]
        switch self {
        case .faultline: return own
        case .faultlineIndexed: return own + ["--index", indexes]
        case .llvm: return [arguments.symbolizer, "--obj=\(binary.path)", "--inlines", "--functions=linkage"]
        case .addr2line: return ["addr2line", "-fiC", "-e", binary.path]
        }
    }
}
