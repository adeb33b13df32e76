/* SPDX-License-Identifier: Apache-2.0
 *
 * The crash core's one public header: what FaultlineCrash (Swift) calls.
 *
 * Ownership and phase. `fl_…` runs in normal threads, before, during and after the run; `fl_as_…` is async-signal-safe
 * and may be called from anywhere, the handler included. Memory passed in is borrowed for the call unless said
 * otherwise. Units: sizes are bytes, addresses absolute, times nanoseconds. Nothing here exits or aborts the process.
 *
 * Off Linux the crash functions do nothing and answer ENOTSUP; buffer and black box work, in memory only. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* MARK: buffer. JSON text into bounded memory; what does not fit sets `full`, and later writes change nothing. */

typedef struct {
    uint8_t *start, *at, *end;
    bool full;
} fl_as_buffer;

void fl_as_put(fl_as_buffer *buffer, const void *bytes, size_t length);
/* A quoted, escaped JSON string of at most `limit` bytes of UTF-8, cut on a code point border and then ended by "...".
 * Bytes that are not UTF-8 become U+FFFD. */
void fl_as_put_string(fl_as_buffer *buffer, const uint8_t *utf8, size_t length, size_t limit);
void fl_as_put_literal(fl_as_buffer *buffer, const char *c_string);
void fl_as_put_integer(fl_as_buffer *buffer, int64_t value);
void fl_as_put_unsigned(fl_as_buffer *buffer, uint64_t value);
void fl_as_put_hex(fl_as_buffer *buffer, uint64_t value);     /* 1f: lower case, no padding, no quotes */
void fl_as_put_address(fl_as_buffer *buffer, uint64_t value); /* "0x1f", quoted */
/* Seconds since 1970 with 6 decimals, as a number. */
void fl_as_put_epoch(fl_as_buffer *buffer, int64_t seconds, uint32_t nanoseconds);

/* MARK: black box. Scopes, already serialised; see BLACKBOX in handler/blackbox_format.h.
 * The box always exists (in memory) once it was used; `fl_box_attach` moves it into a file, live scopes included. */

/* slot number | generation << 32; 0 names no scope. A handle whose scope is gone is harmless: calls do nothing. */
typedef uint64_t fl_scope;
#define FL_SCOPE_NONE   ((fl_scope)0)
#define FL_SCOPE_GLOBAL ((fl_scope)1 << 32)       /* slot 0, first life: lives as long as the process */
#define FL_SCOPE_ROOT   (((fl_scope)1 << 32) | 1) /* slot 1: the process's root isolation scope */
#define FL_SCOPE_BLOCK  (((fl_scope)1 << 32) | 2) /* slot 2: the current scope of what runs in no block */

enum fl_scope_kind { FL_SCOPE_KIND_GLOBAL = 1, FL_SCOPE_KIND_ISOLATION, FL_SCOPE_KIND_CURRENT };

/* What a record is. Keyed kinds become the members of an object of that name; single kinds hold the one last set. */
enum fl_record_kind {
    FL_RECORD_TAG = 1,     /* keyed:  "tags"        payload "key":"value" */
    FL_RECORD_CONTEXT,     /* keyed:  "contexts"    payload "key":{…}     */
    FL_RECORD_EXTRA,       /* keyed:  "extra"       payload "key":…       */
    FL_RECORD_USER,        /* single: "user"        payload {…}           */
    FL_RECORD_LEVEL,       /* single: "level"       payload "warning"     */
    FL_RECORD_TRANSACTION, /* single: "transaction" payload "GET /x"      */
    FL_RECORD_REQUEST,     /* single: "request"     payload {…}           */
    FL_RECORD_FINGERPRINT, /* single: "fingerprint" payload […]           */
    FL_RECORD_BREADCRUMB,  /* log:    "breadcrumbs":{"values":[…]}        */
    FL_RECORD_FLAG,        /* keyed:  "contexts":{"flags":{"values":[{"flag":"x","result":true}…]}}; the order in which
                                      they were set last. payload "x":true */
    FL_RECORD_ATTACHMENT,  /* keyed:  "attachments" payload "/path":{…}: in crash files only, for recovery */
    FL_RECORD_UNFINISHED,  /* single: "unfinished"  payload {…}: of a transaction that runs; in crash files only, too */
    FL_RECORD_KINDS
};
#define FL_RECORD_BIT(kind) (1u << (kind))
#define FL_RECORDS_ALL      (((1u << FL_RECORD_KINDS) - 1) & ~1u)
enum fl_record_flag {
    FL_RECORD_REMOVED = 1, /* the key is gone; the payload of a keyed kind is the key string alone */
    FL_RECORD_MARKED = 2,  /* something in it was filtered, or is to be trimmed: whoever reads it looks closer */
};

