// SPDX-License-Identifier: Apache-2.0

/// The compiler's version, which is the runtime's too: the standard library is built with the program or shipped with its
/// toolchain. Nothing in either tells it at run time; the compiler answers questions only.
enum SwiftVersion {
    static let text: String = {
        #if compiler(>=6.5)
        "6.5 or later"
        #elseif compiler(>=6.4.1)
        "6.4.1 or later"
        #elseif compiler(>=6.4)
        "6.4"
        #elseif compiler(>=6.3.3)
        "6.3.3 or later"
        #elseif compiler(>=6.3.2)
        "6.3.2"
        #elseif compiler(>=6.3.1)
        "6.3.1"
        #elseif compiler(>=6.3)
        "6.3"
        #elseif compiler(>=6.2.4)
        "6.2.4 or later"
        #elseif compiler(>=6.2.3)
        "6.2.3"
        #elseif compiler(>=6.2.2)
        "6.2.2"
        #elseif compiler(>=6.2.1)
        "6.2.1"
        #else
        "6.2"
        #endif
    }()
}
