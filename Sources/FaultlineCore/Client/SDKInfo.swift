// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// How the SDK names itself to servers.
public enum SDKInfo {
    /// `sdk.name` of every event.
    public static let name = "faultline.swift"
    /// `sdk.version`: the version of this package.
    public static let version = "0.1.0"
    /// Name and version as in `User-Agent` and `sentry_client`.
    public static let client = "\(name)/\(version)"

    /// The event's and the envelope header's `sdk` object.
    static let fields: Fields = ["name": .string(name), "version": .string(version)]
}
