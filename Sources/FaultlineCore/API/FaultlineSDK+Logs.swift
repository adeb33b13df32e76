// SPDX-License-Identifier: Apache-2.0

extension FaultlineSDK {
    /// Writes structured logs, where ``Options/enableLogs`` is set.
    public static var logger: FaultlineLogger { FaultlineLogger(client: nil) }

    /// Sets an attribute of logs and metrics in the isolation scope; see ``Scope/setAttribute(_:_:)``.
    public static func setAttribute(_ key: String, _ value: AttributeValue) {
        isolationScope.setAttribute(key, value)
    }

    /// Sets several; see ``Scope/setAttribute(_:_:)``.
    public static func setAttributes(_ attributes: [String: AttributeValue]) {
        isolationScope.setAttributes(attributes)
    }

    /// Removes an attribute from the isolation scope; nothing happens when there is none.
    public static func removeAttribute(_ key: String) {
        isolationScope.removeAttribute(key)
    }
}

extension Client {
    /// Writes structured logs, where ``Options/enableLogs`` is set.
    public var logger: FaultlineLogger { FaultlineLogger(client: self) }
}