/* Reserves the memory of the box and makes the three scopes above live. Idempotent, thread-safe; called by
 * every function below that needs it. false: no memory; then every setter does nothing. Revives the box in a forked
 * child, whose inherited scopes are dead. */
bool fl_box_open(void);
/* Default 100, 0 … 10,000. 0: breadcrumbs are not kept. */
void fl_box_set_max_breadcrumbs(uint32_t count);
/* Moves the box into `descriptor` (a new, empty file opened O_RDWR; grown and preallocated here, not kept open).
 * Live scopes and their contents move along; writers on other threads wait meanwhile. `file_size`: how large the file
 * may become; 16 MiB, or less where fl_box_open found less memory, are taken of it. 0 or errno (ENOSPC …; EALREADY: it
 * is in a file; EINVAL: file_size is less than the box): then the box stays where it is and the file is to be removed.
 */
int fl_box_attach(int descriptor, size_t file_size);
/* Back into memory (the file may then be unlinked). Live scopes move along. */
void fl_box_detach(void);
/* The run's own facts: the members of a JSON object, without braces, e.g. "release":"a@1","environment":"production".
 * Pasted into the event by the handler and by recovery. At most FL_FACTS_MAX bytes, else false and unchanged. */
#define FL_FACTS_MAX 3968u
bool fl_box_set_facts(const uint8_t *json_members, size_t length);
/* The process's session: a JSON object, as the server would be told of it next. Put into the crash file by the handler,
 * told by recovery where the run ended without. At most FL_SESSION_MAX bytes, else false and unchanged; length 0: it
 * has none, or it is over. */
#define FL_SESSION_MAX 2040u
bool fl_box_set_session(const uint8_t *json, size_t length);
/* Whether only the service itself may send for this run: it has callbacks, which must see what is sent. */
void fl_box_set_has_callbacks(bool has_callbacks);
/* Notes that the run ended by itself: recovery then reports nothing for it. */
void fl_box_mark_ended(void);

fl_scope fl_scope_fork(fl_scope parent,
                       enum fl_scope_kind kind); /* O(1); parent may be FL_SCOPE_NONE: an empty scope */
void fl_scope_free(fl_scope scope);              /* never the three above: ignored */
/* Keyed kinds: payload = key as JSON string, ':', value; `key_length` = length of the key string with its quotes.
 * Single kinds and breadcrumbs: key_length 0. `flags`: of enum fl_record_flag.
 * false: the record is too large (FL_RECORD_MAX) or the box is full; counted. */
#define FL_RECORD_MAX 8000u
bool fl_scope_append(fl_scope scope, enum fl_record_kind kind, uint8_t flags, const uint8_t *payload, size_t length,
                     size_t key_length);
/* The common case of the above: a tag, key and value cut to 200 characters. */
bool fl_scope_set_tag(fl_scope scope, const uint8_t *key, size_t key_length, const uint8_t *value, size_t value_length);
void fl_scope_clear_breadcrumbs(fl_scope scope);
void fl_scope_clear(fl_scope scope); /* everything */
/* A buffer of FL_RECORD_MAX bytes that belongs to the calling thread until its next call of this function. */
fl_as_buffer fl_thread_buffer(void);
/* Now, as fl_as_put_epoch writes it; the second's text is kept per thread. */
void fl_put_now(fl_as_buffer *buffer);

/* Task-local value without a retain: the binding keeps it alive while the calling task runs. `key` is the address of
 * the TaskLocal object; NULL when nothing is bound (or the Swift runtime is not in the process). */
const void *fl_as_task_local(const void *key);

/* A mapping that may be torn, hostile, or in use by other threads: the live box, or a dead run's file. */
typedef struct {
    const uint8_t *base;
    size_t size;
} fl_box_view;

