// SPDX-License-Identifier: Apache-2.0
import Faultline
import Foundation

/// The files of a directory, whose names begin with their date: `2026-11-27.tar`.
struct Backups {
    let directory: String

    /// - Parameter count: the newest that stay.
    /// - Returns: how many were removed.
    func removeOld(keeping count: Int) throws -> Int {
        let names = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
        let old = names.dropLast(count)
        for name in old {
            FaultlineSDK.addBreadcrumb(message: "removing \(name)", category: "backups")
            try FileManager.default.removeItem(atPath: directory + "/" + name)
        }
        return old.count
    }
}
