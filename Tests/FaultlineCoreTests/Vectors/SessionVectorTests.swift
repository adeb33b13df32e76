// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import TestSupport
import Testing

@testable import FaultlineCore

/// `sessions.json`: what is done in a scope, one word each, and the session items that a server then gets.
@Suite struct SessionVectorTests {
    private struct Failure: Error {}

    @Test(arguments: VectorFile.cases("sessions"))
    func `sessions`(_ vector: Vector) async throws {
        let place = try VectorClient {
            $0.release = vector.input("release")?.stringValue
            $0.environment = "not-fun-env"
            if let rate = vector.input("sample_rate")?.doubleValue { $0.sampleRate = rate }
        }
        let client = place.client
        let ops = try #require(vector.input("ops")?.arrayValue).map { $0.stringValue ?? "" }
        let mode: SessionMode = vector.input("session_mode")?.stringValue == "request" ? .request : .application
        FaultlineSDK.withIsolationScope { _ in
            for op in ops { #expect(perform(op, mode, client), "unknown: \(op)") }
        }
        await client.flush(timeout: .seconds(10))

        let items = place.transport.envelopes.flatMap(\.items).filter { ["session", "sessions"].contains($0.type) }
        let expected = try #require(vector.fields["expected"]?.objectValue?["session_items"]?.arrayValue)
        let found = JSONValue.array(try items.map(shown))
        #expect(found.means(.array(try expected.map { try specified($0, vector, ops) })), "\(found)")
        await client.close()
    }

    private func perform(_ op: String, _ mode: SessionMode, _ client: Client) -> Bool {
        let scope = FaultlineSDK.isolationScope
        switch op {
        case "start": client.sessions.start(mode, in: scope)
        case "end": client.sessions.end(in: scope)
        case "flush": client.sessions.flush()
        case "user": scope.setUser(User(id: "42"))
        case "user_email": scope.setUser(User(email: "a@example.com"))
        case "user_username": scope.setUser(User(username: "a"))
        case "no_user", "user_none": scope.setUser(nil)
        case "exception": client.captureException(Failure())
        case "unhandled": client.captureEvent(event(.error, handled: false))
        case "message": client.captureMessage("hello")
        default:
            guard let level = op.split(separator: "_").first.flatMap({ Level(rawValue: String($0)) }) else {
                return false
            }
            switch op.split(separator: "_").dropFirst().joined(separator: "_") {
            case "exception": client.captureEvent(event(level, handled: true))
            case "unhandled": client.captureEvent(event(level, handled: false))
            case "message": client.captureMessage("hello", level: level)
            case "event": client.captureEvent(Event(fields: ["level": .string(level.rawValue)]))
            default: return false
            }
        }
        return true
    }

    private func event(_ level: Level, handled: Bool) -> Event {
        Event(fields: [
            "level": .string(level.rawValue),
            "exception": [
                "values": [
                    ["type": "Failure", "value": "it broke", "mechanism": ["type": "t", "handled": .bool(handled)]]
                ]
            ],
        ])
    }

    /// Without what differs from run to run.
    private func shown(_ item: EnvelopeItem) throws -> JSONValue {
        var payload = try #require(try JSONValue(parsing: item.payload).objectValue)
        if item.type == "session" {
            #expect(payload["sid"]?.stringValue?.count == 32)
            for key in ["started", "timestamp"] { #expect(payload[key]?.stringValue.flatMap { Timestamp($0) } != nil) }
            #expect(payload["duration"]?.doubleValue ?? -1 >= 0)
            for key in ["sid", "started", "timestamp", "duration"] { payload[key] = nil }
        }
        if let aggregates = payload["aggregates"]?.arrayValue {
            payload["aggregates"] = .array(
                try aggregates.map { aggregate in
                    var fields = try #require(aggregate.objectValue)
                    let started = try #require(fields["started"]?.stringValue.flatMap { Timestamp($0) })
                    #expect(started.seconds % 60 == 0 && started.nanoseconds == 0)
                    fields["started"] = nil
                    return .object(fields)
                })
        }
        return ["type": .string(item.type), "payload": .object(payload)]
    }

    /// The vector's expectation, which is what sentry-python does, where the specification wants something else.
    private func specified(_ item: JSONValue, _ vector: Vector, _ ops: [String]) throws -> JSONValue {
        guard var fields = item.objectValue, var payload = fields["payload"]?.objectValue,
            let errors = payload["errors"]?.integerValue
        else { return item }
        // "errors 0 (key absent)"
        if let words = vector.fields["spec_expected"]?.stringValue?.split(separator: " ") {
            #expect(words.first == "errors", "\(words)")
            let count = try #require(words.dropFirst().first.flatMap { Int64($0) })
            payload["errors"] = count == 0 ? nil : .integer(count)
        } else if payload["status"] == "crashed", let crash = ops.firstIndex(of: "unhandled") {
            // Terminal states are final: what comes after the crash does not count.
            let after = ops[(crash + 1)...].prefix { $0 != "end" && $0 != "start" }
            payload["errors"] = .integer(errors - Int64(after.count { $0 == "exception" || $0 == "unhandled" }))
        }
        fields["payload"] = .object(payload)
        return .object(fields)
    }
}
