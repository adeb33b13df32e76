// SPDX-License-Identifier: Apache-2.0

/// A figure would be of something that was not done.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
