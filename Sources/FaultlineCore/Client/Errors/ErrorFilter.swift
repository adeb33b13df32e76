// SPDX-License-Identifier: Apache-2.0

internal import FaultlineFiles

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The rules of ``Options/ignoreErrors``, applied. What can be said by the type is found out once.
final class ErrorFilter: Sendable {
    private let rules: [IgnoredError.Rule]
    private let answers = Lock<[ObjectIdentifier: Answer]>([:])

    private enum Answer {
        case ignored
        case kept
        /// It depends on the error; the rules that may say yes.
        case depends([IgnoredError.Rule])
    }

    /// A program has few types of errors; a generic one may have any number.
    private static let mostKnown = 1000

    init(_ errors: [IgnoredError]) {
        rules = errors.map(\.rule)
    }

    /// - Complexity: about 0.1 µs for most errors; those whose status or errno decides cost microseconds.
    func isIgnored(_ error: any Error) -> Bool {
        guard !rules.isEmpty else { return false }
        let type = ObjectIdentifier(type(of: error))
        let known = answers.withLock { $0[type] }
        let answer = known ?? self.answer(error)
        if known == nil {
            answers.withLock { answers in
                if answers.count >= Self.mostKnown { answers.removeAll(keepingCapacity: true) }
                answers[type] = answer
            }
        }
        switch answer {
        case .ignored: return true
        case .kept: return false
        case .depends(let rules): return rules.contains { Self.applies($0, to: error) }
        }
    }

    // MARK: - By the type

    private func answer(_ error: any Error) -> Answer {
        let kind = ErrorKind.of(error)
        var depending: [IgnoredError.Rule] = []
        for rule in rules {
            switch rule {
            // An NSError may be cast to what it stands for, by its domain.
            case .type(let isOf) where !kind.isFoundation: if isOf(error) { return .ignored }
            case .name(let name) where !kind.isFoundation:
                if name == kind.type || kind.module.map({ "\($0).\(kind.type)" }) == name { return .ignored }
            case .cancellation: if error is CancellationError { return .ignored }
            case .clientDisconnects: if Disconnect.isPossible(error, kind) { depending.append(rule) }
            case .clientErrors: if kind.caseName != nil || HTTPStatus.isPossible(error) { depending.append(rule) }
            default: depending.append(rule)
            }
        }
        return depending.isEmpty ? .kept : .depends(depending)
    }

    // MARK: - By the error

    private static func applies(_ rule: IgnoredError.Rule, to error: any Error) -> Bool {
        switch rule {
        case .type(let isOf): return isOf(error)
        // Its captures are left out: they would come back here.
        case .predicate(let isIgnored): return Client.$isCapturing.withValue(true) { isIgnored(error) }
        case .name(let name):
            let kind = ErrorKind.of(error)
            return name == kind.type || kind.module.map { "\($0).\(kind.type)" } == name || error._domain == name
        case .cancellation: return error is CancellationError
        case .clientDisconnects: return Disconnect.isOne(error)
        case .clientErrors: return HTTPStatus.of(error).map { (100..<500).contains($0) } ?? false
        }
    }
}

/// The other side of a connection is gone.
private enum Disconnect {
    /// By what is true of all errors of the type.
    static func isPossible(_ error: any Error, _ kind: ErrorKind) -> Bool {
        switch (kind.module, kind.type) {
        case ("NIOCore", "ChannelError"), ("NIOCore", "IOError"), ("System", "Errno"), ("SystemPackage", "Errno"),
            ("FoundationEssentials", "POSIXError"), ("Foundation", "POSIXError"), ("Foundation", "NSError"):
            true
        // Of an enum each case is another.
        default: kind.mayHaveCause || kind.caseName != nil
        }
    }

    static func isOne(_ error: any Error, depth: Int = 0) -> Bool {
        let kind = ErrorKind.of(error)
        if isOneItself(error, kind) { return true }
        guard kind.mayHaveCause, depth < CapturedError.deepest else { return false }
        return ErrorCauses.of(error).contains { isOne($0.error, depth: depth + 1) }
    }

    private static func isOneItself(_ error: any Error, _ kind: ErrorKind) -> Bool {
        if kind.module == "NIOCore" && kind.type == "ChannelError" {
            switch kind.caseName {
            case "alreadyClosed", "eof", "ioOnClosedChannel", "inputClosed", "outputClosed": return true
            default: return false
            }
        }
        switch ErrorNumber.of(error, kind) {
        case ECONNRESET, EPIPE, ENOTCONN: return true
        default: return false
        }
    }
}

/// The status that an error is answered with, by reflection: no framework is linked here.
private enum HTTPStatus {
    private static let names: Set = ["status", "httpStatus", "statusCode", "responseStatus"]

    static func isPossible(_ error: any Error) -> Bool {
        Mirror(reflecting: error).children.contains { $0.label.map(names.contains) ?? false }
    }

    static func of(_ error: any Error) -> Int? {
        for child in Mirror(reflecting: error).children {
            guard let label = child.label, names.contains(label) else { continue }
            return code(child.value)
        }
        return nil
    }

    /// A number, a value with a `code`, or one that is described as `404 Not Found`.
    private static func code(_ value: Any) -> Int? {
        if let number = value as? any BinaryInteger { return Int(exactly: number) }
        let code = Mirror(reflecting: value).children.first { $0.label == "code" }?.value
        if let number = code as? any BinaryInteger { return Int(exactly: number) }
        let text = String(describing: value)
        return Int(text.prefix { $0.isASCII && $0.isNumber })
    }
}
