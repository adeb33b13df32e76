// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import FaultlineProtocol
internal import Hummingbird

/// A request that is refused: the status and what the sender is told.
struct IngestError: Error {
    let status: HTTPResponse.Status
    let detail: String
    var causes: [String] = []

    static func malformed(_ detail: String, causes: [String] = []) -> IngestError {
        IngestError(status: .badRequest, detail: detail, causes: causes)
    }

    static func tooLarge(_ what: String, limit: Int) -> IngestError {
        IngestError(status: .contentTooLarge, detail: "\(what) is larger than \(limit) bytes")
    }

    static func unknownEncoding(_ name: String) -> IngestError {
        IngestError(
            status: .unsupportedMediaType, detail: "unknown content encoding \(name); send gzip, deflate or identity")
    }

    static let noMemory = IngestError(status: .internalServerError, detail: "no memory to decompress the body")

    static let missingKey = IngestError(
        status: .unauthorized,
        detail: "missing authorization information: sentry_key in X-Sentry-Auth or in the query, or dsn in the envelope"
    )

    static let wrongKey = IngestError(
        status: .forbidden, detail: "the key is not this project's; copy the DSN that `faultline serve` prints")

    /// `{"detail":"…","causes":["…"]}`, as Sentry's ingestion answers.
    var response: Response {
        var answer: Fields = ["detail": .string(detail)]
        if !causes.isEmpty { answer["causes"] = .array(causes.map { .string($0) }) }
        return Response(json: .object(answer), status: status)
    }
}

extension Response {
    /// A JSON text and a line feed.
    init(json: JSONValue, status: HTTPResponse.Status = .ok) {
        self.init(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.serialized() + [UInt8(ascii: "\n")])))
    }
}
#endif
