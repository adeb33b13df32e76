// SPDX-License-Identifier: Apache-2.0

internal import FaultlineFiles
internal import FaultlineProtocol

/// Counts what was not sent, by reason and category, until a server is told. From any thread; bounded by the number of
/// reasons and categories.
///
/// Source: [Client reports](https://develop.sentry.dev/sdk/telemetry/client-reports/).
final class ClientReports: Sendable {
    struct Key: Hashable, Sendable {
        let reason: DiscardReason
        let category: DataCategory
    }

    typealias Counts = [Key: Int]

    /// ``Options/sendClientReports``.
    let isEnabled: Bool
    private let counts = Lock<Counts>([:])

    init(isEnabled: Bool = true) {
        self.isEnabled = isEnabled
    }

    /// Counts a loss.
    /// - Parameter quantity: of things, of bytes where the category counts bytes; less than one counts nothing.
    func record(_ reason: DiscardReason, _ category: DataCategory, quantity: Int = 1) {
        guard isEnabled, quantity > 0 else { return }
        counts.withLock { Self.add(quantity, Key(reason: reason, category: category), to: &$0) }
    }

    /// Counts the loss of a transaction with its spans, itself among them.
    func record(_ reason: DiscardReason, transactionOf spans: Int) {
        guard isEnabled else { return }
        counts.withLock { counts in
            Self.add(1, Key(reason: reason, category: .transaction), to: &counts)
            Self.add(spans, Key(reason: reason, category: .span), to: &counts)
        }
    }

    /// Counts the loss of an item.
    func record(_ reason: DiscardReason, lossOf item: EnvelopeItem) {
        guard isEnabled else { return }
        for (category, quantity) in item.outcomes { record(reason, category, quantity: quantity) }
    }

    /// Counts the loss of each item.
    func record(_ reason: DiscardReason, lossOf envelope: Envelope) {
        for item in envelope.items { record(reason, lossOf: item) }
    }

    /// Everything counted since the last time, which begins at zero again.
    func take() -> Counts {
        counts.withLock { counts in
            defer { counts = [:] }
            return counts
        }
    }

    /// What was taken and did not reach a server.
    func giveBack(_ taken: Counts) {
        guard !taken.isEmpty else { return }
        counts.withLock { counts in
            for (key, quantity) in taken { Self.add(quantity, key, to: &counts) }
        }
    }

    var isEmpty: Bool { counts.withLock { $0.isEmpty } }

    private static func add(_ quantity: Int, _ key: Key, to counts: inout Counts) {
        let (sum, overflow) = counts[key, default: 0].addingReportingOverflow(quantity)
        counts[key] = overflow ? .max : sum
    }
}

extension EnvelopeItem {
    /// What is lost with the item, by category: attachments in bytes (at least one), a transaction and its spans, logs
    /// one by one and in bytes.
    var outcomes: [(DataCategory, Int)] {
        let category = DataCategory(itemType: type)
        switch category {
        case .attachment: return [(category, max(1, payload.count))]
        case .transaction: return [(category, 1), (.span, spanCount + 1)]
        case .logItem: return [(category, count), (.logByte, payload.count)]
        case .span, .traceMetric: return [(category, count)]
        default: return [(category, 1)]
        }
    }

    /// Of an item that holds several; at least one.
    private var count: Int {
        max(1, header["item_count"]?.integerValue.flatMap { Int(exactly: $0) } ?? 1)
    }

    /// The spans in a transaction; zero when its payload cannot be read.
    private var spanCount: Int {
        (try? JSONValue(parsing: payload))?.objectValue?["spans"]?.arrayValue?.count ?? 0
    }
}
