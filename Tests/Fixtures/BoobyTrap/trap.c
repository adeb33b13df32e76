/* SPDX-License-Identifier: Apache-2.0
 *
 * A library to preload. On a thread that is in the crash handler, a call of any function that stubs.S traps ends the
 * process with status 99 and one line on stderr: which function, and whose code called it. So does a call that the
 * loader would have to bind first.
 *
 * BOOBY_TRAP_HANDLER is the address of fl_as_handle_signal in the executable's symbol table. The sigaction below puts
 * `entered` in its place. It is not seen: whoever asks gets the handler's own address. Handlers that were there before
 * are not ours, and may do as they like: the executable gets `visit` for them, which takes the mark off meanwhile. */
#define _GNU_SOURCE
#include "../../../CHelpers/crash/handler/syscalls.h"
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct trap {
    const char *name, *version;
    void *real;
};
extern struct trap __start_booby_traps[], __stop_booby_traps[];

#define HIDDEN __attribute__((visibility("hidden")))
HIDDEN __attribute__((tls_model("initial-exec"))) _Thread_local volatile char booby_trap_armed;

/* MARK: what an address belongs to. The loader's list is read without its lock: it may be held for ever. */

static bool lies_in(const struct link_map *map, uintptr_t address) {
    const ElfW(Ehdr) *file = (const ElfW(Ehdr) *)map->l_addr;
    if (!file || address < map->l_addr) return false;
    const ElfW(Phdr) *segment = (const ElfW(Phdr) *)(map->l_addr + file->e_phoff);
    for (int i = 0; i < file->e_phnum; i++)
        if (segment[i].p_type == PT_LOAD && address - map->l_addr - segment[i].p_vaddr < segment[i].p_memsz)
            return true;
    return false;
}

static const struct link_map *object_of(uintptr_t address) {
    const struct link_map *map = _r_debug.r_map;
    while (map && !lies_in(map, address)) map = map->l_next;
    return map;
}

static const char *name_of(const struct link_map *map) {
    if (!map) return "an unknown object";
    return *map->l_name ? map->l_name : "the executable";
}

static bool same(const char *a, const char *b) {
    size_t length = strlen(a);
    return length == strlen(b) && memcmp(a, b, length) == 0;
}

static bool is_libunwind(const struct link_map *map) {
    static const char library[] = "/libunwind-x86_64.so.8";
    size_t length = sizeof library - 1, all = map ? strlen(map->l_name) : 0;
    return all > length && same(map->l_name + all - length, library);
}

static uintptr_t address_in(const struct link_map *map, ElfW(Sxword) tag) {
    for (const ElfW(Dyn) *entry = map->l_ld; entry->d_tag != DT_NULL; entry++)
        if (entry->d_tag == tag) /* the loader adds the base to most of them, in place */
            return entry->d_un.d_ptr < map->l_addr ? entry->d_un.d_ptr + map->l_addr : entry->d_un.d_ptr;
    return 0;
}

/* MARK: the end */

static void put(const char *text) { fl_as_write(2, text, strlen(text)); }

static void put_hex(uintptr_t value) {
    char digits[19], *at = digits + sizeof digits;
    *--at = 0;
    do *--at = "0123456789abcdef"[value & 15];
    while (value >>= 4);
    put("0x");
    put(at);
}

__attribute__((noreturn)) static void end(const char *what, const char *name, uintptr_t caller) {
    const struct link_map *map = object_of(caller);
    put("booby trap: the handler's thread ");
    put(what);
    put(name);
    put(", from ");
    put_hex(caller - (map ? map->l_addr : 0));
    put(" of ");
    put(name_of(map));
    put("\n");
    for (;;) fl_as_exit_group(99);
}

/* MARK: calls */

static struct trap *trap_named(const char *name) {
    for (struct trap *trap = __start_booby_traps; trap < __stop_booby_traps; trap++)
        if (same(trap->name, name)) return trap;
    return NULL;
}

static int (*try_lock)(pthread_mutex_t *);

static int lock_that_is_free(pthread_mutex_t *mutex) {
    if (try_lock(mutex) != 0) end("waits for a lock: ", "pthread_mutex_lock", (uintptr_t)__builtin_return_address(0));
    return 0;
}

/* libunwind's memory pools, with every signal masked: its lock is ours alone, for the address space is. */
static bool libunwind_may(const char *name) {
    static const char *const allowed[] = {"pthread_mutex_lock", "pthread_mutex_unlock", "sigprocmask"};
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
        if (same(name, allowed[i])) return true;
    return false;
}

HIDDEN void *booby_trap_decide(const struct trap *trap, uintptr_t caller) {
    if (!is_libunwind(object_of(caller)) || !libunwind_may(trap->name)) end("calls ", trap->name, caller);
    return same(trap->name, "pthread_mutex_lock") ? (void *)lock_that_is_free : trap->real;
}

/* MARK: lazy binding. The third word of an object's GOT is the loader's function that its PLT calls. */

extern void booby_trap_bind(void);
HIDDEN uintptr_t booby_trap_real_bind;

