// SPDX-License-Identifier: Apache-2.0
//
// What swiftc makes of inlined functions, closures, generics, throwing and async code, witnesses and traps.

protocol Priced {
    var price: Int { get }
}

struct Item: Priced {
    var price: Int
    var parts: [Item] = []
}

enum ShopError: Error {
    case soldOut(Int)
}

@inline(__always) func mixed(_ value: Int) -> Int {
    (value ^ (value >> 7)) &* 31
}

@inline(__always) func mixedTwice(_ value: Int) -> Int {
    mixed(mixed(value) &+ 17)
}

@inline(never) func total<Element: Priced>(_ items: [Element]) -> Int {
    items.reduce(0) { $0 &+ mixedTwice($1.price) }
}

@inline(never) func totalOfAny(_ items: [any Priced]) -> Int {
    items.map(\.price).filter { $0 % 3 != 0 }.reduce(0, &+)
}

@inline(never) func taken(_ index: Int, from items: inout [Item]) throws -> Item {
    guard index < items.count else { throw ShopError.soldOut(index) }
    return items.remove(at: index)  // traps below zero
}

final class Shop {
    private var items: [Item]
    private lazy var names: [Int: String] = [:]

    init(_ count: Int) {
        items = (0..<count).map { Item(price: mixed($0), parts: [Item(price: $0)]) }
    }

    @inline(never) func name(_ index: Int) -> String {
        if let name = names[index] { return name }
        names[index] = "item \(mixedTwice(index))"
        return names[index] ?? ""
    }

    @inline(never) func sell(_ index: Int) -> Int {
        do {
            let item = try taken(index, from: &items)
            return item.price + item.parts[0].price
        } catch {
            return -1
        }
    }
}

@inline(never) func later(_ value: Int) async -> Int {
    await Task.yield()
    return mixedTwice(value)
}

@main
enum Main {
    static func main() async {
        let shop = Shop(CommandLine.arguments.count + 3)
        var sum = total([Item(price: 3), Item(price: 4)]) + totalOfAny([Item(price: shop.sell(0))])
        sum += await withTaskGroup(of: Int.self) { group in
            for index in 0..<3 { group.addTask { await later(index) &+ shop.name(index).count } }
            return await group.reduce(0, &+)
        }
        print(sum)
    }
}
