// SPDX-License-Identifier: Apache-2.0

/// The errors that an error was made from, by its properties.
///
/// There is no protocol for it in Swift. Looked at are stored properties whose names say so (`cause`, `underlying`,
/// `error`, `errors`, …Error, …Errors), what the cases of an enum carry, and `NSUnderlyingError` of Foundation's errors.
enum ErrorCauses {
    struct Cause {
        let error: any Error
        /// The property: `underlyingError`, `errors[1]`.
        let source: String
        /// Whether it is one of several of equal right.
        let isOfGroup: Bool
    }

    /// Of one error; more are not looked at.
    static let mostOfOne = 10

    static func of(_ error: any Error) -> [Cause] {
        var causes: [Cause] = []
        collect(Mirror(reflecting: error), into: &causes, depth: 0)
        return causes
    }

    /// Whether an error of this type (and case) may have any. The types of properties say it, not their values.
    static func canExist(in mirror: Mirror) -> Bool {
        if mirror.displayStyle == .enum { return !mirror.children.isEmpty }
        let names = mirror.children.contains { child in
            child.label.map { isCause($0) || isStorage($0) } ?? false
        }
        return names || mirror.superclassMirror.map { canExist(in: $0) } ?? false
    }

    private static func collect(_ mirror: Mirror, into causes: inout [Cause], depth: Int) {
        if mirror.displayStyle == .enum {
            guard let payload = mirror.children.first else { return }
            let inner = Mirror(reflecting: payload.value)
            if inner.displayStyle == .tuple {
                for (index, element) in inner.children.enumerated() {
                    let label = element.label.flatMap { $0.hasPrefix(".") ? nil : $0 }
                    add(element.value, label ?? "\(payload.label ?? "")[\(index)]", to: &causes)
                }
            } else {
                add(payload.value, payload.label ?? "", to: &causes)
            }
            return
        }
        for child in mirror.children {
            guard let label = child.label else { continue }
            if isCause(label) {
                add(child.value, label, to: &causes)
            } else if isStorage(label), depth < 2 {
                if let userInfo = child.value as? [String: Any] {
                    addNamed(userInfo, to: &causes)
                } else {
                    collect(Mirror(reflecting: child.value), into: &causes, depth: depth + 1)
                }
            }
        }
        if let above = mirror.superclassMirror { collect(above, into: &causes, depth: depth) }
    }

    private static func add(_ value: Any, _ source: String, to causes: inout [Cause]) {
        if let error = asError(value) {
            if causes.count < mostOfOne { causes.append(Cause(error: error, source: source, isOfGroup: false)) }
        } else if let errors = value as? [any Error] {
            for (index, error) in errors.enumerated() where causes.count < mostOfOne {
                causes.append(Cause(error: error, source: "\(source)[\(index)]", isOfGroup: true))
            }
        }
    }

    /// Foundation's keys for the causes of an NSError.
    private static func addNamed(_ userInfo: [String: Any], to causes: inout [Cause]) {
        if let error = userInfo["NSUnderlyingError"] { add(error, "NSUnderlyingError", to: &causes) }
        if let errors = userInfo["NSMultipleUnderlyingErrorsKey"] {
            add(errors, "NSMultipleUnderlyingErrorsKey", to: &causes)
        }
    }

    /// Some programs make texts errors: then every text would be a cause.
    private static func asError(_ value: Any) -> (any Error)? {
        value is String ? nil : value as? any Error
    }

    private static func isCause(_ label: String) -> Bool {
        switch label {
        case "cause", "causes", "underlying", "error", "errors", "reason", "wrapped", "inner": true
        default: label.hasSuffix("Error") && label != "_nsError" || label.hasSuffix("Errors")
        }
    }

    /// What types put their properties into.
    private static func isStorage(_ label: String) -> Bool {
        switch label {
        case "_nsError", "_userInfo", "userInfo", "backing", "_backing", "storage", "_storage": true
        default: false
        }
    }
}
