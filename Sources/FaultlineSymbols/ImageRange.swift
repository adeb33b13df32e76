// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// Where an image lay in the process that crashed, as its report says.
struct ImageRange: Sendable {
    /// Absolute, or the name of the vDSO. nil: not known.
    let path: String?
    /// nil: it has none, and no file can be known to be it.
    let buildID: [UInt8]?
    let addresses: Range<UInt64>
    /// What the loader added to the addresses in the file.
    let bias: UInt64
    let isExecutable: Bool

    /// nil: the report does not say where it lay.
    init?(_ image: DebugImage, isExecutable: Bool) {
        guard image.type == "elf", let addresses = image.addresses else { return nil }
        path = image.codeFile.flatMap { $0.hasPrefix("/") || DebugFile.isVDSO($0) ? $0 : nil }
        buildID = image.codeID.flatMap { DebugFile.buildID($0) }
        self.addresses = addresses
        bias = addresses.lowerBound &- (image.imageVMAddress ?? 0)
        self.isExecutable = isExecutable
    }
}

/// The images of an event, in its order.
struct ImageRanges: Sendable {
    let all: [ImageRange]
    private let byAddress: [Int]

    init(_ images: [ImageRange]) {
        all = images
        byAddress = images.indices.sorted { images[$0].addresses.lowerBound < images[$1].addresses.lowerBound }
    }

    /// Which of them an address lies in.
    /// - Complexity: O(log n): an event names as many images, and addresses, as it likes.
    func index(of address: UInt64) -> Int? {
        var low = 0, high = byAddress.count
        while low < high {
            let middle = (low + high) / 2
            if all[byAddress[middle]].addresses.lowerBound <= address { low = middle + 1 } else { high = middle }
        }
        guard low > 0, all[byAddress[low - 1]].addresses.contains(address) else { return nil }
        return byAddress[low - 1]
    }
}

/// What was found in one image, by absolute address.
struct ResolvedImage: Sendable {
    let rows: [UInt64: [SymbolRow]]
    let hasDebugInfo: Bool
    /// When the image itself was written, in seconds since 1970; nil: it is not the build that crashed, or is gone.
    let imageWritten: Int?
}

extension ResolvedImage {
    init(_ known: RowMemo.Known, at addresses: [UInt64], bias: UInt64) {
        rows = Dictionary(addresses.map { ($0, known.rows[$0 &- bias] ?? []) }) { first, _ in first }
        hasDebugInfo = known.hasDebugInfo
        imageWritten = known.imageWritten
    }
}
