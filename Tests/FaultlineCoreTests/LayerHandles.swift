// SPDX-License-Identifier: Apache-2.0

import FaultlineCrash

@testable import FaultlineCore

/// The running task's scopes, lowest first.
var layerHandles: [ScopeHandle] { Scopes.bound.layers.map(\.handle) }
