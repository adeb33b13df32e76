// SPDX-License-Identifier: Apache-2.0

/// An executable or library of the process.
///
/// Source: [Debug meta interface](https://develop.sentry.dev/sdk/data-model/event-payloads/debugmeta/).
public struct DebugImage: WireObject {
    /// All members, known and unknown.
    public var fields: Fields

    /// Takes the members as they are.
    public init(fields: Fields = [:]) {
        self.fields = fields
    }

    /// `elf`.
    public var type: String? {
        get { string("type") }
        set { set("type", newValue) }
    }

    /// Where its lowest segment was loaded.
    public var imageAddress: UInt64? {
        get { address("image_addr") }
        set { setAddress("image_addr", newValue) }
    }

    /// Bytes from the lowest to the highest address.
    public var imageSize: UInt64? {
        get { fields["image_size"]?.integerValue.flatMap { UInt64(exactly: $0) } }
        set { fields["image_size"] = newValue.map { .integer(Int64(clamping: $0)) } }
    }

    /// Where it lay; nil when the report does not say, or says what cannot be.
    package var addresses: Range<UInt64>? {
        guard let start = imageAddress, let size = imageSize, size > 0, start <= UInt64.max - size else { return nil }
        return start..<start + size
    }

    /// The lowest address in the file; 0 for what can be loaded anywhere.
    public var imageVMAddress: UInt64? {
        get { address("image_vmaddr") }
        set { setAddress("image_vmaddr", newValue) }
    }

    /// The build id in lower-case hexadecimal.
    public var codeID: String? {
        get { string("code_id") }
        set { set("code_id", newValue) }
    }

    /// The build id as a UUID; see ``DebugID``.
    public var debugID: String? {
        get { string("debug_id") }
        set { set("debug_id", newValue) }
    }

    /// Its path.
    public var codeFile: String? {
        get { string("code_file") }
        set { set("code_file", newValue) }
    }

    /// `x86_64`, `arm64`.
    public var arch: String? {
        get { string("arch") }
        set { set("arch", newValue) }
    }
}
