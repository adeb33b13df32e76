// SPDX-License-Identifier: Apache-2.0
#if Tools
import GRDB
import Hummingbird
#endif
