// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash

extension FaultlineSDK {
    // MARK: - Current scope

    /// Runs `body` with a current scope of its own, which begins as a copy of the one outside: what `body` sets on it is
    /// on events captured inside, and gone afterwards. ``setTag(_:_:)`` and its like write the isolation scope, also
    /// inside.
    ///
    /// ```swift
    /// FaultlineSDK.withScope { scope in
    ///     scope.setTag("attempt", "2")
    ///     FaultlineSDK.captureException(error)
    /// }
    /// ```
    public static func withScope<Result>(_ body: (Scope) throws -> Result) rethrows -> Result {
        try withScope(Scopes.bound.current.fork(.current), body)
    }

    /// Runs `body` with a current scope of its own, on the caller's actor; see the form that is not `async`.
    public static func withScope<Result>(
        isolation: isolated (any Actor)? = #isolation, _ body: (Scope) async throws -> Result
    ) async rethrows -> Result {
        try await withScope(Scopes.bound.current.fork(.current), isolation: isolation, body)
    }

    /// Runs `body` with `scope` as the current scope: no copy, so what is set on it stays on it.
    public static func withScope<Result>(_ scope: Scope, _ body: (Scope) throws -> Result) rethrows -> Result {
        try Scopes.$bound.withValue(Scopes.running.inBlock(scope)) { try body(scope) }
    }

    /// Runs `body` with `scope` as the current scope, on the caller's actor; see the form that is not `async`.
    public static func withScope<Result>(
        _ scope: Scope, isolation: isolated (any Actor)? = #isolation, _ body: (Scope) async throws -> Result
    ) async rethrows -> Result {
        try await Scopes.$bound.withValue(
            Scopes.running.inBlock(scope), operation: { try await body(scope) }, isolation: isolation)
    }

    // MARK: - Isolation scope

    /// Runs `body` in an isolation scope of its own: it begins as a copy of the one outside, and what is set in it is seen
    /// by nobody outside. The current scope is copied, too. Child tasks see it; a detached task does not.
    public static func withIsolationScope<Result>(_ body: (Scope) throws -> Result) rethrows -> Result {
        let scopes = Scopes.running.forked()
        return try Scopes.$bound.withValue(scopes) { try body(scopes.isolation) }
    }

    /// Runs `body` in an isolation scope of its own, on the caller's actor; see the form that is not `async`.
    public static func withIsolationScope<Result>(
        isolation: isolated (any Actor)? = #isolation, _ body: (Scope) async throws -> Result
    ) async rethrows -> Result {
        let scopes = Scopes.running.forked()
        return try await Scopes.$bound.withValue(
            scopes, operation: { try await body(scopes.isolation) }, isolation: isolation)
    }

    /// Runs `body` with `scope` as the isolation scope: no copy, so what is set on it stays on it. The current scope is
    /// copied.
    public static func withIsolationScope<Result>(_ scope: Scope, _ body: (Scope) throws -> Result) rethrows -> Result {
        scope.beTraced()
        let scopes = Scopes.running.forked(isolation: scope)
        return try Scopes.$bound.withValue(scopes) { try body(scope) }
    }

    /// Runs `body` with `scope` as the isolation scope, on the caller's actor; see the form that is not `async`.
    public static func withIsolationScope<Result>(
        _ scope: Scope, isolation: isolated (any Actor)? = #isolation, _ body: (Scope) async throws -> Result
    ) async rethrows -> Result {
        scope.beTraced()
        let scopes = Scopes.running.forked(isolation: scope)
        return try await Scopes.$bound.withValue(scopes, operation: { try await body(scope) }, isolation: isolation)
    }

    // MARK: - Names of earlier SDKs

    /// Runs `body` with a copy of the isolation scope, which it is given; the current scope stays. Use
    /// `withScope` for a block, or `withIsolationScope` for a request.
    public static func pushScope<Result>(_ body: (Scope) throws -> Result) rethrows -> Result {
        let scope = Scopes.bound.isolation.fork(.isolation)
        return try Scopes.$bound.withValue(Scopes.running.isolated(in: scope)) { try body(scope) }
    }

    /// Runs `body` with a copy of the isolation scope, on the caller's actor; see the form that is not `async`.
    public static func pushScope<Result>(
        isolation: isolated (any Actor)? = #isolation, _ body: (Scope) async throws -> Result
    ) async rethrows -> Result {
        let scope = Scopes.bound.isolation.fork(.isolation)
        return try await Scopes.$bound.withValue(
            Scopes.running.isolated(in: scope), operation: { try await body(scope) }, isolation: isolation)
    }

    /// Calls `body` with the isolation scope.
    public static func configureScope(_ body: (Scope) -> Void) {
        body(Scopes.bound.isolation)
    }
}
