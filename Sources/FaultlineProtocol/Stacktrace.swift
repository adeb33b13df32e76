// SPDX-License-Identifier: Apache-2.0

/// A stack; the frame where it happened comes last.
///
/// Source: [Stack trace interface](https://develop.sentry.dev/sdk/data-model/event-payloads/stacktrace/).
public struct Stacktrace: WireObject {
    /// All members, known and unknown.
    public var fields: Fields

    /// Takes the members as they are.
    public init(fields: Fields = [:]) {
        self.fields = fields
    }

    /// Callers first.
    public var frames: [Frame] {
        get { fields["frames"]?.arrayValue?.compactMap(\.objectValue).map { Frame(fields: $0) } ?? [] }
        set { fields["frames"] = .array(newValue.map { .object($0.fields) }) }
    }

    /// Names and `"0x…"` values, of the last frame.
    public var registers: Fields {
        get { members("registers") }
        set { setMembers("registers", newValue) }
    }

    /// `all_but_first`: every address but the newest is a return address, one behind the call.
    public var instructionAddressAdjustment: String? {
        get { string("instruction_addr_adjustment") }
        set { set("instruction_addr_adjustment", newValue) }
    }
}
