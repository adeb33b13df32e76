// SPDX-License-Identifier: Apache-2.0
#if Tools
import ArgumentParser
#endif
print("stub")
