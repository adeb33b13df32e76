// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// A Swift error as `exception` of an event.
struct CapturedError {
    let type: String
    let module: String?
    let value: String

    init(_ error: any Error) {
        let kind = Swift.type(of: error)
        type = String(describing: kind)
        // `Shop.OrderError`, `Shop.Cart.Failure`, `Shop.(unknown context at $…).Failure`: the module comes first.
        let full = String(reflecting: kind)
        module = full.firstIndex(of: ".").map { String(full[..<$0]) }
        value = EventText.limited(String(describing: error))
    }

    /// A capture by the service itself is `generic` and handled
    /// (https://develop.sentry.dev/sdk/data-model/event-payloads/exception/#exception-mechanism).
    var json: JSONValue {
        var exception: Fields = ["type": .string(type), "value": .string(value)]
        if let module { exception["module"] = .string(module) }
        exception["mechanism"] = ["type": "generic", "handled": true]
        return ["values": [.object(exception)]]
    }
}
