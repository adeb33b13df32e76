// SPDX-License-Identifier: Apache-2.0

extension FaultlineSDK {
    /// Notes in the isolation scope that a feature flag was asked for, and the answer; see
    /// ``Scope/addFeatureFlag(_:_:)``.
    public static func addFeatureFlag(_ flag: String, _ result: Bool) {
        isolationScope.addFeatureFlag(flag, result)
    }
}
