// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Foundation
import Testing

/// The cases of one file in `Tests/Vectors`, which `FAULTLINE_VECTORS` may move elsewhere.
enum VectorFile {
    static let directory: URL =
        if let path = ProcessInfo.processInfo.environment["FAULTLINE_VECTORS"], !path.isEmpty {
            URL(fileURLWithPath: path, isDirectory: true)
        } else {
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .appendingPathComponent("Vectors", isDirectory: true)
        }

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: directory.appendingPathComponent(name + ".json")))
    }

    static func json(_ name: String) throws -> JSONValue {
        try JSONValue(parsing: bytes(name))
    }

    /// A file that cannot be read becomes one case, whose test fails: no file is passed over in silence.
    static func cases(_ name: String, where chosen: (Vector) -> Bool = { _ in true }) -> [Vector] {
        do {
            let cases = try json(name).objectValue?["cases"]?.arrayValue ?? []
            let vectors = cases.compactMap(\.objectValue).map { Vector(fields: $0) }.filter(chosen)
            return vectors.isEmpty ? [Vector(fields: ["id": "\(name): no cases"])] : vectors
        } catch {
            return [Vector(fields: ["id": "\(name): \(String(describing: error))"])]
        }
    }
}

/// One case: what goes in, what must come out.
struct Vector: Sendable, CustomTestStringConvertible {
    let fields: Fields

    var id: String { fields["id"]?.stringValue ?? "?" }
    var testDescription: String { id }

    func input(_ key: String) -> JSONValue? { fields["input"]?.objectValue?[key] }

    /// What is recommended where the file says so, else what was observed.
    var expected: Fields {
        (fields["expected"]?.objectValue ?? [:]).merging(fields["recommended"]?.objectValue ?? [:])
    }
}
