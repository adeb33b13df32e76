// SPDX-License-Identifier: Apache-2.0
#if Tools

/// What keeps the collector or its commands from doing what was asked, in a sentence that says what to do.
package enum CollectorError: Error, Hashable, CustomStringConvertible {
    /// The data directory can be neither made nor used.
    case unusableData(directory: String, reason: String)
    /// Nothing was ever collected in the directory.
    case noData(directory: String)
    /// Somebody else listens there.
    case portInUse(Int)
    /// The server cannot listen for another reason.
    case cannotListen(port: Int, reason: String)
    /// The store is empty.
    case noReports(directory: String)
    /// No event's id begins so.
    case noReport(id: String, directory: String)
    /// Several events' ids begin so.
    case severalReports(id: String, matches: [String])

    /// One sentence for standard error.
    package var description: String {
        switch self {
        case .unusableData(let directory, let reason):
            "data: `\(directory)` cannot be used: \(reason); give a directory that you may write to with --data"
        case .noData(let directory):
            "data: there is no \(Store.fileName) in `\(directory)`; "
                + "give the directory of your `faultline serve` with --data"
        case .portInUse(let port):
            "port: \(port) on 127.0.0.1 is in use; end what listens there, or let --port 0 pick a free one"
        case .cannotListen(let port, let reason):
            "port: cannot listen on 127.0.0.1:\(port): \(reason); try --port 0, which picks a free one"
        case .noReports(let directory):
            "no report in `\(directory)` yet; --wait SECONDS waits for the first"
        case .noReport(let id, let directory):
            "no report in `\(directory)` has an id that begins with `\(id)`; `faultline issues` lists them"
        case .severalReports(let id, let matches):
            "`\(id)` begins the ids of several reports (\(matches.joined(separator: ", "))); give more digits"
        }
    }
}
#endif
