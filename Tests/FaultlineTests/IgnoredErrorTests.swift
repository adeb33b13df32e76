// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Foundation
import NIOCore
import NIOHTTP1
import Testing

@testable import Faultline
@testable import FaultlineCore

/// The errors that the rules know by name are those of SwiftNIO.
struct IgnoredErrorTests {
    private let filter = ErrorFilter([.clientDisconnects, .clientErrors])

    @Test(arguments: [
        ChannelError.alreadyClosed, .eof, .ioOnClosedChannel, .inputClosed, .outputClosed,
    ])
    func `a closed channel is a disconnect`(error: ChannelError) {
        #expect(filter.isIgnored(error))
    }

    @Test func `other errors of channels are reported`() {
        #expect(!filter.isIgnored(ChannelError.connectTimeout(.seconds(1))))
        #expect(!filter.isIgnored(ChannelError.operationUnsupported))
    }

    @Test(arguments: [(ECONNRESET, true), (EPIPE, true), (ENOTCONN, true), (ENOSPC, false)])
    func `an IOError is a disconnect by its errno`(code: Int32, isIgnored: Bool) {
        #expect(filter.isIgnored(IOError(errnoCode: code, reason: "read")) == isIgnored)
    }

    private struct Abort: Error {
        var status: HTTPResponseStatus
    }

    @Test func `a status of SwiftNIO's decides whom an error blames`() {
        #expect(filter.isIgnored(Abort(status: .notFound)))
        #expect(!filter.isIgnored(Abort(status: .badGateway)))
        #expect(filter.isIgnored(Abort(status: .custom(code: 451, reasonPhrase: "No"))))
    }

    @Test func `an IOError tells its errno`() {
        let error = CapturedError(IOError(errnoCode: EMFILE, reason: "accept")).json(stack: nil)
        let exception = error.objectValue?["values"]?.arrayValue?.first?.objectValue
        let meta = exception?["mechanism"]?.objectValue?["meta"]?.objectValue
        #expect(meta?["errno"] == ["number": .integer(Int64(EMFILE))])
    }

    @Test func `Foundation's protocols of errors are read where this product is linked`() throws {
        struct Refused: LocalizedError {
            var errorDescription: String? { "card refused" }
        }
        struct Coded: CustomNSError {
            static var errorDomain: String { "shop.coded" }
            var errorCode: Int { 7 }
        }
        FoundationFacts.setSource(FoundationFacts.reading)
        func exception(_ error: any Error) throws -> Fields {
            let values = CapturedError(error).json(stack: nil).objectValue?["values"]?.arrayValue
            return try #require(values?.first?.objectValue)
        }
        #expect(try exception(Refused())["value"] == "card refused")
        let coded = try exception(Coded())["mechanism"]?.objectValue?["meta"]?.objectValue
        #expect(coded?["ns_error"] == ["domain": "shop.coded", "code": 7])
    }
}
