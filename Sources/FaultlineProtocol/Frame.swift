// SPDX-License-Identifier: Apache-2.0

/// One function on a stack.
///
/// Source: [Frame attributes](https://develop.sentry.dev/sdk/data-model/event-payloads/stacktrace/#frame-attributes).
public struct Frame: WireObject {
    /// All members, known and unknown.
    public var fields: Fields

    /// Takes the members as they are.
    public init(fields: Fields = [:]) {
        self.fields = fields
    }

    /// The function's name as a person reads it.
    public var function: String? {
        get { string("function") }
        set { set("function", newValue) }
    }

    /// The mangled name.
    public var rawFunction: String? {
        get { string("raw_function") }
        set { set("raw_function", newValue) }
    }

    /// The module, for Swift the one that defines the function.
    public var module: String? {
        get { string("module") }
        set { set("module", newValue) }
    }

    /// The image's path.
    public var package: String? {
        get { string("package") }
        set { set("package", newValue) }
    }

    /// The source file's name.
    public var filename: String? {
        get { string("filename") }
        set { set("filename", newValue) }
    }

    /// The source file's path.
    public var absPath: String? {
        get { string("abs_path") }
        set { set("abs_path", newValue) }
    }

    /// 1 and up.
    public var lineno: Int? {
        get { integer("lineno") }
        set { set("lineno", newValue) }
    }

    /// 1 and up.
    public var colno: Int? {
        get { integer("colno") }
        set { set("colno", newValue) }
    }

    /// Whether it is the service's own code; nil: not decided.
    public var inApp: Bool? {
        get { bool("in_app") }
        set { set("in_app", newValue) }
    }

    /// Absolute; a return address in every frame but the newest.
    public var instructionAddress: UInt64? {
        get { address("instruction_addr") }
        set { setAddress("instruction_addr", newValue) }
    }

    /// Where the function begins; absolute.
    public var symbolAddress: UInt64? {
        get { address("symbol_addr") }
        set { setAddress("symbol_addr", newValue) }
    }

    /// The image's lowest address.
    public var imageAddress: UInt64? {
        get { address("image_addr") }
        set { setAddress("image_addr", newValue) }
    }

    /// `abs` (also when nil), or `rel:` and an image's debug id or index: addresses then count from its beginning.
    public var addrMode: String? {
        get { string("addr_mode") }
        set { set("addr_mode", newValue) }
    }

    /// Overrides the event's: `other` keeps a server from symbolicating the frame again.
    public var platform: String? {
        get { string("platform") }
        set { set("platform", newValue) }
    }

    /// Source lines before.
    public var preContext: [String]? {
        get { strings("pre_context") }
        set { setStrings("pre_context", newValue) }
    }

    /// The source line.
    public var contextLine: String? {
        get { string("context_line") }
        set { set("context_line", newValue) }
    }

    /// Source lines after.
    public var postContext: [String]? {
        get { strings("post_context") }
        set { setStrings("post_context", newValue) }
    }
}
