// SPDX-License-Identifier: Apache-2.0

/// The release of a service that says none: the platform's name for what it has deployed.
///
/// `git rev-parse HEAD`, which other SDKs ask too, is not asked: a server has no checkout, and where one is found, it
/// says where the checkout stands, not what the program was built from. A wrong release costs more than none.
enum ReleaseDetection {
    static let variables = [
        "HEROKU_BUILD_COMMIT", "HEROKU_SLUG_COMMIT", "SOURCE_VERSION", "CODEBUILD_RESOLVED_SOURCE_VERSION",
        "CIRCLE_SHA1", "GAE_DEPLOYMENT_ID", "K_REVISION",
    ]

    /// The first that a server takes as a release. The others are passed over in silence: nobody wrote them for us.
    static func release(_ variable: (String) -> String?) -> String? {
        for name in variables {
            if let text = Options.stripped(variable(name)), Options.fault(ofRelease: text) == nil { return text }
        }
        return nil
    }
}
