/* SPDX-License-Identifier: Apache-2.0
 *
 * The type and the text of a C++ exception that nobody catches. Taken before abort(3), and never in the signal handler:
 * what() is code of the service's.
 *
 * Source of the layouts: Itanium C++ ABI, 2.9.5 (type_info and its bases), 2.5.2 (offsets of virtual bases), 2.2.1
 * (exception objects); https://itanium-cxx-abi.github.io/cxx-abi/. Of libstdc++: libsupc++/unwind-cxx.h of GCC. */
#ifdef __linux__
#define _GNU_SOURCE
#include "cxx_terminate.h"
#include "last_words.h"
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef void terminator(void);

/* struct type_info, and those of classes with one base at offset 0, and with several bases. */
typedef struct {
    const void *methods;
    const char *name; /* mangled; begins with * where it is to be compared by address */
} type_info;
typedef struct {
    type_info info;
    const type_info *base;
} single_type_info;
typedef struct {
    const type_info *info;
    long offset_flags; /* offset << 8; bit 0: a virtual base, whose offset stands in the object's table of methods */
} base_info;
typedef struct {
    type_info info;
    unsigned flags, count;
    base_info bases[];
} multiple_type_info;

/* The part of struct __cxa_exception that stands before the object thrown. */
typedef struct {
    const type_info *type;
    void *functions[3], *next;
    int counts[2];
    const void *places[4];
    uint64_t class_name; /* of struct _Unwind_Exception */
    void *cleanup;
    uint64_t private[2];
} __attribute__((aligned(16))) exception_header;
typedef struct {
    exception_header *caught;
    unsigned uncaught;
} exceptions;
_Static_assert(offsetof(exception_header, class_name) == 80 && sizeof(exception_header) == 112,
               "libsupc++/unwind-cxx.h, LP64");

enum { DEPTH_MAX = 32, BASES_MAX = 64 };
/* "GNUCC++\0" and "GNUCC++\1", little endian. */
static const char gnu_class[8] = {0, '+', '+', 'C', 'C', 'U', 'N', 'G'};
static const char gnu_dependent_class[8] = {1, '+', '+', 'C', 'C', 'U', 'N', 'G'};

/* Of the C++ library. Weak: a program may be without one. */
#define FL_CXX(name) __asm__(name) __attribute__((weak))
extern terminator *set_terminate(terminator *) FL_CXX("_ZSt13set_terminatePFvvE");
extern exceptions *get_exceptions(void) FL_CXX("__cxa_get_globals");
extern char *demangle(const char *, char *, size_t *, int *) FL_CXX("__cxa_demangle");
extern const void *const single_methods[] FL_CXX("_ZTVN10__cxxabiv120__si_class_type_infoE");
extern const void *const multiple_methods[] FL_CXX("_ZTVN10__cxxabiv121__vmi_class_type_infoE");

static terminator *previous;

static const char *name_of(const type_info *type) { return type->name + (type->name[0] == '*'); }

/* The object's part that is a std::exception; NULL: it has none. */
static const void *exception_in(const void *object, const type_info *type, int depth) {
    if (strcmp(name_of(type), "St9exception") == 0) return object;
    if (depth == DEPTH_MAX) return NULL;
    /* Where an object's pointer points: behind the offset and the type. */
    if (type->methods == &single_methods[2])
        return exception_in(object, ((const single_type_info *)type)->base, depth + 1);
    if (type->methods != &multiple_methods[2]) return NULL;
    const multiple_type_info *class = (const multiple_type_info *)type;
    for (unsigned i = 0; i < class->count && i < BASES_MAX; i++) {
        long offset = class->bases[i].offset_flags >> 8;
        if (class->bases[i].offset_flags & 1)
            offset = *(const long *)(const void *)(*(const char *const *)object + offset);
        const void *found = exception_in((const char *)object + offset, class->bases[i].info, depth + 1);
        if (found) return found;
    }
    return NULL;
}

/* Its table of methods: two destructors, then what(). */
static const char *what_of(const void *object, const type_info *type) {
    const void *base = exception_in(object, type, 0);
    if (!base) return "an exception that nobody caught";
    typedef const char *method(const void *);
    method *const *methods = *(method *const *const *)base;
    const char *text = methods[2](base);
    return text ? text : "its what() is null";
}

/* The object thrown; NULL: it is not libstdc++'s. */
static const exception_header *thrown(const exception_header *caught) {
    if (memcmp(&caught->class_name, gnu_class, sizeof gnu_class) == 0) return caught;
    if (memcmp(&caught->class_name, gnu_dependent_class, sizeof gnu_class) != 0) return NULL;
    /* std::rethrow_exception: it begins with a pointer to the first one's object. */
    return *(const exception_header *const *)(const void *)caught - 1;
}

static void keep_exception(void) {
    const exceptions *all = get_exceptions ? get_exceptions() : NULL;
    if (!all || !all->caught) {
        fl_keep_uncaught("std::terminate", "called without an active exception");
        return;
    }
    const exception_header *caught = thrown(all->caught);
    if (!caught) {
        fl_keep_uncaught("std::terminate", "called with an exception of another library or language");
        return;
    }
    const char *name = name_of(caught->type);
    char *demangled = demangle ? demangle(name, NULL, NULL, NULL) : NULL;
    if (demangled) name = demangled;
    fl_keep_uncaught(name, "its what() crashed"); /* unless we come to the next line's end */
    fl_keep_uncaught(name, what_of(caught + 1, caught->type));
    free(demangled);
}

static void terminate(void) {
    static _Thread_local int depth; /* what() may throw, and so call terminate again */
    if (depth++) abort();           /* or the previous one has called us in turn */
    keep_exception();
    if (previous) previous();
    abort();
}

void fl_cxx_terminate_install(void) {
    if (!set_terminate) return;
    terminator *found = set_terminate(terminate);
    if (found != terminate) previous = found;
}

void fl_cxx_terminate_uninstall(void) {
    if (!set_terminate) return;
    terminator *found = set_terminate(previous);
    if (found != terminate) set_terminate(found);
}
#endif
