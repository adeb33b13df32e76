// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineCollector
import Foundation

/// A data directory of a test's own, removed with what it holds.
final class TemporaryDirectory: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/faultline-test-XXXXXX".utf8CString)
        path = String(cString: mkdtemp(&template)!)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Not there until a store makes it.
    var data: String { path + "/state/collector" }

    static func mode(of path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
}
#endif
