// SPDX-License-Identifier: Apache-2.0

/// Where a transaction's name comes from: whether it groups well.
///
/// Source: [Transaction annotations](https://develop.sentry.dev/sdk/foundations/transport/event-payloads/transaction/).
public enum TransactionSource: String, Sendable, Hashable, CaseIterable {
    /// The service's own words.
    case custom
    /// A raw address, `/orders/17`: many names for one thing. Not told to other services.
    case url
    /// A route, `/orders/{id}`.
    case route
    /// What is shown.
    case view
    /// A part of the software.
    case component
    /// A job.
    case task
}
