/* SPDX-License-Identifier: Apache-2.0 */
#ifdef FL_UNINSTRUMENTED
#pragma clang attribute pop
#undef FL_UNINSTRUMENTED
#endif
