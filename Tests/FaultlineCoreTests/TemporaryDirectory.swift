// SPDX-License-Identifier: Apache-2.0

import FaultlineCrash
import FaultlineFiles

@testable import FaultlineCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A directory of a test's own, removed with what it holds.
final class TemporaryDirectory: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/faultline-test-XXXXXX".utf8CString)
        path = String(cString: mkdtemp(&template)!)
    }

    deinit {
        Self.remove(path)
    }

    static func remove(_ path: String) {
        chmod(path, 0o700)
        for name in WholeFile.names(in: path) {
            let inner = "\(path)/\(name)"
            if unlink(inner) != 0 { remove(inner) }
        }
        rmdir(path)
    }

    func makeDirectory(_ name: String) -> String {
        let directory = "\(path)/\(name)"
        mkdir(directory, 0o700)
        return directory
    }

    static func contents(of path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return WholeFile.read(descriptor, limit: 10 << 20)
    }

    static func text(of path: String) -> String {
        String(decoding: contents(of: path) ?? [], as: UTF8.self)
    }
}

extension Outbox {
    /// With its quarantine, in a directory of a test's own.
    convenience init(in directory: TemporaryDirectory, limits: Limits = Limits()) {
        self.init(
            directory: directory.makeDirectory("outbox"),
            quarantine: Quarantine(directory: directory.makeDirectory("quarantine")), limits: limits)
    }

    var quarantined: [String] {
        WholeFile.names(in: quarantine.directory).filter { !$0.hasSuffix(Quarantine.suffix) }.sorted()
    }
}

extension Envelope {
    /// An event with nothing but a message.
    static func test(_ message: String = "test", id: EventID = EventID()) -> Envelope {
        let event: JSONValue = [
            "event_id": .string(id.description), "timestamp": .string(Timestamp.now().description),
            "platform": "native",
            "logentry": ["formatted": .string(message)],
        ]
        return Envelope(
            header: ["event_id": .string(id.description)],
            items: [EnvelopeItem(type: "event", payload: event.serialized())])
    }
}
