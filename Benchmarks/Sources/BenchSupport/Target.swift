// SPDX-License-Identifier: Apache-2.0

package struct Target {
    let figure: String
    let limit: String
    let measured: String
    let isMet: Bool

    package init(figure: String, limit: String, measured: String, isMet: Bool) {
        self.figure = figure
        self.limit = limit
        self.measured = measured
        self.isMet = isMet
    }
}

extension [Target] {
    package var text: String {
        var table = Table(["figure", "target", "measured", "met"])
        for target in self {
            table.add([target.figure, target.limit, target.measured, target.isMet ? "yes" : "**no**"])
        }
        return table.text
    }
}
