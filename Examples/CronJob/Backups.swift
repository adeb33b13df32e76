// SPDX-License-Identifier: Apache-2.0
import Faultline
import Foundation

/// The files of a directory that are named by their date, `2026-11-27.tar`. Others are not touched.
struct Backups {
    let directory: String

    /// - Parameter count: the newest that stay.
    /// - Returns: how many were removed.
    func removeOld(keeping count: Int) throws -> Int {
        let old = try FileManager.default.contentsOfDirectory(atPath: directory).filter(isBackup).sorted().dropLast(
            count)
        for name in old {
            FaultlineSDK.addBreadcrumb(message: "removing \(name)", category: "backups")
            try FileManager.default.removeItem(atPath: directory + "/" + name)
        }
        return old.count
    }

    private func isBackup(_ name: String) -> Bool {
        guard name.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}\.tar/) != nil else { return false }
        let attributes = try? FileManager.default.attributesOfItem(atPath: directory + "/" + name)
        return attributes?[.type] as? FileAttributeType == .typeRegular
    }
}
