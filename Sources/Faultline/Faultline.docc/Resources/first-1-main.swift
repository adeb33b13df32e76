let prices = ["kettle": 4990, "spade": 2450]
let article = CommandLine.arguments.dropFirst().first ?? "kettle"

print("\(article): \(prices[article]!) cents")
