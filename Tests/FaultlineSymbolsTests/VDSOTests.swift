// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Foundation
import Testing

@testable import FaultlineSymbols

@Suite struct VDSOTests {
    #if arch(arm64)
    static let function = "__kernel_clock_gettime"
    #else
    static let function = "__vdso_clock_gettime"
    #endif

    @Test(.enabled(if: OwnVDSO() != nil, "this kernel has no vDSO"))
    func `an address in the vDSO has the name of its function`() throws {
        let own = try #require(OwnVDSO())
        let library = try #require(dlopen("linux-vdso.so.1", RTLD_LAZY | RTLD_NOLOAD))
        let address = UInt64(UInt(bitPattern: dlsym(library, Self.function)))
        try #require(own.addresses.contains(address))

        let frame = try symbolicated(address + 1, own, codeID: try own.buildID())
        #expect(frame.function?.hasSuffix("clock_gettime") == true)
        #expect(frame.symbolAddress == address)
        #expect(frame.inApp == false)
    }

    @Test(.enabled(if: OwnVDSO() != nil, "this kernel has no vDSO"))
    func `the vDSO of another kernel gives no names`() throws {
        let own = try #require(OwnVDSO())
        let frame = try symbolicated(own.addresses.lowerBound + 0x800, own, codeID: [1, 2, 3])
        #expect(frame.function == nil)
    }

    private func symbolicated(_ address: UInt64, _ own: OwnVDSO, codeID: [UInt8]) throws -> Frame {
        var image = DebugImage()
        image.type = "elf"
        image.imageAddress = own.addresses.lowerBound
        image.imageSize = own.addresses.upperBound - own.addresses.lowerBound
        image.imageVMAddress = 0
        image.codeFile = "linux-vdso.so.1"
        image.codeID = DebugFile.hexadecimal(codeID)
        var executable = image
        executable.codeFile = "/nowhere"
        executable.imageAddress = 0x1000
        executable.imageSize = 0x1000
        var frame = Frame()
        frame.instructionAddress = address
        var stacktrace = Stacktrace()
        stacktrace.frames = [frame]
        var exception = ExceptionValue()
        exception.stacktrace = stacktrace
        var event = Event()
        event.debugImages = [executable, image]
        event.exceptions = [exception]
        _ = EventSymbolicator(options: SymbolicatorOptions()).symbolicate(&event)
        return try #require(event.exceptions.last?.stacktrace?.frames.last)
    }
}

/// As `/proc/self/maps` has it.
private struct OwnVDSO {
    let addresses: Range<UInt64>

    init?() {
        let maps = FileHandle(forReadingAtPath: "/proc/self/maps")?.readDataToEndOfFile() ?? Data()
        let lines = String(decoding: maps, as: UTF8.self).split(separator: "\n")
        guard let line = lines.first(where: { $0.hasSuffix("[vdso]") })
        else { return nil }
        let numbers = line.prefix { $0 != " " }.split(separator: "-").compactMap { UInt64($0, radix: 16) }
        guard numbers.count == 2 else { return nil }
        addresses = numbers[0]..<numbers[1]
    }

    /// What `readelf` says of a copy.
    func buildID() throws -> [UInt8] {
        let workshop = try Workshop()
        let start = try #require(UnsafeRawPointer(bitPattern: UInt(addresses.lowerBound)))
        let bytes = Data(bytes: start, count: addresses.count)
        try bytes.write(to: workshop.directory.appendingPathComponent("vdso"))
        return try FaultlineSymbolsTests.buildID(of: workshop.path("vdso"))
    }
}
