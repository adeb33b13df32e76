// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
internal import FaultlineFiles
internal import FaultlineProtocol
internal import Synchronization

extension Scope {
    /// Sets an attribute of the logs and metrics that are written in this scope. Events do not carry it.
    ///
    /// A more specific scope's value goes over it, and the log's or metric's own over all.
    /// Source: [Scope attributes](https://develop.sentry.dev/sdk/telemetry/scopes/#setting-attributes).
    public func setAttribute(_ key: String, _ value: AttributeValue) {
        beside.withLock { $0.telemetry.attributes[key] = value }
    }

    /// Sets several; see ``setAttribute(_:_:)``.
    public func setAttributes(_ attributes: [String: AttributeValue]) {
        beside.withLock { $0.telemetry.attributes.merge(attributes) { $1 } }
    }

    /// Removes an attribute; nothing happens when there is none.
    public func removeAttribute(_ key: String) {
        beside.withLock { _ = $0.telemetry.attributes.removeValue(forKey: key) }
    }

    var attributes: [String: AttributeValue] {
        beside.withLock { $0.telemetry.attributes }
    }

    /// Notes that a feature flag was asked for, and the answer: error events and crash reports carry it
    /// (`contexts.flags`), the one asked for last at the end.
    ///
    /// The newest ``Options/maxFeatureFlags`` are kept.
    /// - Parameters:
    ///   - flag: at most 32 characters; longer names are cut.
    ///   - result: the answer.
    /// Source: [Feature flags](https://develop.sentry.dev/sdk/expected-features/#feature-flags).
    public func addFeatureFlag(_ flag: String, _ result: Bool) {
        let name = FeatureFlags.cut(flag)
        let limit = FeatureFlags.limit.load(ordering: .relaxed)
        // The box under the lock too, so that it never keeps a flag that another thread lets go.
        beside.withLock { beside in
            let excess = beside.telemetry.flags.note(name, limit: limit)
            for name in excess { BlackBox.setFlag(handle, name, nil) }
            if limit > 0 { BlackBox.setFlag(handle, name, result) }
        }
    }

    /// Adds a file to the events that are captured in this scope, and to crash reports when its content is a path.
    ///
    /// At most 100; further ones are left out. Of a path the file is looked up at once, for a crash report takes no other.
    public func addAttachment(_ attachment: Attachment) {
        let attachment = attachment.anchored
        var file: (path: String, note: Fields)?
        if case .path(let path) = attachment.content { file = (path, attachment.note(path: path)) }
        changeHooks { hooks in
            guard hooks.attachments.count < ScopeHooks.limit else { return }
            hooks.attachments.append(attachment)
            if let file {
                BlackBox.setAttachment(handle, path: file.path, file.note)
            }
        }
    }

    /// Removes all attachments.
    public func clearAttachments() {
        changeHooks { hooks in
            for case .path(let path) in hooks.attachments.map(\.content) {
                BlackBox.setAttachment(handle, path: path, nil)
            }
            hooks.attachments = []
        }
    }
}
