/* SPDX-License-Identifier: Apache-2.0
 *
 * BLACKBOX: the scopes of a run, already serialised, in memory that outlives the process when it is a mapped file.
 *
 * Owner: blackbox/box.c reserves one range of addresses once: [file part | memory part]; the file part is anonymous
 * memory until fl_box_attach puts a MAP_SHARED file there. Offsets run through both.
 * Writers: any normal thread, under a lock of blackbox/ (never in the range itself); the handler writes the crash note.
 * Readers: capture, the crash handler, recovery of a dead run. They take no lock and believe nothing they read.
 * Units: offsets are bytes from the start of the range, times nanoseconds. Byte order and alignment are the machine's.
 *
 *     header   6 pages: fixed fields; the facts, twice; rules; session; spare
 *     classes  slots, chunks of 512, 2048 and 8192 bytes: first those in the file, then, in the memory part, the rest
 *
 * Why it can be read at any instruction:
 * 1. A commit is one aligned 8-byte release store: to a slot's head, or (for a cut) to a chunk's `previous`.
 * 2. Committed bytes never change while a link to them holds. An unfinished record lies behind `used`: nobody sees it.
 * 3. A chunk that is taken again has another generation before its first new byte. A reader copies first and looks at
 *    the generation afterwards; when it is not the link's, the copy is thrown away. A slot guards its heads likewise.
 */
#pragma once
#include "../include/faultline_crash.h"

#define FL_BOX_MAGIC   "FLTBBOX1" /* stored last: a file without it was never finished */
#define FL_BOX_VERSION 2u

#if defined(__x86_64__)
#define FL_BOX_ARCHITECTURE 62u /* EM_X86_64 of elf.h */
#elif defined(__aarch64__) || defined(__arm64__)
#define FL_BOX_ARCHITECTURE 183u /* EM_AARCH64 */
#else
#error "the black box knows x86-64 and aarch64"
#endif

enum {
    FL_BOX_PAGE = 4096,
    FL_BOX_HEADER_SIZE = 6 * FL_BOX_PAGE,
    FL_BOX_FACTS_PAGE = 1, /* and 2 */
    FL_BOX_RULES_PAGE = 3, /* reserved: scrubbing and sampling */
    FL_BOX_SESSION_PAGE = 4,
    FL_BOX_CLASSES = 4, /* 0: slots, 1…3: chunks */
    FL_BOX_UNIT = 512,  /* links count chunks in these */
    FL_CHUNK_MAX = 8192,
    FL_KEYS_MAX = 384,              /* keyed records of one scope */
    FL_FLAGS_MAX = 100,             /* feature flags of an event */
    FL_STATE_MAX = 48 * 1024,       /* bytes of one scope's state, breadcrumbs apart */
    FL_RING_BYTES_MAX = 128 * 1024, /* of one scope's breadcrumbs */
    FL_BREADCRUMBS_MAX = 10000,     /* of one scope; the default is below */
    FL_BREADCRUMBS_DEFAULT = 100,
    FL_LOG_LINKS_MAX = 256, /* chunks of one log that are read; writers keep below */
};

enum { FL_LOG_STATE, FL_LOG_BREADCRUMBS, FL_LOGS };

/* A prefix of a chunk in one of its lives, in one word: generation:24 | used/8:16 | place/512:24. 0: the empty log.
 * A link would have to sleep through 2^23 lives of its chunk to be fooled. */
typedef uint64_t fl_link;

static inline uint64_t fl_link_offset(fl_link link) { return (link & 0xffffff) * FL_BOX_UNIT; }
static inline uint32_t fl_link_used(fl_link link) { return (uint32_t)(link >> 24 & 0xffff) * 8; }
static inline uint32_t fl_link_generation(fl_link link) { return (uint32_t)(link >> 40); }

/* Precedes its payload; 8-byte aligned; never changes once committed. */
typedef struct {
    uint16_t length;     /* of the payload */
    uint16_t key_length; /* leading bytes of the payload that are the key as a JSON string; 0: no key */
    uint8_t kind;        /* enum fl_record_kind */
    uint8_t flags;       /* enum fl_record_flag */
    uint16_t hash;       /* of kind and key */
} fl_record;

static inline uint32_t fl_record_size(uint32_t length) { return ((uint32_t)sizeof(fl_record) + length + 7) & ~7u; }

