// SPDX-License-Identifier: Apache-2.0

package import FaultlineProtocol
internal import Foundation

/// The cases of one file in `Tests/Vectors`, which `FAULTLINE_VECTORS` may move elsewhere.
package enum VectorFile {
    static let directory: URL =
        if let path = ProcessInfo.processInfo.environment["FAULTLINE_VECTORS"], !path.isEmpty {
            URL(fileURLWithPath: path, isDirectory: true)
        } else {
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .appendingPathComponent("Vectors", isDirectory: true)
        }

    package static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: directory.appendingPathComponent(name + ".json")))
    }

    package static func json(_ name: String) throws -> JSONValue {
        try JSONValue(parsing: bytes(name))
    }

    /// A file that cannot be read becomes one case, whose test fails: no file is passed over in silence.
    package static func cases(_ name: String, where chosen: (Vector) -> Bool = { _ in true }) -> [Vector] {
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
package struct Vector: Sendable, CustomStringConvertible {
    package let fields: Fields

    package var id: String { fields["id"]?.stringValue ?? "?" }
    /// Names the case of a test.
    package var description: String { id }

    package func input(_ key: String) -> JSONValue? { fields["input"]?.objectValue?[key] }

    /// What is recommended where the file says so, else what was observed.
    package var expected: Fields {
        (fields["expected"]?.objectValue ?? [:]).merging(fields["recommended"]?.objectValue ?? [:])
    }

    /// What the specification asks for where the file says so, or recommends; else what was observed.
    package var specified: JSONValue? {
        fields["spec_expected"] ?? fields["recommended"] ?? fields["expected"]
    }
}
