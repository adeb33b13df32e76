/* SPDX-License-Identifier: Apache-2.0
 *
 * The input is the file of a dead run's black box, which may be torn, cut short, or made by an enemy. Checked: no
 * fault, answers lie inside the input, and a buffer that was too small is left as it was. */
#include "../../CHelpers/crash/handler/blackbox_format.h"
#include <stdlib.h>
#include <string.h>

enum { SCOPES = 64, LARGE = 256 << 10, SMALL = 64 };

/* As recovery reads, so with a buffer that is large enough; and with one that is not. */
static void read_scopes(fl_box_view view, const fl_scope *scopes, size_t count, size_t capacity) {
    static fl_box_scratch *scratch;
    if (!scratch) scratch = malloc(fl_box_scratch_size());
    uint8_t *block = malloc(capacity);
    if (!scratch || !block) abort();
    fl_as_buffer out = {block, block, block + capacity, false};
    bool whole = fl_as_box_read(view, scopes, count, FL_RECORDS_ALL, scratch, &out, NULL);
    if (out.at < block || out.at > block + capacity || (!whole && out.at != block)) abort();
    if (out.at > block && *block != ',') abort();
    free(block);
}

static void inspect(fl_box_view view, fl_box_info *info) {
    enum fl_box_verdict verdict = fl_box_inspect(view, info);
    if (verdict != FL_BOX_OK) return;
    if (strlen(info->boot_id) >= sizeof info->boot_id || strlen(info->event_id) >= sizeof info->event_id) abort();
    if (!info->facts_length) return;
    if (info->facts < view.base || info->facts_length > FL_FACTS_MAX ||
        info->facts + info->facts_length > view.base + view.size)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    uint8_t *block = malloc(size ? size : 1);
    if (!block) abort();
    if (size) memcpy(block, bytes, size);
    fl_box_view view = {block, size};
    fl_box_info info;
    inspect(view, &info);

    fl_scope live[SCOPES], newest;
    size_t count = fl_box_live_scopes(view, live, SCOPES, &newest);
    if (count > SCOPES) abort();
    fl_scope chosen[] = {FL_SCOPE_GLOBAL, FL_SCOPE_ROOT, newest, info.isolation, info.current};
    read_scopes(view, chosen, sizeof chosen / sizeof *chosen, LARGE);
    read_scopes(view, chosen, sizeof chosen / sizeof *chosen, SMALL);
    for (size_t i = 0; i < count; i += 8) read_scopes(view, live + i, count - i < 8 ? count - i : 8, LARGE);
    free(block);
    return 0;
}
