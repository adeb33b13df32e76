// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

extension Event {
    /// Says why, where so far only the signal was known: `Swift runtime failure: Index out of range`. A message that the
    /// runtime has printed says more, and stays.
    mutating func explainCrash(_ reason: String) {
        var exceptions = self.exceptions
        guard let index = exceptions.indices.last, exceptions[index].mechanism?.synthetic == true else { return }
        exceptions[index].type = "Swift runtime failure"
        exceptions[index].value = reason
        // With it, servers show the function as the title and hide the value.
        exceptions[index].mechanism?.synthetic = nil
        self.exceptions = exceptions
    }
}
