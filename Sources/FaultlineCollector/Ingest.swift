// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import FaultlineProtocol
internal import Hummingbird
internal import Logging
internal import NIOCore

/// `POST /api/{project}/envelope/`: from a request's bytes to a row in the store.
///
/// Source: [Envelopes, ingestion](https://develop.sentry.dev/sdk/data-model/envelopes/#ingestion).
struct Ingest: Sendable {
    let store: Store
    let limits: IngestLimits
    let logger: Logger

    /// The answer to a request; never throws: what goes wrong is an answer too.
    func answer(
        project: String?, headers: HTTPFields, queryKey: String?, body: RequestBody
    ) async -> Response {
        do {
            guard project == Store.projectID else {
                throw IngestError(
                    status: .notFound,
                    detail: "there is no project \(project ?? ""); the only one is \(Store.projectID)")
            }
            let key =
                headers.first("x-sentry-auth").flatMap(IngestKey.inHeader)
                ?? headers.first("authorization").flatMap(IngestKey.inHeader) ?? queryKey
            // Before the body is read, where that is possible.
            if let key, key != store.publicKey { throw IngestError.wrongKey }
            let bytes = try await read(body, declared: headers.first("content-length").flatMap { Int($0) })
            let inflated = try Inflater.decode(
                bytes, encoding: headers.first("content-encoding"), limit: limits.inflated)
            let received = try ReceivedEnvelope(inflated, limits: limits)
            guard let key = key ?? received.publicKey else { throw IngestError.missingKey }
            guard key == store.publicKey else { throw IngestError.wrongKey }
            try await store.receive(received)
            return Response(json: .object(received.eventID.map { ["id": .string($0.description)] } ?? [:]))
        } catch let error as IngestError {
            return error.response
        } catch {
            logger.error("an envelope could not be stored: \(Store.reason(of: error))")
            return IngestError(status: .internalServerError, detail: "the envelope could not be stored").response
        }
    }

    private func read(_ body: RequestBody, declared: Int?) async throws -> [UInt8] {
        if let declared, declared > limits.body { throw IngestError.tooLarge("the body", limit: limits.body) }
        do {
            return Array(try await body.collect(upTo: limits.body).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw IngestError.tooLarge("the body", limit: limits.body)
        }
    }
}

extension HTTPFields {
    /// The value of the first field of that name, which is given in lower case.
    func first(_ name: String) -> String? {
        first { $0.name.canonicalName == name }?.value
    }
}
#endif