typedef struct fl_box_scratch fl_box_scratch; /* about 330 KiB */
size_t fl_box_scratch_size(void);
fl_box_view fl_as_box_live(void);
/* Writes the members of the scopes merged, later over earlier, EACH PRECEDED BY A COMMA: ,"tags":{…},"user":{…} …
 * restricted to `kinds` (FL_RECORD_BIT), of at most 8 scopes. Breadcrumbs oldest first, the newest max_breadcrumbs of
 * the merged list, in which one scope's stand after those of the one before.
 * `summary` may be NULL. false: the buffer was too small; then nothing was written. */
typedef struct {
    uint32_t kinds;       /* that were put: FL_RECORD_BIT */
    bool is_marked;       /* one of the records is FL_RECORD_MARKED */
    uint32_t extras;      /* members of "extra" */
    uint32_t breadcrumbs; /* that were added to the scopes, with those that are not kept any more */
    uint32_t kept;        /* breadcrumbs that were put */
} fl_box_summary;
bool fl_as_box_read(fl_box_view view, const fl_scope *scopes, size_t count, uint32_t kinds, fl_box_scratch *scratch,
                    fl_as_buffer *out, fl_box_summary *summary);

/* What a reading in a normal thread needs. Some 400 KiB, of which little is touched, and kept for the next reading: to
 * get it from the system anew would cost more than the reading. The bytes are of the last one. */
typedef struct {
    fl_box_scratch *scratch;
    uint8_t *text;
    size_t capacity; /* of `text`: 64 KiB, at most 4 MiB */
} fl_reader_memory;
fl_reader_memory *fl_reader_take(void); /* NULL: no memory */
void fl_reader_give(fl_reader_memory *memory);
/* Four times as much text, of which nothing is kept. false: no more may be had, and nothing is changed. */
bool fl_reader_grow(fl_reader_memory *memory);

#define FL_NO_FAULT_ADDRESS UINT64_MAX

/* What a dead run's box says of itself. `fl_box_inspect` checks magic, version, sizes and architecture. */
enum fl_box_verdict { FL_BOX_OK, FL_BOX_NOT_A_BOX, FL_BOX_OTHER_VERSION, FL_BOX_OTHER_ARCHITECTURE, FL_BOX_TRUNCATED };
typedef struct {
    uint32_t version, process_id;
    uint64_t started_realtime, started_monotonic, process_start_ticks, pid_namespace;
    char boot_id[40]; /* NUL-terminated */
    bool ended;
    uint64_t beyond_file, lost;
    const uint8_t *facts; /* into the view */
    size_t facts_length;
    const uint8_t *session; /* into the view; NULL: none */
    size_t session_length;
    bool has_callbacks;
    /* The crash note: what the handler stores first, so that a lost crash file still leaves a report. signal 0: none */
    int32_t signal, code;
    uint64_t fault_address; /* FL_NO_FAULT_ADDRESS: the signal has none */
    uint64_t program_counter, crash_realtime;
    int32_t thread_id;
    char event_id[33];           /* NUL-terminated */
    fl_scope isolation, current; /* of the crashing task */
} fl_box_info;
enum fl_box_verdict fl_box_inspect(fl_box_view view, fl_box_info *info);
/* Live scopes of a view, at most `capacity`; returns how many, and in `newest` the isolation or current scope that
 * changed last. */
size_t fl_box_live_scopes(fl_box_view view, fl_scope *out, size_t capacity, fl_scope *newest);

/* MARK: crash handler */

typedef struct {
    int run_directory; /* O_PATH or O_RDONLY directory of the run; kept (a duplicate) until uninstall; -1: none */
    int envelope;      /* crash.envelope.tmp in it, O_RDWR, preallocated; kept likewise; -1: write nothing */
    const char
        *envelope_path;  /* its absolute path, should the service close what we have open  (copied); NULL: unknown */
    bool line_on_stderr; /* where no report can be written to a file, one line on standard error */
    const char *header_members; /* of the envelope header after event_id: "dsn":"…","sdk":{…}  (copied) */
    const char *event_id;       /* 32 hex digits (copied) */
    const char *facts;          /* as fl_box_set_facts has them (copied): for when the box is lost */
    bool previous_first;        /* the handlers that were there before see a fault first, and may repair it */
    const void *scopes_key;     /* address of the TaskLocal whose value begins with two fl_scope: isolation, current */
} fl_crash_options;

/* Maps the reporter's stack, takes the image snapshot, loads libunwind when there, installs the handlers for SEGV BUS
 * ILL TRAP ABRT FPE SYS; where one is ignored, for faults alone. 0 or errno; EALREADY when installed. */
