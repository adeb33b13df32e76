// SPDX-License-Identifier: Apache-2.0

// What a crash costs with Faultline, beside the same crash without it and with Swift's backtracer. See ../../README.md.

import BenchSupport

run("CrashBench") { try CrashBench(Arguments(CommandLine.arguments.dropFirst())).run() }
