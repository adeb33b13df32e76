// SPDX-License-Identifier: Apache-2.0

public import FaultlineCore

extension FaultlineSDK {
    /// Starts the SDK, which sends its reports over HTTP; see ``/FaultlineCore/FaultlineSDK/start(_:transport:)``.
    public static func start(_ options: Options = Options()) {
        FoundationFacts.setSource(FoundationFacts.reading)
        start(options, transport: HTTPTransport(options))
    }

    /// Starts the SDK, which sends its reports over HTTP; see ``/FaultlineCore/FaultlineSDK/start(_:transport:)``.
    ///
    /// ```swift
    /// FaultlineSDK.start { options in
    ///     options.dsn = "https://key@errors.example.com/1"
    ///     options.release = "shop@1.4.2"
    /// }
    /// ```
    public static func start(_ configure: (inout Options) -> Void) {
        var options = Options()
        configure(&options)
        start(options)
    }
}
