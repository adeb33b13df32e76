// SPDX-License-Identifier: Apache-2.0

/// Marks a tracer of another library's kind whose spans are ours: who makes a span by hand around something that is traced
/// already asks for it, and makes none twice.
package protocol FaultlineSpanMaker {}
