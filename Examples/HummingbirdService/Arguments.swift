// SPDX-License-Identifier: Apache-2.0
#if Tools
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// `--hostname 127.0.0.1 --port 8080`; port 0 takes a free one.
struct Arguments {
    var hostname = "127.0.0.1"
    var port = 8080

    init(_ words: [String]) {
        var words = words.dropFirst()
        while let name = words.popFirst() {
            switch (name, words.popFirst()) {
            case ("--hostname", let value?): hostname = value
            case ("--port", let value?) where Int(value).map { (0...65535).contains($0) } == true:
                port = Int(value) ?? port
            default:
                say("usage: HummingbirdService [--hostname 127.0.0.1] [--port 8080]; SENTRY_DSN, SENTRY_RELEASE")
                exit(name == "--help" ? 0 : 64)
            }
        }
    }
}

/// Prints a line at once, also into a pipe.
func say(_ line: String) {
    print(line)
    fflush(nil)
}
#endif
