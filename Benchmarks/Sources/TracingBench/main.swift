// SPDX-License-Identifier: Apache-2.0

// What spans cost, beside sentry-python, and what a server's middleware costs. See ../../README.md.

import BenchSupport

run("TracingBench") { try TracingBench(Arguments(CommandLine.arguments.dropFirst())).run() }
