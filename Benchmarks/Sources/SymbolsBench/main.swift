// SPDX-License-Identifier: Apache-2.0

// What it costs to find the names of addresses, beside other symbolizers. See ../../README.md.

import BenchSupport

run("SymbolsBench") { try SymbolsBench(Arguments(CommandLine.arguments.dropFirst())).run() }
