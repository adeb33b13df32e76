// SPDX-License-Identifier: Apache-2.0

/// The name under which a server finds an image's debug information.
///
/// Source: [Debug meta, ELF images](https://develop.sentry.dev/sdk/data-model/event-payloads/debugmeta/#elf-images).
public enum DebugID {
    /// The first 16 bytes of a build id (zeros where it is shorter) read as a little-endian UUID.
    /// - Parameter codeID: the build id's bytes, 1 … any number.
    /// - Returns: lower case, with dashes; nil for an empty build id.
    public static func from(codeID: some Collection<UInt8>) -> String? {
        guard !codeID.isEmpty else { return nil }
        return text(of: Array(codeID.prefix(16)))
    }

    /// For an image without a build id: the first 4,096 bytes of its `.text`, in chunks of 16 that are XORed.
    /// - Returns: as ``from(codeID:)``; nil for no bytes.
    public static func from(textSection: some Collection<UInt8>) -> String? {
        guard !textSection.isEmpty else { return nil }
        var folded = [UInt8](repeating: 0, count: 16)
        for (index, byte) in textSection.prefix(4096).enumerated() { folded[index % 16] ^= byte }
        return text(of: folded)
    }

    /// - Parameter id: 16 bytes at most; zeros where there are fewer.
    private static func text(of id: [UInt8]) -> String {
        let bytes = id + [UInt8](repeating: 0, count: 16 - id.count)
        let swapped = bytes[0..<4].reversed() + bytes[4..<6].reversed() + bytes[6..<8].reversed() + bytes[8...]
        var text: [UInt8] = []
        for (index, byte) in swapped.enumerated() {
            if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
            text += [hexDigit(byte >> 4), hexDigit(byte & 15)]
        }
        return String(decoding: text, as: UTF8.self)
    }
}
