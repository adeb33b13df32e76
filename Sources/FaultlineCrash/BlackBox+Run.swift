// SPDX-License-Identifier: Apache-2.0

internal import CFaultlineCrash

extension BlackBox {
    /// Keeps the process's session as it would be told next: should the process die, the next start tells its end.
    /// - Parameter json: an object; empty: there is no session, or it is over. One of more than some 2,000 bytes is not
    ///   kept.
    package static func setSession(_ json: [UInt8]) {
        if !json.withUnsafeBufferPointer({ fl_box_set_session($0.baseAddress, $0.count) }) {
            _ = fl_box_set_session(nil, 0)
        }
    }

    /// Marks the run as one with callbacks that must see its report: only the service itself sends it then.
    package static func noteCallbacks() {
        fl_box_set_has_callbacks(true)
    }
}
