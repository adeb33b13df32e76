// SPDX-License-Identifier: Apache-2.0

/// One error, message or crash, as the server gets it.
///
/// Source: [Event payloads](https://develop.sentry.dev/sdk/data-model/event-payloads/).
public struct Event: WireObject {
    /// All members, known and unknown.
    public var fields: Fields

    /// Takes the members as they are.
    public init(fields: Fields = [:]) {
        self.fields = fields
    }

    /// The event's id.
    public var eventID: EventID? {
        get { string("event_id").flatMap { EventID($0) } }
        set { set("event_id", newValue?.description) }
    }

    /// When it happened.
    public var timestamp: Timestamp? {
        get { fields["timestamp"].flatMap { Timestamp($0) } }
        set { set("timestamp", newValue?.description) }
    }

    /// `native` for what this SDK sends: the server then knows addresses and images.
    public var platform: String? {
        get { string("platform") }
        set { set("platform", newValue) }
    }

    /// How bad it is; the server takes an absent one for ``Level/error``.
    public var level: Level? {
        get { string("level").flatMap { Level(rawValue: $0) } }
        set { set("level", newValue?.rawValue) }
    }

    /// The text of a message event (`logentry.formatted`, else its template, else `message`); up to 8,192 characters.
    /// Setting replaces all of them.
    public var message: String? {
        get {
            let entry = members("logentry")
            return entry["formatted"]?.stringValue ?? entry["message"]?.stringValue ?? string("message")
        }
        set {
            fields["message"] = nil
            fields["logentry"] = newValue.map { ["formatted": .string($0)] }
        }
    }

    /// The name of the logger it came from.
    public var logger: String? {
        get { string("logger") }
        set { set("logger", newValue) }
    }

    /// What was going on, such as `GET /orders/{id}`.
    public var transaction: String? {
        get { string("transaction") }
        set { set("transaction", newValue) }
    }

    /// The machine.
    public var serverName: String? {
        get { string("server_name") }
        set { set("server_name", newValue) }
    }

    /// The version that ran, such as `shop@1.4.2`.
    public var release: String? {
        get { string("release") }
        set { set("release", newValue) }
    }

    /// Tells builds of one release apart.
    public var dist: String? {
        get { string("dist") }
        set { set("dist", newValue) }
    }

    /// Such as `production`.
    public var environment: String? {
        get { string("environment") }
        set { set("environment", newValue) }
    }

    /// What went wrong; causes first, the error that was captured last.
    public var exceptions: [ExceptionValue] {
        get { list("exception") }
        set { setList("exception", newValue) }
    }

    /// The process's threads.
    public var threads: [ThreadValue] {
        get { list("threads") }
        set { setList("threads", newValue) }
    }

    /// The executable and the libraries that were loaded.
    public var debugImages: [DebugImage] {
        get {
            members("debug_meta")["images"]?.arrayValue?.compactMap(\.objectValue).map { DebugImage(fields: $0) } ?? []
        }
        set { setImages(newValue) }
    }

    /// What happened before, oldest first, as the objects of ``Breadcrumb/json``.
    public var breadcrumbs: [JSONValue] {
        get { members("breadcrumbs")["values"]?.arrayValue ?? fields["breadcrumbs"]?.arrayValue ?? [] }
        set { fields["breadcrumbs"] = newValue.isEmpty ? nil : ["values": .array(newValue)] }
    }

    /// Whom it happened to.
    public var user: User? {
        get { fields["user"]?.objectValue.map { User(fields: $0) } }
        set { fields["user"] = newValue?.json }
    }

    /// Short texts to search by; key and value up to 200 characters. Numbers and booleans, and the wire's other form
    /// (a list of pairs), are read as servers do; of a key that comes twice the last counts.
    public var tags: [String: String] {
        get {
            let pairs =
                fields["tags"]?.arrayValue?.compactMap { pair -> (String, JSONValue)? in
                    guard let pair = pair.arrayValue, pair.count == 2, let key = pair[0].stringValue else { return nil }
                    return (key, pair[1])
                } ?? members("tags").map { ($0.key, $0.value) }
            return Dictionary(pairs.compactMap { tag in Self.text(of: tag.1).map { (tag.0, $0) } }) { $1 }
        }
        set { setMembers("tags", Fields(newValue.mapValues { .string($0) })) }
    }

    /// Anything else that the service wants to see again.
    public var extra: Fields {
        get { members("extra") }
        set { setMembers("extra", newValue) }
    }

    /// What is known of trace, system, runtime …: an object each.
    public var contexts: Fields {
        get { members("contexts") }
        set { setMembers("contexts", newValue) }
    }

    /// Groups the event with those of the same fingerprint; `{{ default }}` stands for the server's own grouping.
    public var fingerprint: [String]? {
        get { strings("fingerprint") }
        set { setStrings("fingerprint", newValue) }
    }

    /// The HTTP request that was being answered.
    public var request: Request? {
        get { object("request") }
        set { setObject("request", newValue) }
    }

    /// Who wrote the event: name and version.
    public var sdk: Fields {
        get { members("sdk") }
        set { setMembers("sdk", newValue) }
    }

    private static func text(of tag: JSONValue) -> String? {
        switch tag {
        case .string(let text): text
        case .bool, .integer, .number: String(decoding: tag.serialized(), as: UTF8.self)
        case .null, .array, .object: nil
        }
    }

    private mutating func setImages(_ images: [DebugImage]) {
        var meta = members("debug_meta")
        meta["images"] = images.isEmpty ? nil : .array(images.map { .object($0.fields) })
        setMembers("debug_meta", meta)
    }
}
