// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Testing

@Suite struct LevelTests {
    @Test(arguments: Level.allCases)
    func `a level reads back from its wire name`(_ level: Level) {
        #expect(Level(rawValue: level.rawValue) == level)
    }

    @Test func `critical is fatal, and anything else is none`() {
        #expect(Level(rawValue: "critical") == .fatal)
        #expect(Level.fatal.rawValue == "fatal")
        #expect(Level(rawValue: "Error") == nil)
        #expect(Level(rawValue: "") == nil)
    }
}
