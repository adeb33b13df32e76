// SPDX-License-Identifier: Apache-2.0

/// What a session measures.
public enum SessionMode: Sendable, Hashable {
    /// One thing that lasts, such as a process: told by itself, under an id.
    case application
    /// One of many, such as a request: only counted, with those that began in the same minute.
    case request
}