HIDDEN __attribute__((noreturn)) void booby_trap_binding(const struct link_map *map, uintptr_t index,
                                                         uintptr_t caller) {
    const ElfW(Rela) *relocation = (const ElfW(Rela) *)address_in(map, DT_JMPREL) + index;
    const ElfW(Sym) *symbols = (const ElfW(Sym) *)address_in(map, DT_SYMTAB);
    const char *names = (const char *)address_in(map, DT_STRTAB);
    end("has the loader bind ", names + symbols[ELF64_R_SYM(relocation->r_info)].st_name, caller);
}

/* Objects that were bound at once have no such word, or zero in it. Some linkers put it under RELRO. */
static void guard_binding(void) {
    uintptr_t page = (uintptr_t)getpagesize();
    for (const struct link_map *map = _r_debug.r_map; map; map = map->l_next) {
        uintptr_t *got = (uintptr_t *)address_in(map, DT_PLTGOT);
        const struct link_map *binder = got && address_in(map, DT_JMPREL) ? object_of(got[2]) : NULL;
        if (!binder || binder->l_addr != _r_debug.r_ldbase) continue;
        if (mprotect((void *)((uintptr_t)&got[2] & -page), page, PROT_READ | PROT_WRITE) != 0) continue;
        booby_trap_real_bind = got[2];
        got[2] = (uintptr_t)booby_trap_bind;
    }
}

/* MARK: the handler */

typedef void handler(int, siginfo_t *, void *);

static int (*real_sigaction)(int, const struct sigaction *, struct sigaction *);
static struct sigaction visited[65]; /* by signal: the handler that was there before */

static handler *guarded(void) { return (handler *)(_r_debug.r_map->l_addr + BOOBY_TRAP_HANDLER); }

/* The kernel's, past everybody. */
static void exchange(int signal, handler *from, handler *to) {
    fl_as_kernel_action now;
    if (fl_as_set_action(signal, NULL, &now) != 0 || now.handler != (uintptr_t)from) return;
    now.handler = (uintptr_t)to;
    fl_as_set_action(signal, &now, NULL);
}

static void entered(int signal, siginfo_t *info, void *context) {
    static bool said;
    if (!__atomic_exchange_n(&said, true, __ATOMIC_RELAXED)) put("booby trap: armed\n");
    char before = booby_trap_armed;
    booby_trap_armed = 1;
    guarded()(signal, info, context);
    booby_trap_armed = before;
    exchange(signal, guarded(), entered);
}

/* The handler then looks whether the kernel still has its own address (fl_as_previous_repairs). */
static void visit(int signal, siginfo_t *info, void *context) {
    const struct sigaction *host = &visited[signal];
    char before = booby_trap_armed;
    booby_trap_armed = 0;
    if (host->sa_flags & SA_SIGINFO) host->sa_sigaction(signal, info, context);
    else host->sa_handler(signal);
    booby_trap_armed = before;
    exchange(signal, entered, guarded());
}

static void visit_plain(int signal) { visit(signal, NULL, NULL); }

static bool is_of_executable(const void *caller) { return object_of((uintptr_t)caller) == _r_debug.r_map; }

/* All share one place in the struct, with SA_SIGINFO and without. */
int sigaction(int signal, const struct sigaction *action, struct sigaction *old) {
    const void *caller = __builtin_return_address(0);
    if (booby_trap_armed) end("calls ", "sigaction", (uintptr_t)caller);
    struct sigaction changed, found;
    if (action) {
        changed = *action;
        if (changed.sa_sigaction == guarded()) {
            guard_binding(); /* of what was loaded since */
            changed.sa_sigaction = entered;
        }
        if (changed.sa_sigaction == visit || changed.sa_handler == visit_plain)
            changed.sa_sigaction = visited[signal].sa_sigaction;
    }
    int result = real_sigaction(signal, action ? &changed : NULL, &found);
    if (result != 0 || !old) return result;
    *old = found;
    if (action) return 0; /* replaced: who calls the old one in turn calls it as the kernel would have */
    if (found.sa_sigaction == entered) old->sa_sigaction = guarded();
    else if (found.sa_handler != SIG_DFL && found.sa_handler != SIG_IGN && is_of_executable(caller)) {
        visited[signal] = found;
        if (found.sa_flags & SA_SIGINFO) old->sa_sigaction = visit;
        else old->sa_handler = visit_plain;
    }
    return 0;
}

/* MARK: beginning, before every other constructor (-z initfirst) */

__attribute__((constructor)) static void find_real_functions(void) {
    struct trap *lookup = trap_named("dlsym");
    lookup->real = dlvsym(RTLD_NEXT, "dlsym", lookup->version);
    void *(*find)(void *, const char *) = (void *(*)(void *, const char *))lookup->real;
    for (struct trap *trap = __start_booby_traps; trap < __stop_booby_traps; trap++) {
        if (trap->real) continue;
        trap->real = *trap->version ? dlvsym(RTLD_NEXT, trap->name, trap->version) : find(RTLD_NEXT, trap->name);
    }
    try_lock = (int (*)(pthread_mutex_t *))trap_named("pthread_mutex_trylock")->real;
    real_sigaction = (int (*)(int, const struct sigaction *, struct sigaction *))find(RTLD_NEXT, "sigaction");
    guard_binding();
}
