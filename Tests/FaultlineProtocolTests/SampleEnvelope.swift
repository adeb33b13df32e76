// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import TestSupport
import Testing

/// One envelope of `Tests/Vectors/sample_envelopes.json`.
struct SampleEnvelope: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    var testDescription: String { name }

    /// Never empty: a file that cannot be read gives one envelope that no test accepts.
    static let all: [SampleEnvelope] = {
        let samples = try? VectorFile.json("sample_envelopes").objectValue?["envelopes"]?.objectValue
        guard let samples, !samples.isEmpty else { return [SampleEnvelope(name: "no samples", bytes: [])] }
        return samples.map { SampleEnvelope(name: $0.key, bytes: Array(($0.value.stringValue ?? "").utf8)) }
    }()
}
