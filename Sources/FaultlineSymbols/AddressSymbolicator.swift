// SPDX-License-Identifier: Apache-2.0

package import FaultlineFiles

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// What an image's debug information says of addresses in it, for tools: the chains as they are in the file. Nothing is
/// chosen for display: code that the compiler made keeps its line 0, traps and thunks are functions like others.
package struct AddressSymbolicator: ~Copyable {
    private let file: SymbolFile
    private let options: SymbolicatorOptions
    private let indexes: SymbolIndexes?

    /// How a chain is written.
    package enum Format: Sendable {
        /// `{"address":"0x…","frames":[{"function","raw_function","file","line","column","inlined"}…]}` and a newline.
        /// `function`, `raw_function` and `file` are null, `line` and `column` 0 where nothing is known.
        case json
        /// As `llvm-symbolizer` does: a line for the function, one for the place, for each level; then an empty one.
        /// `shown` gets the names of functions and files, which whoever made the file chose.
        case text(shown: @Sendable (String) -> String)
    }

    /// - Parameter image: any ELF file. Where it has no debug information, that of a debug file with its build id, or of
    ///   the one that it names, is used, if there is one.
    /// - Throws: why it cannot be read, in a sentence.
    package init(image: String, options: SymbolicatorOptions) throws(AddressSymbolicatorError) {
        do throws(SymbolFile.Failure) {
            let file = try SymbolFile(image, buildID: nil, options: options)
            let buildID = file.buildID
            if file.hasDebugInfo {
                self.file = file
            } else {
                self.file = try DebugFile.open(
                    path: image, buildID: buildID.isEmpty ? nil : buildID, options: options)
            }
            self.options = options
            indexes = options.indexDirectory.map { SymbolIndexes(directory: $0) }
        } catch {
            throw AddressSymbolicatorError(image: image, failure: error)
        }
    }

    /// Calls `body` with the chain of each address, in their order. Ten thousand share a look-up, which may take as long
    /// as the options say.
    /// - Parameters:
    ///   - addresses: as linked. They are written as they are given.
    ///   - areReturnAddresses: looks up the byte before each: a return address is that of the next instruction.
    ///   - body: gets the index of the address, and its chain as UTF-8 text.
    package func chains(
        at addresses: [UInt64], areReturnAddresses: Bool, format: Format, _ body: (Int, [UInt8]) -> Void
    ) {
        let places = areReturnAddresses ? addresses.map { $0 == 0 ? 0 : $0 - 1 } : addresses
        var writer = ChainWriter(format: format)
        indexes?.apply(to: file, buildID: file.buildID)
        if addresses.count <= Self.shareOfLookUp {
            file.lookUp(places, limits: options.limits) { index, rows in
                writer.write(addresses[index], rows)
                body(index, writer.text)
            }
            return
        }
        // Neighbours together: they are in the same units.
        let order = places.indices.sorted { places[$0] < places[$1] }
        var texts = [[UInt8]](repeating: [], count: addresses.count)
        for start in stride(from: 0, to: order.count, by: Self.shareOfLookUp) {
            let share = order[start...].prefix(Self.shareOfLookUp)
            file.lookUp(share.map { places[$0] }, limits: options.limits) { index, rows in
                let index = order[start + index]
                writer.write(addresses[index], rows)
                texts[index] = writer.text
            }
        }
        for (index, text) in texts.enumerated() { body(index, text) }
    }

    /// A look-up has room for 2^18 rows (`FL_MAX_ROWS` of CHelpers/symbols/dwarf.h), and an address that finds none left
    /// would be its symbol alone.
    private static let shareOfLookUp = 10_000

    /// Keeps the image's index in the directory that the options name, where there is none yet.
    /// - Throws: why it cannot be kept, in a sentence.
    package func storeIndex() throws(SystemError) {
        try indexes?.store(file, buildID: file.buildID, limits: options.limits)
    }
}

/// Why an image gave no names.
package struct AddressSymbolicatorError: Error, CustomStringConvertible {
    package let image: String
    let failure: SymbolFile.Failure

    package var description: String {
        switch failure {
        case .noLibelf: "libelf is not installed; install it (Debian, Ubuntu: libelf1)"
        case .notELF, .otherBuild: "\(image): not a 64-bit little-endian ELF file"
        // As mapped_file.c says these two.
        case .unreadable(EINVAL): "\(image): not a regular file"
        case .unreadable(ENODATA): "\(image): is empty"
        case .unreadable(let code): "\(image): \(String(cString: strerror(code)))"
        }
    }
}
