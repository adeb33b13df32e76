// SPDX-License-Identifier: Apache-2.0

public import FaultlineProtocol

extension FaultlineSDK {
    /// Sends what a person says; see ``Client/captureFeedback(_:hint:)``.
    ///
    /// ```swift
    /// FaultlineSDK.captureFeedback(Feedback("The cart is empty again", contactEmail: "a@example.com"))
    /// ```
    /// - Returns: its id; nil when the SDK does not run, or it was dropped.
    @discardableResult
    public static func captureFeedback(_ feedback: Feedback, hint: Hint = Hint()) -> EventID? {
        client?.captureFeedback(feedback, hint: hint)
    }
}
