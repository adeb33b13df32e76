// SPDX-License-Identifier: Apache-2.0

// `Event`, `Level`, `User`, `Breadcrumb` … are part of the SDK's API: adopters write one import.
@_exported public import FaultlineProtocol
