// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// What a scope holds that is no text: processors and attachments. A value: forks copy it.
struct ScopeHooks: Sendable {
    typealias ErrorProcessor = @Sendable (Event, any Error) throws -> Event?

    /// Of one scope. A scope that lives long and is given one more for each request would grow without end.
    static let limit = 100

    private(set) var eventProcessors: [EventProcessor] = []
    private(set) var errorProcessors: [ErrorProcessor] = []
    var attachments: [Attachment] = []

    var isEmpty: Bool { !hasProcessors && attachments.isEmpty }

    /// Code of the service that must see its events.
    var hasProcessors: Bool { !eventProcessors.isEmpty || !errorProcessors.isEmpty }

    mutating func addEventProcessor(_ processor: @escaping EventProcessor) {
        if eventProcessors.count < Self.limit { eventProcessors.append(processor) }
    }

    mutating func addErrorProcessor(_ processor: @escaping ErrorProcessor) {
        if errorProcessors.count < Self.limit { errorProcessors.append(processor) }
    }

    /// Processors stay: they are code, not data.
    mutating func clear() {
        attachments = []
    }
}
