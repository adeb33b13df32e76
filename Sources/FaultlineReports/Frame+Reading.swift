// SPDX-License-Identifier: Apache-2.0

package import FaultlineProtocol

/// What this SDK says about a frame in `vars`, where the protocol has no word for it.
extension Frame {
    /// Made by the compiler: a thunk that nobody wrote.
    package var isHidden: Bool { fields["vars"]?.objectValue?["hidden"]?.boolValue == true }

    /// The function was inlined into the one below.
    package var isInlined: Bool { fields["vars"]?.objectValue?["inlined"]?.boolValue == true }

    /// Several functions share the code, and the name is that of one of them.
    package var isMerged: Bool { fields["vars"]?.objectValue?["merged"]?.boolValue == true }

    /// The line is that of a neighbouring instruction.
    package var isApproximate: Bool { fields["vars"]?.objectValue?["approximate_line"]?.boolValue == true }

    /// For the frame that stands for the middle of a stack too deep to send (`… 1234 frames left out …`): how many.
    package var framesLeftOut: Int? {
        guard instructionAddress == nil, let function, function.hasPrefix("… "), function.hasSuffix(" left out …")
        else { return nil }
        // Whoever wrote the event wrote the number: it is added to others.
        return Int(function.dropFirst(2).prefix { $0.isNumber }).map { min($0, 1_000_000_000) }
    }
}
