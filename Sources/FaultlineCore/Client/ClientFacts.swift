// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// What is the same in every event and envelope of a client.
struct ClientFacts: Sendable {
    /// Members of each event that are the process's: release, environment, server_name, dist, sdk.
    let fields: Fields
    /// The same as text, each preceded by a comma.
    let text: [UInt8]
    /// Members of each envelope's header, behind its own.
    let header: Fields
    /// Headers of events, with places for what differs: to fill in a copy costs half of what putting one together does.
    private let eventHeader: Fields
    let orgID: String?
    /// Members of a trace's dynamic sampling context that are the process's.
    let trace: Fields

    init(_ options: Options, _ dsn: DSN?) {
        var fields: Fields = [:]
        fields["release"] = options.release.map { .string($0) }
        fields["environment"] = options.environment.map { .string($0) }
        fields["dist"] = options.dist.map { .string($0) }
        fields["server_name"] = options.serverName.map { .string($0) }
        fields["sdk"] = .object(SDKInfo.fields)
        self.fields = fields
        text = EventText.members(fields)

        var header: Fields = [:]
        header["dsn"] = dsn.map { .string($0.description) }
        header["sdk"] = .object(SDKInfo.fields)
        self.header = header
        eventHeader = Fields([("event_id", .null), ("trace", .null)]).merging(header)

        orgID = options.orgID ?? dsn?.orgID
        var trace: Fields = [:]
        trace["environment"] = options.environment.map { .string($0) }
        trace["release"] = options.release.map { .string($0) }
        trace["public_key"] = dsn.map { .string($0.publicKey) }
        trace["org_id"] = orgID.map { .string($0) }
        self.trace = trace
    }

    /// The dynamic sampling context of a trace that no transaction of ours and no other service tells of.
    func samplingContext(of traceID: JSONValue) -> Fields {
        Fields([("trace_id", traceID)] + trace.map { $0 })
    }

    /// The header of the envelope of an event, or of a check-in.
    func envelopeHeader(_ id: EventID, _ samplingContext: Fields) -> Fields {
        var header = eventHeader
        header["event_id"] = .string(id.description)
        header["trace"] = .object(samplingContext)
        return header
    }
}