/* Records follow. A log is a chain of chunks, the newest first. */
typedef struct {
    uint32_t generation;   /* changes when the chunk is taken and when it is freed; even: free */
    uint32_t references;   /* links to it: heads of slots, `previous` of newer chunks */
    fl_link previous;      /* the older part of the log; 0 when it fell out of the ring */
    uint32_t first;        /* records of the log before this chunk, fallen out ones included */
    uint32_t bytes_before; /* likewise, bytes */
    uint32_t live_bytes;   /* of the state log when it was last rewritten */
    uint16_t depth;        /* chunks before this one */
    uint8_t class_;
    uint8_t reserved;
    uint32_t next_free; /* item number; meaningless to readers */
    uint32_t reserved2;
} fl_chunk;

typedef struct {
    uint32_t generation; /* odd: live */
    uint32_t kind;       /* enum fl_scope_kind */
    fl_link head[FL_LOGS];
    uint64_t changed, created; /* monotonic, coarse (some 4 ms) */
    uint32_t parent;           /* slot number; UINT32_MAX: none */
    uint8_t owns[FL_LOGS];     /* the newest chunk is this scope's: it may append in place. Never a flag of the chunk,
                                  for a reused slot number would inherit it and write over a sibling */
    uint8_t reserved[2];
    uint32_t next_free;
    uint32_t refused; /* breadcrumbs, because none are kept */
    uint8_t reserved2[72];
} fl_slot;

typedef struct {
    uint32_t size, file_count, all_count, reserved;
    uint64_t file_offset, memory_offset;
} fl_box_class;

/* What the handler stores first. `signal` is stored last: 0, there is no note. */
typedef struct {
    int32_t signal, code;
    uint64_t fault_address, program_counter, realtime;
    int32_t thread_id;
    char event_id[36]; /* 32 digits and NUL; empty: unknown */
    fl_scope isolation, current;
} fl_box_crash_note;

typedef struct {
    char magic[8];
    uint32_t version, header_size, architecture, process_id;
    uint64_t file_size, memory_size;
    uint64_t started_realtime, started_monotonic;
    uint64_t process_start_ticks; /* field 22 of /proc/self/stat; survives exec */
    uint64_t pid_namespace;       /* inode of /proc/self/ns/pid */
    char boot_id[40];
    fl_box_class classes[FL_BOX_CLASSES];
    uint32_t max_breadcrumbs;
    uint32_t facts_page; /* FL_BOX_FACTS_PAGE or the one after; 0: none. Its store is the commit of new facts */
    uint32_t ended, has_callbacks;
    uint64_t beyond_file; /* items taken from memory, not in the file */
    uint64_t lost;        /* records and scopes not kept at all */
    fl_box_crash_note note;
    uint32_t runtime_message_length, reserved;
    uint8_t runtime_message[1024]; /* Swift's last words, when they come before the crash */
} fl_box_header;

typedef struct {
    uint32_t length, reserved[31];
    uint8_t text[FL_FACTS_MAX];
} fl_box_facts;

/* The process's session, as it would be told next: a JSON object. Twice, as the facts are. */
typedef struct {
    uint32_t whole; /* 1 or 2: which text counts; 0: there is no session. Its store is the commit */
    uint32_t length[2];
    uint32_t writes; /* begun in all; number n goes into text n % 2 */
    uint8_t text[2][FL_SESSION_MAX];
} fl_box_session;

_Static_assert(sizeof(fl_record) == 8 && sizeof(fl_chunk) == 40 && sizeof(fl_slot) == 128, "the layout of version 2");
_Static_assert(sizeof(fl_box_header) <= FL_BOX_PAGE && sizeof(fl_box_facts) == FL_BOX_PAGE &&
                   sizeof(fl_box_session) == FL_BOX_PAGE,
               "the header's pages");

/* Memory of one reading, see blackbox_reader.c. A crash has one static; others allocate it. */
typedef struct {
    fl_record record;
    uint32_t offset; /* of the payload in `raw` */
} fl_box_entry;

struct fl_box_scratch {
    fl_link links[FL_LOG_LINKS_MAX];
    fl_box_entry entries[3 * FL_KEYS_MAX];
    uint16_t table[2048];
    /* Three scopes' state logs as they lie in the box: a log is rewritten at twice its live bytes. */
    uint8_t raw[3 * (2 * FL_STATE_MAX + FL_CHUNK_MAX)];
};

/* The live box; its base is stored last, once, and stays. Written by blackbox/box.c. */
extern fl_box_view fl_as_live_box;
/* As in its header, for the crash file's: the box may be lost, or in memory only. Atomic. */
extern bool fl_as_has_callbacks;

/* For recovery, should the crash file be lost. Called by the handler, once. */
void fl_as_box_note(const fl_box_crash_note *note);
/* ,"release":…  The live box's facts after a comma; false, and nothing, when there are none. */
bool fl_as_put_facts(fl_as_buffer *out);
/* ,"faultline_session":{…}  The live box's session, likewise. */
bool fl_as_put_session(fl_as_buffer *out);