int fl_crash_install(const fl_crash_options *options);
/* Puts back the handlers that were there before, where ours are still in place, unless the process dies already. */
void fl_crash_uninstall(void);
/* Whether a thread of this process has crashed, and the handler that was there before ours may still be at work: what
 * that one calls, or what a thread that it waits for does, must leave the report where it is. */
bool fl_crash_is_dying(void);
/* For whoever ends the process while another thread reports: waits until that one has stopped it, some seconds at most.
 * Returns at once on the reporting thread, and where nobody has crashed. */
void fl_crash_wait_for_report(void);
/* Of the signals that are ours, the next one in the order of the handlers' installation whose handler somebody else has
 * replaced since; `after` 0: the first, else what the call before answered. 0: no other. `whose`: the file of the code
 * that handles it now, "SIG_DFL", "SIG_IGN", or "" when unknown; valid while that is loaded. */
int32_t fl_crash_replaced_signal(int32_t after, const char **whose);
/* Takes the image snapshot anew when the loader has added or removed images since. Any thread; cheap when not. */
bool fl_crash_images_refresh(void);
/* NULL, or a sentence on what the process must do without: libunwind is missing, …  Valid for the process's life. */
const char *fl_crash_degraded(void);

/* MARK: live stacks. */

enum { FL_LIVE_NEWEST = 200, FL_LIVE_OLDEST = 50, FL_LIVE_AWAITING = 64 };

/* Addresses oldest first: those who await the running async function, one behind where they resume; the thread's oldest
 * frames; its newest. All of the thread's are return addresses. */
typedef struct {
    uint64_t address[FL_LIVE_AWAITING + FL_LIVE_OLDEST + FL_LIVE_NEWEST];
    uint32_t count;
    uint32_t awaiting; /* so many are async callers */
    uint32_t newest;   /* where the newest frames begin */
    uint32_t left_out; /* frames before them that there was no room for */
    uint64_t loaded;   /* how many libraries have come and gone: what the addresses mean may change with it */
} fl_live_stack;

/* The calling thread's stack, in some 10 ns a frame. Normal threads. `mark`: an address in the frame of the function
 * from whose caller on frames are wanted, or NULL: from the caller of this one on. Empty where the thread does not run
 * on its own stack (an alternate signal stack, a coroutine's). */
void fl_live_stack_capture(const void *mark, fl_live_stack *out);

typedef struct {
    int32_t id;    /* the kernel's */
    char name[17]; /* NUL-terminated */
    bool main;     /* the process's first */
} fl_live_thread;

/* The calling one. */
void fl_live_thread_find(fl_live_thread *out);
/* Brings the image snapshot up to date, and calls `body` with each image in the loader's order, the executable first:
 * its addresses, and its entry of debug_meta.images as JSON, written into `scratch` (32 KiB hold any). Not reentrant.
 */
void fl_live_images(fl_as_buffer scratch, void *context,
                    void (*body)(void *context, uint64_t low, uint64_t high, const uint8_t *json, size_t length));

/* A mapping of a file that somebody may cut short: from `begin` to `end`, a read behind the file's new end makes all of
 * it zeros, where it would else end the process. Only while our handler of SIGBUS is installed. `start`: of the
 * mapping, whole pages. false: too many are guarded already. Any thread. */
bool fl_as_guard_begin(const void *start, size_t length);
void fl_as_guard_end(const void *start);

/* A variable of the environment; NULL where the program runs with raised privileges (AT_SECURE). */
const char *fl_environment(const char *name);

/* "SIGSEGV" …; "a signal" for one that we do not handle. Never NULL. */
const char *fl_signal_name(int32_t number);

/* MARK: crash file (crash.envelope), as the handler leaves it. See handler/crash_file.h. */

enum fl_crash_file_verdict {
    FL_CRASH_FILE_OK,
    FL_CRASH_FILE_EMPTY,
    FL_CRASH_FILE_TORN,
    FL_CRASH_FILE_OTHER_VERSION,
    FL_CRASH_FILE_NOT_OURS
};
/* The envelope's text inside a crash file: [*offset, *offset + *length). TORN: what was written so far, unverified. */
enum fl_crash_file_verdict fl_crash_file_inspect(const uint8_t *bytes, size_t size, size_t *offset, size_t *length);
/* From a part that was found whole to the one behind it; false: there is none, and nothing is changed. */
bool fl_crash_file_next_part(const uint8_t *bytes, size_t size, size_t *offset, size_t *length);
