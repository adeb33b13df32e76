// SPDX-License-Identifier: Apache-2.0

internal import CFaultlineSymbols

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// A function's name as a person reads it, and what the mangled one says besides.
struct FunctionName: Sendable, Hashable {
    let raw: String
    /// `Shop.price(ofLine:in:)`; the raw name where it is not mangled.
    let display: String
    /// The module that defines it; nil: not Swift, or not said.
    let module: String?
    /// Code that the compiler puts between a caller and the function that was called, or before `main`.
    let isThunk: Bool
    /// The trap of a check that failed, by its reason: `Index out of range`. Such a function does not exist.
    let runtimeFailure: String?

    init(_ raw: String) {
        self.raw = raw
        if raw.hasPrefix(Self.failurePrefix) {
            runtimeFailure = String(raw.dropFirst(Self.failurePrefix.count))
            (display, module, isThunk) = (raw, "Swift", false)
            return
        }
        runtimeFailure = nil
        // The linker's versions (`memcpy@@GLIBC_2.14`) and the optimiser's clones (`f.cold`) are not part of the name.
        let name = String(raw.prefix { $0 != "@" })
        let isStub = raw.hasSuffix(Self.stubSuffix)
        display = Self.display(name) + (isStub ? Self.stubSuffix : "")
        module = Self.isSwift(name) ? Self.module(of: name) : nil
        isThunk = isStub || fl_is_thunk(name) || Self.isBeforeMain(name)
    }

    /// `display` alone, which costs a third of all.
    static func displayed(_ raw: String) -> String {
        if raw.hasPrefix(failurePrefix) { return raw }
        // `prefix` looks for the bounds of characters, which takes longer than the demangler.
        guard strchr(raw, Int32(UInt8(ascii: "@"))) != nil else { return display(raw) }
        return display(String(raw.prefix { $0 != "@" }))
    }

    private static let failurePrefix = "Swift runtime failure: "
    /// Of a stub that leads to a function of another image.
    private static let stubSuffix = "@plt"

    // MARK: - Display

    private static func display(_ name: String) -> String {
        guard var text = take(fl_demangle_for_display(name)) ?? full(name) else { return name }
        // Which copy of the function it is, is in the raw name.
        for prefix in ["merged ", "specialized "] where text.hasPrefix(prefix) { text.removeFirst(prefix.count) }
        return text
    }

    private static func full(_ name: String) -> String? {
        guard isSwift(name) else { return nil }
        return take(swift_demangle(name, name.utf8.count, nil, nil, 0))
    }

    /// A C string that is ours to free.
    private static func take(_ text: UnsafeMutablePointer<CChar>?) -> String? {
        guard let text else { return nil }
        defer { free(text) }
        return String(cString: text)
    }

    // MARK: - What the mangled name says

    /// The prefixes of Swift 5 and later; `$e` is Embedded Swift.
    private static func isSwift(_ name: String) -> Bool {
        ["$s", "$S", "_$s", "$e"].contains { name.hasPrefix($0) }
    }

    /// An entry of the program, not the code written there
    /// (stdlib/public/RuntimeModule/SymbolicatedBacktrace.swift of swiftlang/swift).
    private static func isBeforeMain(_ name: String) -> Bool {
        name.hasSuffix("5$mainyyFZ") || name.contains("5$mainyyYaFZ") || name == "async_MainTQ0_"
            || name == "async_MainTY0_"
    }

    /// A mangled name begins with its module: an identifier with its length, or an abbreviation. An extension's module
    /// stands elsewhere, and only the whole name says which it is.
    /// Source: docs/ABI/Mangling.rst of swiftlang/swift.
    private static func module(of name: String) -> String? {
        if let text = full(name), let range = text.firstRange(of: "(extension in ") {
            let module = text[range.upperBound...].prefix { $0 != ")" }
            return String(module)
        }
        let mangled = name.drop { $0 == "_" }.dropFirst(2)
        let digits = mangled.prefix { $0.isASCII && $0.isNumber }
        if let length = Int(digits), length > 0, !digits.hasPrefix("0") {
            return String(mangled.dropFirst(digits.count).prefix(length))
        }
        if mangled.hasPrefix("Sc") { return "_Concurrency" }
        if mangled.hasPrefix("So") || mangled.hasPrefix("SC") { return nil }  // imported from C
        return mangled.hasPrefix("s") || mangled.hasPrefix("S") ? "Swift" : nil
    }
}
