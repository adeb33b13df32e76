// SPDX-License-Identifier: Apache-2.0

extension FaultlineSDK {
    /// Adds a file to the events of the isolation scope; see ``Scope/addAttachment(_:)``.
    public static func addAttachment(_ attachment: Attachment) {
        isolationScope.addAttachment(attachment)
    }

    /// Removes the isolation scope's attachments.
    public static func clearAttachments() {
        isolationScope.clearAttachments()
    }
}
