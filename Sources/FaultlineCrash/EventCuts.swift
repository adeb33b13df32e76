// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// What was left out of an event, told to a server by place (`_meta`) and to a person in words and numbers.
///
/// `_meta` mirrors the event: the node of what was changed has a member "" with `len`, the length before, or `rem`, what
/// was done: here `["!limit", "x"]`, removed because of a limit. Elements of a list are named by their index.
/// Source: https://develop.sentry.dev/sdk/data-model/event-payloads/ and getsentry/relay, relay-protocol `Meta`.
struct EventCuts {
    /// A member of the totals.
    enum Part: String {
        case frames, stacks, images, breadcrumbs
        case equalStacks = "equal_stacks"
        /// Frames that had one.
        case sourceContexts = "source_contexts"
    }

    private var names: [JSONValue] = []
    private var totals: Fields = [:]
    private var meta: Node
    private let before: Event

    /// - Parameter before: the event, of which nothing is left out yet; the lengths are looked up in it.
    init(before: Event) {
        self.before = before
        meta = Node(before.fields["_meta"])
    }

    var isEmpty: Bool { names.isEmpty }

    static func stack(ofThread index: Int) -> [String] { ["threads", "values", "\(index)", "stacktrace"] }

    /// A list lost elements.
    mutating func shortened(_ place: [String]) {
        let length = length(at: place)
        meta.change(place[...]) { node in
            if node.own["len"] == nil { node.own["len"] = .integer(Int64(length)) }
        }
    }

    /// A member is not there any more.
    mutating func removed(_ place: [String]) {
        meta.change(place[...]) { $0 = Node(own: ["rem": [["!limit", "x"]]]) }
    }

    mutating func count(_ part: Part, _ number: Int) {
        let before = totals[part.rawValue]?.integerValue ?? 0
        totals[part.rawValue] = .integer(before + Int64(number))
    }

    /// Adds a step to what the event says.
    mutating func tell(_ step: String, in event: inout Event) {
        names.append(.string(step))
        tellPlaces(in: &event)
        event.tellFaultline(["left_out": .array(names), "left_out_total": .object(totals)])
    }

    func tellPlaces(in event: inout Event) {
        event.fields["_meta"] = meta.json
    }

    /// How many elements the list had, those included that were left out when it was captured.
    private func length(at place: [String]) -> Int {
        var value = JSONValue.object(before.fields)
        for key in place {
            if let list = value.arrayValue, let index = Int(key), list.indices.contains(index) {
                value = list[index]
            } else {
                value = value.objectValue?[key] ?? .null
            }
        }
        let elements = value.arrayValue ?? []
        return elements.reduce(0) { sum, element in
            sum + (element.objectValue.flatMap { Frame(fields: $0).framesLeftOut } ?? 1)
        }
    }

    private struct Node {
        var own: Fields = [:]
        var children: [String: Node] = [:]

        init(own: Fields) {
            self.own = own
        }

        init(_ json: JSONValue?) {
            for (key, value) in json?.objectValue ?? [:] {
                if key.isEmpty { own = value.objectValue ?? [:] } else { children[key] = Node(value) }
            }
        }

        mutating func change(_ place: ArraySlice<String>, _ change: (inout Node) -> Void) {
            guard let key = place.first else { return change(&self) }
            children[key, default: Node(own: [:])].change(place.dropFirst(), change)
        }

        /// Indices in their order.
        var json: JSONValue {
            var members: [(String, JSONValue)] = own.isEmpty ? [] : [("", .object(own))]
            let inOrder = children.sorted { ($0.key.utf8.count, $0.key) < ($1.key.utf8.count, $1.key) }
            members += inOrder.map { ($0.key, $0.value.json) }
            return .object(Fields(members))
        }
    }
}

extension Event {
    /// What a report says of itself stands in one context.
    mutating func tellFaultline(_ members: Fields) {
        contexts["faultline"] = .object((contexts["faultline"]?.objectValue ?? [:]).merging(members))
    }
}
