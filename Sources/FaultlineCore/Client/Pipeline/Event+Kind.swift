// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

extension Event {
    enum Kind {
        /// Errors and messages.
        case error
        case transaction
        case checkIn
        case feedback

        /// Of the envelope's item.
        var itemType: String {
            switch self {
            case .error: "event"
            case .transaction: "transaction"
            case .checkIn: "check_in"
            case .feedback: "feedback"
            }
        }
    }

    /// By `type`, which an error does not have.
    var kind: Kind {
        switch fields["type"]?.stringValue {
        case "transaction": .transaction
        case "check_in": .checkIn
        case "feedback": .feedback
        default: .error
        }
    }

    /// Of a transaction.
    var spanCount: Int { fields["spans"]?.arrayValue?.count ?? 0 }
}
