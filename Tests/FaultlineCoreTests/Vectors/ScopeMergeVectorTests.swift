// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import TestSupport
import Testing

@testable import FaultlineCore

@Suite struct ScopeMergeVectorTests {
    @Test(arguments: VectorFile.cases("scope_merge"))
    func `scopes and event are merged as the vector says`(_ vector: Vector) throws {
        let options = vector.input("options")?.objectValue ?? [:]
        let server = try VectorClient {
            if let limit = options["max_breadcrumbs"]?.integerValue { $0.maxBreadcrumbs = Int(limit) }
        }
        var layers: [Scope] = []
        for key in ["global", "isolation", "current"] {
            layers.append(Self.scope(vector.input(key)?.objectValue ?? [:]))
        }
        if let passed = Self.passed(vector) { layers.append(passed) }
        var event = Event(fields: try #require(vector.input("event")?.objectValue))
        // Here a message is a `logentry`; the vectors have the older member.
        let message = event.fields["message"]
        event.fields["message"] = nil
        let type = event.fields["type"]
        var hint = Hint()
        let result = server.client.pipeline.process(event, &hint, layers: layers, trace: EventTrace(Scopes.root))
        let merged = try #require(result)

        var found: Fields = [:]
        for key in ["tags", "extra", "user", "fingerprint", "transaction", "level", "transaction_info"] {
            found[key] = merged.fields[key]
        }
        var contexts = merged.contexts
        contexts["trace"] = nil
        found["contexts"] = contexts.isEmpty ? nil : .object(contexts)
        let texts = merged.breadcrumbs.compactMap { $0.objectValue?["message"] }
        found["breadcrumb_messages"] = texts.isEmpty ? nil : .array(texts)
        let meta = merged.fields["_meta"]?.objectValue?["breadcrumbs"]?.objectValue?[""]?
            .objectValue?["len"]
        let attached = hint.attachments.map { JSONValue.string($0.filename) }
        found["attachments"] = attached.isEmpty ? nil : .array(attached)

        var expected = try #require(vector.specified?.objectValue)
        if let total = expected["meta_breadcrumbs_len"] { #expect(meta == total) }
        if let text = expected["message"] { #expect(message == text) }
        expected["meta_breadcrumbs_len"] = nil
        expected["message"] = nil
        #expect(JSONValue.object(found).means(.object(expected)), "\(found)")
        if type == "check_in" { #expect(merged.fields["check_in_id"] == event.fields["check_in_id"]) }
    }

    /// What is passed to the capture itself.
    private static func passed(_ vector: Vector) -> Scope? {
        var said = vector.input("capture_scope")?.objectValue ?? [:]
        for (key, value) in vector.input("capture_kwargs")?.objectValue ?? [:] {
            said[key == "extras" ? "extra" : key] = value
        }
        return said.isEmpty ? nil : scope(said)
    }

    private static func scope(_ fields: Fields) -> Scope {
        let scope = Scope()
        for (key, value) in fields {
            let members = value.objectValue ?? [:]
            switch key {
            case "tags": for (tag, value) in members { scope.setTag(tag, text(value)) }
            case "contexts": for (name, context) in members { scope.setContext(name, context.objectValue) }
            case "extra": for (name, value) in members { scope.setExtra(name, value) }
            case "user": scope.setUser(value.objectValue.map { User(fields: $0) })
            case "level": scope.setLevel(value.stringValue.flatMap { Level(rawValue: $0) })
            case "fingerprint": scope.setFingerprint(value.arrayValue?.compactMap(\.stringValue))
            case "transaction": scope.setTransaction(value.stringValue)
            case "breadcrumbs":
                for breadcrumb in value.arrayValue ?? [] {
                    scope.addBreadcrumb(Breadcrumb(fields: breadcrumb.objectValue ?? [:]))
                }
            case "attachments":
                for name in value.arrayValue?.compactMap(\.stringValue) ?? [] {
                    scope.addAttachment(Attachment(.bytes([1]), filename: name))
                }
            case "flags":
                for flag in (value.arrayValue ?? []).compactMap(\.arrayValue) where flag.count == 2 {
                    scope.addFeatureFlag(flag[0].stringValue ?? "", flag[1].boolValue ?? false)
                }
            default: Issue.record("a scope has no \(key)")
            }
        }
        return scope
    }

    private static func text(_ value: JSONValue) -> String {
        value.stringValue ?? String(decoding: value.serialized(), as: UTF8.self)
    }
}
