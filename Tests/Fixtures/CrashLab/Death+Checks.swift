// SPDX-License-Identifier: Apache-2.0

import FaultlineCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension Death {
    /// What Swift and its standard library refuse.
    static let checks: [Death] = [
        Death("fatal-error") { fatalError("the laboratory burns") },
        Death("precondition") { precondition(opaque(0) == 1, "one is one") },
        Death("array-index") { print(element(opaque(7), of: [1, 2, 3])) },
        Death("nil-unwrap") { print(unwrap(opaque(0) == 1 ? 1 : nil)) },
        Death("arithmetic-overflow") { print(increment(Int.max - Int(opaque(0)))) },
        Death("forced-try") { forceTry() },
        Death("forced-cast") { print(forceCast(opaque(1))) },
        Death("duplicate-keys") { print(duplicate(opaque(1))) },
        Death("reversed-range") { print(range(to: opaque(-1)).count) },
        Death("unowned-gone") { print(readUnowned()) },
        Death("exclusive-access") { accessTwice() },
    ]
}

@inline(never)
func element(_ index: Int32, of array: [Int]) -> Int {
    array[Int(index)]
}

@inline(never)
func unwrap(_ value: Int?) -> Int {
    value!
}

@inline(never)
func increment(_ value: Int) -> Int {
    value + 1
}

struct Spill: Error {
    var volume = 3
}

@inline(never)
private func pour(_ volume: Int32) throws {
    if volume > 0 { throw Spill() }
}

@inline(never)
private func forceTry() {
    try! pour(opaque(1))
}

@inline(never)
private func forceCast(_ value: Any) -> String {
    value as! String
}

@inline(never)
private func duplicate(_ key: Int32) -> [Int32: Int] {
    [key: 1, opaque(1): 2]
}

@inline(never)
private func range(to end: Int32) -> Range<Int32> {
    0..<end
}

private final class Flask {
    var volume = Int(opaque(3))
}

@inline(never)
private func readUnowned() -> Int {
    func make() -> () -> Int {
        let flask = Flask()
        return { [unowned flask] in flask.volume }
    }
    return make()()
}

private final class Scale {
    var weight = Int(opaque(3))

    @inline(never)
    func modify(_ body: (inout Int) -> Void) {
        body(&weight)
    }
}

@inline(never)
private func accessTwice() {
    let scale = Scale()
    scale.modify { outer in
        scale.modify { inner in inner += outer }
    }
    print(scale.weight)
}
