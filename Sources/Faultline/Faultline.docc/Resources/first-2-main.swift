import Faultline

FaultlineSDK.start { options in
    options.release = "shop@1.0"
}

let prices = ["kettle": 4990, "spade": 2450]
let article = CommandLine.arguments.dropFirst().first ?? "kettle"

print("\(article): \(prices[article]!) cents")

await FaultlineSDK.close()
