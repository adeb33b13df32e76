// SPDX-License-Identifier: Apache-2.0

internal import FaultlineFiles
internal import FaultlineProtocol

/// What is true of all errors of one type, and of one case where it is an enum: found by reflection once, which takes
/// microseconds, and looked up from then on.
struct ErrorKind: Sendable {
    /// Without the module: `OrderError`, `Cart.Failure`, `Failure<Int>`. No addresses: servers group by it.
    let type: String
    let module: String?
    /// Stands for the value of an error that says nothing itself: `declined(reason:amount:)`, `OrderError(id:)`. What is
    /// in the braces differs from error to error, and may tell of persons.
    let shape: String
    /// The enum's case; nil: it is none.
    let caseName: String?
    /// Whether the type says how it is described.
    let describesItself: Bool
    /// Whether there is more to it than ``shape`` tells.
    let hasDetails: Bool
    /// Whether a property may hold another error.
    let mayHaveCause: Bool
    /// Whether the type is Foundation's, or has a domain of its own: those of other errors are their type names.
    let hasDomain: Bool
    /// Whether it is an `NSError`, whose domain is the better type.
    let isFoundation: Bool
    /// Whether ``FoundationFacts`` has something to say of it.
    let hasFacts: Bool
    /// Whether reading it runs code of the service.
    var runsItsOwnCode: Bool { describesItself || hasDetails || hasDomain || hasFacts || mayHaveCause }
    /// `{"type":"…","module":"…"`.
    let beginning: [UInt8]

    static func of(_ error: any Error) -> ErrorKind {
        let name = EnumCase.name(of: error)
        let key = Key(type: ObjectIdentifier(Swift.type(of: error)), name: UInt(bitPattern: name))
        if let known = known.withLock({ $0[key] }) { return known }
        let kind = ErrorKind(error, name)
        known.withLock { known in
            // A program has few; a generic type may have any number.
            if known.count >= mostKnown { known.removeAll(keepingCapacity: true) }
            known[key] = kind
        }
        return kind
    }

    /// When what can be known has changed.
    static func forget() {
        known.withLock { $0.removeAll() }
    }

    /// The name of a case is one place in the type's metadata.
    private struct Key: Hashable, Sendable {
        let type: ObjectIdentifier
        let name: UInt
    }

    private static let known = Lock<[Key: ErrorKind]>([:])
    private static let mostKnown = 1000

    private init(_ error: any Error, _ caseName: UnsafePointer<CChar>?) {
        let name = TypeName(Swift.type(of: error))
        let mirror = Mirror(reflecting: error)
        type = name.type
        module = name.module
        self.caseName = caseName.map { String(cString: $0) }
        describesItself =
            error is any CustomStringConvertible || error is any CustomDebugStringConvertible
            || error is any TextOutputStreamable
        let labels = Self.labels(mirror)
        hasDetails = !labels.isEmpty
        let last = name.type.split(separator: ".").last.map(String.init) ?? name.type
        let head = self.caseName ?? last
        shape = labels.isEmpty ? head : "\(head)(\(labels.map { "\($0):" }.joined()))"
        mayHaveCause = ErrorCauses.canExist(in: mirror)
        hasDomain = error._domain != _typeName(Swift.type(of: error), qualified: true)
        hasFacts = FoundationFacts.of(error) != nil
        isFoundation = hasDomain && Self.isNSError(mirror)
        var beginning: Fields = ["type": .string(name.type)]
        if let module = name.module { beginning["module"] = .string(module) }
        self.beginning = Array(JSONValue.object(beginning).serialized().dropLast())
    }

    /// Or a subclass.
    private static func isNSError(_ mirror: Mirror) -> Bool {
        _typeName(mirror.subjectType, qualified: true) == "Foundation.NSError"
            || mirror.superclassMirror.map { isNSError($0) } ?? false
    }

    /// Of stored properties, or of what an enum's case carries; `_` where there is none.
    private static func labels(_ mirror: Mirror) -> [String] {
        guard mirror.displayStyle == .enum else { return mirror.children.map { $0.label ?? "_" } }
        guard let payload = mirror.children.first?.value else { return [] }
        let inner = Mirror(reflecting: payload)
        guard inner.displayStyle == .tuple else { return ["_"] }
        return inner.children.map { label(of: $0.label) }
    }

    /// An element of a tuple that has no label is called `.0`.
    private static func label(of element: String?) -> String {
        element.flatMap { $0.hasPrefix(".") ? nil : $0 } ?? "_"
    }
}

/// The name of an enum's case, whatever the type says of itself.
enum EnumCase {
    /// What `print` uses of an enum that has no description of its own (stdlib/public/core/ReflectionMirror.swift of
    /// swiftlang/swift). nil: no enum.
    @_silgen_name("swift_EnumCaseName")
    private static func name<Value>(_ value: Value) -> UnsafePointer<CChar>?

    /// Valid for ever.
    static func name(of error: any Error) -> UnsafePointer<CChar>? {
        func open<Failure: Error>(_ error: Failure) -> UnsafePointer<CChar>? { name(error) }
        return open(error)
    }
}

/// A type's name for people: private and local types have an address in theirs, which changes from build to build.
struct TypeName {
    /// `Shop.Cart.Failure`.
    let full: String
    let module: String?
    let type: String

    init(_ type: any Any.Type) {
        var full = Self.without("(unknown context at ", upTo: ").", in: _typeName(type, qualified: true))
        let module = full.firstIndex(of: ".").map { String(full[..<$0]) }
        // The first one only when it is the module.
        if module != "Swift" { full = Self.withoutStandardModule(full) }
        self.full = full
        self.module = module
        self.type = module.map { String(full.dropFirst($0.count + 1)) } ?? full
    }

    private static func without(_ begin: String, upTo end: String, in name: String) -> String {
        guard name.contains("(") else { return name }
        var rest = name[...], result = ""
        while let start = rest.firstRange(of: begin), let stop = rest[start.upperBound...].firstRange(of: end) {
            result += rest[..<start.lowerBound]
            rest = rest[stop.upperBound...]
        }
        return result + rest
    }

    /// `Box<Swift.Int>` is `Box<Int>`.
    private static func withoutStandardModule(_ name: String) -> String {
        guard name.contains("<") else { return name }
        return ["<", " ", "(", "["].reduce(name) { $0.replacing("\($1)Swift.", with: $1) }
    }
}
