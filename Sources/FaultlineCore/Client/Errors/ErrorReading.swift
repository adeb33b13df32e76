// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// What one error says: its type, a text that is the same for errors of the same kind as far as that can be, and the
/// rest.
struct ErrorReading {
    let kind: ErrorKind
    let type: String
    let module: String?
    let value: String
    /// Of `mechanism`: `ns_error`, `errno`.
    var meta: Fields = [:]
    /// Of `mechanism`: what differs from error to error.
    var data: Fields = [:]

    init(_ error: any Error, _ kind: ErrorKind) {
        self.kind = kind
        var type = kind.type, module = kind.module
        var data: Fields = [:]
        let facts = kind.hasFacts ? FoundationFacts.of(error) : nil
        let domain = kind.hasDomain ? error._domain : nil
        let code = error._code
        if let domain { meta["ns_error"] = ["domain": .string(domain), "code": .integer(Int64(code))] }
        if domain == ErrorNumber.domain { meta["errno"] = ["number": .integer(Int64(code))] }
        if let number = ErrorNumber.of(error, kind) { meta["errno"] = ["number": .integer(Int64(number))] }

        if let coding = CodingFailure(error) {
            value = coding.value
            data["description"] = .string(EventText.limited(coding.details))
        } else if let userInfo = Self.userInfo(error, kind) {
            if kind.type == "NSError", let domain { (type, module) = (domain, nil) }
            let text = userInfo["NSDebugDescription"] as? String ?? userInfo["NSLocalizedDescription"] as? String
            value = text ?? facts?.errorDescription ?? "Code=\(code)"
        } else if kind.describesItself {
            // The same at a tenth of the cost, where there is the protocol.
            value = (error as? any CustomStringConvertible)?.description ?? String(describing: error)
        } else if let text = facts?.errorDescription {
            value = text
        } else {
            value = kind.shape
            // Microseconds; and it may be any text.
            if kind.hasDetails { data["description"] = .string(EventText.limited(String(describing: error))) }
        }
        self.type = type
        self.module = module
        self.data = data
    }

    /// Of Foundation's NSError, and of the structures around it.
    private static func userInfo(_ error: any Error, _ kind: ErrorKind) -> [String: Any]? {
        guard kind.hasDomain else { return nil }
        var mirror: Mirror? = Mirror(reflecting: error)
        if let inner = mirror?.children.first(where: { $0.label == "_nsError" }) {
            mirror = Mirror(reflecting: inner.value)
        }
        while let now = mirror {
            if now.subjectType == Swift.type(of: error) || now.displayStyle == .class,
                let child = now.children.first(where: { $0.label == "_userInfo" })
            {
                return child.value as? [String: Any] ?? [:]
            }
            mirror = now.superclassMirror
        }
        return nil
    }
}

/// The standard library's errors of coding; the path tells where, indices left out.
struct CodingFailure {
    let value: String
    let details: String

    init?(_ error: any Error) {
        switch error {
        case let error as DecodingError:
            switch error {
            case .typeMismatch(let type, let context):
                self.init("typeMismatch: no \(TypeName(type).type)", context.codingPath, context.debugDescription)
            case .valueNotFound(let type, let context):
                self.init("valueNotFound: no \(TypeName(type).type)", context.codingPath, context.debugDescription)
            case .keyNotFound(let key, let context):
                self.init("keyNotFound: \(key.stringValue)", context.codingPath, context.debugDescription)
            case .dataCorrupted(let context):
                self.init("dataCorrupted", context.codingPath, context.debugDescription)
            @unknown default: return nil
            }
        case EncodingError.invalidValue(let value, let context):
            self.init(
                "invalidValue: \(TypeName(Swift.type(of: value)).type)", context.codingPath, context.debugDescription)
        default: return nil
        }
    }

    private init(_ what: String, _ path: [any CodingKey], _ details: String) {
        var place = ""
        for key in path {
            if key.intValue != nil {
                place += "[]"
            } else {
                place += place.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
        value = place.isEmpty ? what : "\(what) at \(place)"
        self.details = details
    }
}

/// The errno of errors that are made of one.
enum ErrorNumber {
    static let domain = "NSPOSIXErrorDomain"

    /// Of NIO's IOError, swift-system's Errno and Foundation's POSIXError.
    static func of(_ error: any Error, _ kind: ErrorKind) -> Int32? {
        switch (kind.module, kind.type) {
        case ("NIOCore", "IOError"): number(in: error, below: 3)
        case ("System", "Errno"), ("SystemPackage", "Errno"): number(in: error, below: 1)
        case ("FoundationEssentials", "POSIXError"), ("Foundation", "POSIXError"):
            kind.hasDomain ? Int32(exactly: error._code) : number(in: error, below: 3)
        case ("Foundation", "NSError"): error._domain == domain ? Int32(exactly: error._code) : nil
        default: nil
        }
    }

    /// The first number within, so deep at most.
    private static func number(in value: Any, below depth: Int) -> Int32? {
        if let number = value as? Int32 { return number }
        if let number = value as? any RawRepresentable<Int32> { return number.rawValue }
        guard depth > 0 else { return nil }
        return Mirror(reflecting: value).children.lazy.compactMap { number(in: $0.value, below: depth - 1) }.first
    }
}
