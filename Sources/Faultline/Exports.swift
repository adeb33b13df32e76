// SPDX-License-Identifier: Apache-2.0

// Adopters write one import.
@_exported public import FaultlineCore
