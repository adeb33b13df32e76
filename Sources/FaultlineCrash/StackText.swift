// SPDX-License-Identifier: Apache-2.0

internal import CFaultlineCrash
internal import FaultlineFiles
package import FaultlineProtocol

/// A ``LiveStack`` as JSON text, for an event that is put together from bytes.
///
/// The frames have addresses only. The images they lie in stand in `debug_meta`, the executable, which readers take for
/// the program, first; each image's text is made once and copied from then on.
package struct StackText: Sendable {
    private let stack: LiveStack
    private let images: LoadedImages

    package init(_ stack: LiveStack) {
        self.stack = stack
        images = LoadedImages.current(loaded: stack.loaded)
    }

    /// About how much all that is written of it takes, in bytes.
    package var size: Int { 48 * stack.addresses.count + 2048 }

    /// A stack trace object. `all`: each address is one behind the instruction it stands for, the newest too, since the
    /// function there has called us
    /// (`instruction_addr_adjustment` of https://develop.sentry.dev/sdk/data-model/event-payloads/stacktrace/).
    package func writeStacktrace(to text: inout [UInt8]) {
        text.append(Self.beginning)
        // Frames have at most this many bytes; the array would look at its capacity for each of theirs.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64 * stack.addresses.count + 128) { room in
            guard let start = room.baseAddress else { return }
            var frames = ByteCursor(at: start)
            for (index, address) in stack.addresses.enumerated() {
                if index == stack.newest && stack.leftOut > 0 { writeGap(to: &frames) }
                frames.put(index > 0 ? #",{"instruction_addr":"0x"# : #"{"instruction_addr":"0x"#)
                frames.putHexadecimal(address)
                let starts = index == stack.awaiting && index > 0
                frames.put(starts ? #"","stack_start":true}"# : #""}"#)
            }
            text.append(contentsOf: UnsafeBufferPointer(start: start, count: frames.at - start))
        }
        text.append("]}")
    }

    /// Stands for the middle of a stack too deep to send, as in crash reports.
    private func writeGap(to frames: inout ByteCursor) {
        frames.put(#",{"function":"… "#)
        for digit in "\(stack.leftOut)".utf8 { frames.put(digit) }
        frames.put(#" frames left out …","in_app":false}"#)
    }

    /// A `debug_meta` object.
    package func writeDebugMeta(to text: inout [UInt8]) {
        text.append(#"{"images":["#)
        images.write(of: stack.addresses, to: &text)
        text.append("]}")
    }

    /// A `threads` object of the calling thread alone.
    package func writeThreads(to text: inout [UInt8]) {
        text.append(#"{"values":["#)
        writeThread(to: &text)
        text.append("]}")
    }

    /// As trees, for those who change them.
    package var threads: JSONValue? { parsed(writeThreads) }
    package var debugMeta: JSONValue? { parsed(writeDebugMeta) }

    private func parsed(_ write: (inout [UInt8]) -> Void) -> JSONValue? {
        var text: [UInt8] = []
        write(&text)
        return try? JSONValue(parsing: text)
    }

    /// An entry of `threads` for the calling thread, which should be the stack's.
    package func writeThread(to text: inout [UInt8]) {
        var thread = fl_live_thread()
        fl_live_thread_find(&thread)
        text.append(#"{"id":"#)
        text.append(contentsOf: "\(thread.id)".utf8)
        withUnsafeBytes(of: &thread.name) { name in
            let name = name.prefix { $0 != 0 }
            guard !name.isEmpty else { return }
            text.append(#","name":"#)
            JSONValue.string(String(decoding: name, as: UTF8.self)).write(to: &text)
        }
        text.append(thread.main ? #","main":true"# : #","main":false"#)
        text.append(#","crashed":false,"current":true"#)
        if !stack.isEmpty {
            text.append(#","stacktrace":"#)
            writeStacktrace(to: &text)
        }
        text.append("}")
    }
}

/// What the loader has mapped, each image with its text.
final class LoadedImages: Sendable {
    private let loaded: UInt64
    /// In the loader's order.
    private let texts: [[UInt8]]
    /// By address: where each begins and ends, and its place in `texts`.
    private let places: [(low: UInt64, high: UInt64, index: Int)]

    private static let newest = Lock<LoadedImages?>(nil)

    /// - Parameter loaded: how many libraries have come and gone. The list is made anew when it is not of that time.
    static func current(loaded: UInt64) -> LoadedImages {
        newest.withLock { newest in
            if let newest, newest.loaded == loaded { return newest }
            let made = LoadedImages(loaded: loaded)
            newest = made
            return made
        }
    }

    private struct Found {
        var texts: [[UInt8]] = []
        var places: [(low: UInt64, high: UInt64, index: Int)] = []
    }

    private init(loaded: UInt64) {
        var found = Found()
        withUnsafeTemporaryAllocation(byteCount: 32 << 10, alignment: 8) { scratch in
            let start = scratch.baseAddress?.assumingMemoryBound(to: UInt8.self)
            let buffer = fl_as_buffer(start: start, at: start, end: start.map { $0 + scratch.count }, full: false)
            withUnsafeMutablePointer(to: &found) { found in
                fl_live_images(buffer, found) { context, low, high, json, length in
                    guard let found = context?.assumingMemoryBound(to: Found.self) else { return }
                    found.pointee.places.append((low, high, found.pointee.texts.count))
                    found.pointee.texts.append(Array(UnsafeBufferPointer(start: json, count: length)))
                }
            }
        }
        self.loaded = loaded
        texts = found.texts
        places = found.places.sorted { $0.low < $1.low }
    }

    func write(of addresses: [UInt64], to text: inout [UInt8]) {
        guard !texts.isEmpty else { return }
        withUnsafeTemporaryAllocation(of: Bool.self, capacity: texts.count) { wanted in
            wanted.initialize(repeating: false)
            wanted[0] = true
            var last = places[0]
            for address in addresses {
                if address < last.low || address >= last.high {
                    guard let place = place(of: address) else { continue }
                    last = place
                }
                wanted[last.index] = true
            }
            for index in texts.indices where wanted[index] {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                text.append(contentsOf: texts[index])
            }
        }
    }

    private func place(of address: UInt64) -> (low: UInt64, high: UInt64, index: Int)? {
        var low = 0, high = places.count
        while low < high {
            let middle = (low + high) / 2
            if places[middle].low <= address { low = middle + 1 } else { high = middle }
        }
        guard low > 0, address < places[low - 1].high else { return nil }
        return places[low - 1]
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ literal: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }
}

/// Writes into memory that is known to be enough.
private struct ByteCursor {
    private(set) var at: UnsafeMutablePointer<UInt8>

    init(at: UnsafeMutablePointer<UInt8>) {
        self.at = at
    }

    mutating func put(_ literal: StaticString) {
        at.update(from: literal.utf8Start, count: literal.utf8CodeUnitCount)
        at += literal.utf8CodeUnitCount
    }

    mutating func put(_ byte: UInt8) {
        at.pointee = byte
        at += 1
    }

    /// Lower case, without leading zeros.
    mutating func putHexadecimal(_ value: UInt64) {
        let digits = max(1, (64 - value.leadingZeroBitCount + 3) / 4)
        for place in stride(from: (digits - 1) * 4, through: 0, by: -4) {
            let digit = UInt8(value >> UInt64(place) & 15)
            put(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
