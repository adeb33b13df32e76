// SPDX-License-Identifier: Apache-2.0

internal import FaultlineFiles
internal import FaultlineProtocol

/// Sends nothing, and writes what would be sent: to see what leaves a service before it does.
///
/// ```swift
/// FaultlineSDK.start(options, transport: DryRunTransport())
/// ```
/// Each envelope is a header line, and for each item a line with its header and its payload below: JSON as it goes over
/// the wire, of anything else the size only. Needs no DSN.
public struct DryRunTransport: Transport {
    private let write: @Sendable (String) -> Void

    /// Writes to standard error, an envelope in one write.
    public init() {
        self.init { text in _ = WholeFile.writeAll(Array(text.utf8), to: 2) }
    }

    /// - Parameter write: gets each envelope's text, which ends with a line feed; on the sending task.
    public init(write: @escaping @Sendable (String) -> Void) {
        self.write = write
    }

    /// False.
    public var requiresDSN: Bool { false }

    /// Writes the envelope. Always accepts.
    public func send(_ request: EnvelopeRequest) async -> TransportResult {
        write(Self.text(request.body))
        return .accepted
    }

    /// An envelope for people.
    static func text(_ body: [UInt8]) -> String {
        guard let envelope = try? Envelope(parsing: body) else { return "no envelope: \(body.count) bytes\n" }
        var text = "envelope \(line(.object(envelope.header)))\n"
        for item in envelope.items {
            text += "  \(item.type) \(line(.object(item.header)))\n"
            if item.type != "attachment", let value = try? JSONValue(parsing: item.payload) {
                text += "    \(line(value))\n"
            } else {
                text += "    \(item.payload.count) bytes\n"
            }
        }
        return text
    }

    private static func line(_ value: JSONValue) -> String {
        String(decoding: value.serialized(), as: UTF8.self)
    }
}
