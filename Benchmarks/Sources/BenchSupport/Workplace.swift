// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// Directories of one run.
package struct Workplace {
    package let directory: URL

    /// - Throws: when it exists already.
    package init(below place: URL, name: String) throws {
        directory = place.appending(path: "\(name)-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    }

    package func directory(_ name: String) throws -> URL {
        let place = directory.appending(path: name)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        return place
    }

    package func remove() { try? FileManager.default.removeItem(at: directory) }
}
