// SPDX-License-Identifier: Apache-2.0

// What capturing costs, beside sentry-python; what is lost and kept under load. See ../../README.md.

import BenchSupport

run("CaptureBench") { try CaptureBench(Arguments(CommandLine.arguments.dropFirst())).run() }
