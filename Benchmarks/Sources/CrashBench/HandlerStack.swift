// SPDX-License-Identifier: Apache-2.0

import BenchSupport
import CDriver

/// What the handler takes of the stack that the kernel starts it on, before it leaves it.
struct HandlerStack: Figure {
    private var bytes: UInt64 = 0
    private var instructions: UInt64 = 0

    init(_ laboratory: Laboratory) throws {
        progress("the handler's stack, instruction by instruction")
        try laboratory.withVictim(.faultline, .one) { process, place in
            try laboratory.check("go through the handler", place.output) {
                driver_measure_stack(&process, &bytes, &instructions)
            }
        }
    }

    let title = "The handler's stack before the switch"

    var text: String {
        """
        \(bytes) bytes below the kernel's frame, seen by stepping through the handler's first \(instructions) \
        instructions, until it was on the reporter's stack.
        """
    }

    var targets: [Target] {
        [
            Target(
                figure: "handler's stack before the switch", limit: "<= 2,048 bytes", measured: "\(bytes) bytes",
                isMet: bytes <= 2048)
        ]
    }
}
