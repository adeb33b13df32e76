// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

extension Event {
    enum Kind {
        /// Errors and messages.
        case error
        case transaction
        case checkIn

        /// Of the envelope's item.
        var itemType: String {
            switch self {
            case .error: "event"
            case .transaction: "transaction"
            case .checkIn: "check_in"
            }
        }
    }

    /// By `type`, which an error does not have.
    var kind: Kind {
        switch fields["type"]?.stringValue {
        case "transaction": .transaction
        case "check_in": .checkIn
        default: .error
        }
    }

    /// Of a transaction.
    var spanCount: Int { fields["spans"]?.arrayValue?.count ?? 0 }
}
