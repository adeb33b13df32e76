// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import CCapture
import NIOCore
import NIOHTTP1

/// The floor of a load: AsyncHTTPClient alone, with a body of the size of a compressed event, as many requests at once as
/// Faultline has on their way, for so many seconds.
func bare(port: Int, seconds: Int) async throws {
    let client = HTTPClient(configuration: .init(redirectConfiguration: .disallow))
    let loop = client.eventLoopGroup.any()
    var request = try HTTPClient.Request(url: "http://127.0.0.1:\(port)/api/1/envelope/", method: .POST)
    request.headers.add(name: "Content-Type", value: "application/x-sentry-envelope")
    request.body = .byteBuffer(ByteBuffer(repeating: UInt8(ascii: "x"), count: 700))
    let began = capture_clock(), end = began + UInt64(seconds) * 1_000_000_000
    let answered = try await withThrowingTaskGroup(of: Int.self) { [request] group in
        for _ in 0..<8 {
            group.addTask {
                var count = 0
                while capture_clock() < end {
                    _ = try await client.execute(
                        request: request, eventLoop: .delegate(on: loop), deadline: .now() + .seconds(30)
                    ).get()
                    count += 1
                }
                return count
            }
        }
        return try await group.reduce(0, +)
    }
    let elapsed = capture_clock() - began
    try await client.shutdown()
    answer("\(answered) \(elapsed / 1000)")
}
