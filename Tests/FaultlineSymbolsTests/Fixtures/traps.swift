// SPDX-License-Identifier: Apache-2.0

// Checks that fail, inlined into functions of their own; an initialiser that traps; a main that is async and throws.

@main struct App {
    static func main() async throws {
        let count = CommandLine.arguments.count
        print(overflow(count, count), element([1, 2], count), unwrapped(count == 1 ? nil : count))
        print(narrowed(count), divided(count, count - 1), Order(id: count).id)
        print(try await awaited(count), counted(CommandLine.arguments))
    }
}

@inline(never) func overflow(_ a: Int, _ b: Int) -> Int { a + b }
@inline(never) func element(_ list: [Int], _ index: Int) -> Int { list[index] }
@inline(never) func unwrapped(_ value: Int?) -> Int { value! }
@inline(never) func narrowed(_ value: Int) -> UInt8 { UInt8(value) }
@inline(never) func divided(_ a: Int, _ b: Int) -> Int { a / b }

@inline(never) func awaited(_ count: Int) async throws -> Int {
    await Task.yield()
    return count + 1
}

struct Order {
    let id: Int

    @inline(never) init(id: Int) {
        precondition(id > 0, "an id begins at 1")
        self.id = id
    }
}

// Far from its caller, where it is inlined.
@inline(__always) func mixed(_ names: inout [String: Int], _ name: String) -> Int {
    let count = names[name, default: 0]
    names[name] = count &+ 1
    return count
}

@inline(never) func counted(_ list: [String]) -> Int {
    var names: [String: Int] = [:]
    var sum = 0
    for name in list {
        sum &+= mixed(&names, name)
    }
    return sum &+ names.count
}
