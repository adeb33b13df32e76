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
    /// `Shop.price(ofLine:in:)`, for each half of an async function and each copy of a generic one; the raw name where it
    /// is not mangled.
    let display: String
    /// The module that defines it; nil: not Swift, or not said.
    let module: String?
    /// Code that nobody wrote: thunks, witnesses, metadata accessors, what runs before `main`.
    let isMade: Bool
    /// Where the program begins: top-level code, or only the way to `static main()`. The line tells which.
    let isEntry: Bool
    /// A copy for certain types or values.
    let isSpecialized: Bool
    /// Several functions share the code; the name is that of one of them.
    let isMerged: Bool
    /// The trap of a check that failed, by its reason: `Index out of range`. Such a function does not exist.
    let runtimeFailure: String?

    init(_ raw: String) {
        self.raw = raw
        if raw.hasPrefix(Self.failurePrefix) {
            runtimeFailure = String(raw.dropFirst(Self.failurePrefix.count))
            (display, module) = (raw, "Swift")
            (isMade, isEntry, isSpecialized, isMerged) = (false, false, false, false)
            return
        }
        runtimeFailure = nil
        let name = Self.withoutSuffixes(raw)
        let isAsyncEntry = Self.isAsyncEntry(name)
        isEntry = isAsyncEntry || name == "main"
        isMerged = name.hasSuffix("Tm")
        let mayDemangle = DemanglingBound.allows(name)
        let text = Self.shown(name, mayDemangle: mayDemangle)
        isSpecialized = text.isSpecialized
        let isStub = raw.hasSuffix(Self.stubSuffix)
        display = (isAsyncEntry ? "main" : Self.cut(text.display)) + (isStub ? Self.stubSuffix : "")
        isMade = isStub || Self.isMade(name, display: text.display)
        module = mayDemangle && Self.isSwift(name) ? Self.module(of: name, display: text.display) : nil
    }

    /// `display` alone, which costs a third of all.
    static func displayed(_ raw: String) -> String {
        if raw.hasPrefix(failurePrefix) { return raw }
        let name = withoutSuffixes(raw)
        let text = isAsyncEntry(name) ? "main" : cut(shown(name, mayDemangle: DemanglingBound.allows(name)).display)
        return raw.hasSuffix(stubSuffix) ? text + stubSuffix : text
    }

    private static let failurePrefix = "Swift runtime failure: "
    /// Of a stub that leads to a function of another image.
    private static let stubSuffix = "@plt"

    // MARK: - Display

    private static func shown(_ name: String, mayDemangle: Bool) -> (display: String, isSpecialized: Bool) {
        guard mayDemangle, var text = demangled(name, { take(fl_demangle_for_display($0)) }) ?? full(name) else {
            return (name, false)
        }
        // swiftlang/swift prints a function type's attribute behind the function's name.
        remove("@Sendable ", from: &text) { !$0.isEmpty && !$0.hasSuffix(" ") && !$0.hasSuffix("(") }
        // Which copy of the function it is, is in the raw name.
        let isSpecialized = remove("specialized ", from: &text) { $0.isEmpty || $0.hasSuffix(" ") }
        remove("merged ", from: &text) { $0.isEmpty }
        return (text, isSpecialized)
    }

    /// - Parameter isWord: told what is before an occurrence.
    @discardableResult
    private static func remove(_ word: String, from text: inout String, where isWord: (Substring) -> Bool) -> Bool {
        // Few names have one, and a search by a string's indices takes longer than the demangler.
        guard strstr(text, word) != nil else { return false }
        var kept = "", rest = Substring(text)
        var isRemoved = false
        while let range = rest.range(of: word) {
            let before = rest[..<range.lowerBound]
            kept += before
            if isWord(kept[...]) { isRemoved = true } else { kept += word }
            rest = rest[range.upperBound...]
        }
        if isRemoved { text = kept + rest }
        return isRemoved
    }

    /// The linker's versions (`memcpy@@GLIBC_2.14`) and what the optimiser appends to its copies and parts (`f.cold`,
    /// `f.isra.0`, `f.llvm.123`) are not part of the name.
    private static func withoutSuffixes(_ raw: String) -> String {
        guard strpbrk(raw, "@.") != nil else { return raw }
        var name = raw[..<(raw.utf8.firstIndex(of: UInt8(ascii: "@")) ?? raw.endIndex)]
        while let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), dot != name.startIndex {
            let suffix = name[dot...].dropFirst()
            guard !suffix.isEmpty, suffix.allSatisfy(\.isNumber) || cloneSuffixes.contains(String(suffix)) else {
                break
            }
            name = name[..<dot]
        }
        return name.isEmpty ? raw : String(name)
    }

    private static let cloneSuffixes: Set<String> = [
        "cold", "constprop", "isra", "llvm", "localalias", "lto_priv", "part", "resume",
    ]

    private static func full(_ name: String) -> String? {
        guard isSwift(name) else { return nil }
        return demangled(name) { take(swift_demangle($0, $0.utf8.count, nil, nil, 0)) }
    }

    private static func demangled(_ name: String, _ demangle: (String) -> String?) -> String? {
        guard isSwift(name), let own = DemanglingBound.withoutInnerNames(name) else { return demangle(name) }
        return demangle(own).map(DemanglingBound.withInnerNames)
    }

    /// A C string that is ours to free.
    private static func take(_ text: UnsafeMutablePointer<CChar>?) -> String? {
        guard let text else { return nil }
        defer { free(text) }
        return String(cString: text)
    }

    /// C++ templates can have names of many pages.
    private static func cut(_ text: String) -> String {
        text.utf8.count > 1024 && text.count > 1024 ? text.prefix(1023) + "…" : text
    }

    // MARK: - Who wrote it

    /// Of `partial apply for closure #1 in f()` the closure; nil: `raw` is no such thing. Half of these in a release build
    /// have the closure's code inlined, and no other function has it.
    static func applied(by raw: String) -> String? {
        let name = whole(raw)
        return isSwift(name) && name.hasSuffix("TA") ? String(name.dropLast(2)) : nil
    }

    /// Of a half of an async function (`TQ0_`, `TY1_`) the function.
    static func whole(_ raw: String) -> String {
        let name = withoutSuffixes(raw)
        let digits = name.dropLast().reversed().prefix { $0.isASCII && $0.isNumber }.count
        let rest = name.dropLast(1 + digits)
        guard name.hasSuffix("_"), digits > 0, rest.hasSuffix("TQ") || rest.hasSuffix("TY") else { return name }
        return String(rest.dropLast(2))
    }

    /// The entry function of a program whose `main` is async, or one of its halves.
    private static func isAsyncEntry(_ name: String) -> Bool {
        name == "async_Main" || name.hasPrefix("async_MainTQ") || name.hasPrefix("async_MainTY")
    }

    /// Not by the runtime's own rule (`_swift_backtrace_isThunkFunction`): that takes the initialisers of structs for
    /// thunks, since a class has an allocating one under the same mangling, and knows no witness once it is specialised.
    private static func isMade(_ name: String, display: String) -> Bool {
        if !isSwift(name) {
            return madeInC.contains { name.hasPrefix($0) }
        }
        // `@main` adds it; nobody can write a name with `$`.
        if name[...].range(of: "5$mainyy") != nil || display[...].range(of: "__allocating_init") != nil { return true }
        guard display.utf8.contains(UInt8(ascii: " ")) else { return false }
        let words = display.split(separator: " ", maxSplits: 2)
        // `lazy #1 in f()` is a local function of that name.
        guard words.count > 1, !words[1].hasPrefix("#") else { return false }
        return words[1] == "for" || madeKinds.contains(String(words[0])) || display.hasPrefix("default associated ")
    }

    /// First words of what the demangler calls the compiler's own functions; no function's name has a blank behind it.
    /// Source: lib/Demangling/NodePrinter.cpp of swiftlang/swift.
    private static let madeKinds: Set<String> = [
        "@nonobjc", "@objc", "associated", "base", "canonical", "dispatch", "instantiation", "key", "lazy", "method",
        "outlined", "partial", "protocol", "reabstraction", "thunk", "type", "vtable",
    ]

    /// Of closure contexts, blocks and the runtime's calls (lib/IRGen of swiftlang/swift).
    private static let madeInC = [
        "__swift_", "objectdestroy", "block_copy_helper", "block_destroy_helper", "get_type_metadata ",
        "get_witness_table ",
    ]

    // MARK: - What the mangled name says

    /// The prefixes of Swift 5 and later; `$e` is Embedded Swift.
    private static func isSwift(_ name: String) -> Bool {
        ["$s", "$S", "_$s", "$e"].contains { name.hasPrefix($0) }
    }

    /// A mangled name begins with its module: an identifier with its length, or an abbreviation. An extension's module
    /// stands elsewhere, and only the whole name says which it is. Functions about types begin with any type.
    /// Source: docs/ABI/Mangling.rst of swiftlang/swift.
    private static func module(of name: String, display: String) -> String? {
        if display.hasPrefix("thunk ") || display.hasPrefix("outlined ")
            || display.hasPrefix("partial apply for thunk ")
        {
            return nil
        }
        // Imported from C: `__C`.
        if let module = extendingModule(of: name) { return module.hasPrefix("__C") ? nil : module }
        let mangled = name.drop { $0 == "_" }.dropFirst(2)
        if mangled.hasPrefix("00") { return punycodedModule(String(mangled)) }
        let digits = mangled.prefix { $0.isASCII && $0.isNumber }
        if let length = Int(digits), length > 0, !digits.hasPrefix("0") {
            let module = mangled.dropFirst(digits.count).prefix(length)
            return module.count == length ? String(module) : nil
        }
        if mangled.hasPrefix("Sc") { return "_Concurrency" }
        if mangled.hasPrefix("So") || mangled.hasPrefix("SC") { return nil }  // imported from C
        return mangled.hasPrefix("s") || mangled.hasPrefix("S") ? "Swift" : nil
    }

    /// `(extension in shop):Foundation.Date.due.getter : Swift.Bool`; not where a parameter's or result's type lies in
    /// one.
    private static func extendingModule(of name: String) -> String? {
        guard name.utf8.contains(UInt8(ascii: "E")), let text = full(name) else { return nil }
        let mark = "(extension in "
        var depth = 0, index = text.startIndex, isArrow = false
        // From one bracket to the next; an operator's `<` is behind what is looked for.
        while let range = text[index...].range(of: mark) {
            for byte in text[index..<range.lowerBound].utf8 {
                switch byte {
                case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "<"): depth += 1
                case UInt8(ascii: ")"), UInt8(ascii: "]"): depth -= 1
                case UInt8(ascii: ">"): depth -= isArrow ? 0 : 1
                default: break
                }
                isArrow = byte == UInt8(ascii: "-")
            }
            let before = text[..<range.lowerBound]
            let beginsEntity = before.isEmpty || entityMarks.contains { before.hasSuffix($0) }
            if depth == 0 && beginsEntity { return String(text[range.upperBound...].prefix { $0 != ")" }) }
            depth += 1
            index = range.upperBound
        }
        return nil
    }

    /// What a demangled name has before the entity itself.
    private static let entityMarks = [" in ", " of ", " for ", "static "]

    /// An identifier beyond ASCII: the demangler decodes it, as the module of a type.
    private static func punycodedModule(_ mangled: String) -> String? {
        let digits = mangled.dropFirst(2).prefix { $0.isASCII && $0.isNumber }
        guard let length = Int(digits), (1...255).contains(length) else { return nil }
        let rest = mangled.dropFirst(2 + digits.count)
        // A blank line between number and letters that begin with a digit or `_`.
        let identifier = "00\(digits)" + rest.prefix(length + (rest.hasPrefix("_") ? 1 : 0))
        return full("$s\(identifier)1aV").flatMap { $0.hasSuffix(".a") ? String($0.dropLast(2)) : nil }
    }
}

extension Substring {
    /// Of ASCII text. Twenty times as fast as `utf8.firstRange(of:)`, and there is a name for each frame.
    fileprivate func range(of word: String) -> Range<Index>? {
        guard let first = word.utf8.first else { return nil }
        var rest = utf8[...]
        while let start = rest.firstIndex(of: first) {
            rest = rest[start...]
            if rest.starts(with: word.utf8) { return start..<rest.index(start, offsetBy: word.utf8.count) }
            rest = rest.dropFirst()
        }
        return nil
    }
}
