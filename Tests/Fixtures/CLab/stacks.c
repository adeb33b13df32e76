/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#define _GNU_SOURCE
#include "crash.h"
#include "lab.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *crash_on_small_stack(void *unused) {
    static char small[16 * 1024];
    stack_t stack = {.ss_sp = small, .ss_size = sizeof small};
    sigaltstack(&stack, NULL);
    crash();
    return unused;
}

void lab_crash_on_foreign_alternate_stack(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, crash_on_small_stack, NULL) == 0) pthread_join(thread, NULL);
}

ALONE void lab_crash_with_smashed_stack(void) {
    volatile uintptr_t *frame = __builtin_frame_address(0);
    for (int i = 0; i < 64; i++) frame[i] = 0x4141414141414141u;
    crash();
}

void lab_crash_with_wild_stack_pointer(void) {
#if defined(__x86_64__)
    __asm__ volatile("movabsq $0x123456789000, %rsp\n movl $42, 16");
#else
    __asm__ volatile("mov x9, #0x1000\n mov sp, x9\n mov x9, #16\n str x9, [x9]");
#endif
}

ALONE void lab_jump_to(uintptr_t address) {
    void (*volatile function)(void) = (void (*)(void))address;
    function();
    __asm__ volatile("");
}

ALONE static void *recurse(void *depth) {
    volatile char frame[64];
    frame[0] = (char)(uintptr_t)depth;
    void *result = recurse((char *)depth + 1);
    frame[1] = (char)(uintptr_t)result;
    return (void *)(uintptr_t)frame[0];
}

void lab_overflow_thread_stack(void) {
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 64 * 1024);
    if (pthread_create(&thread, &attributes, recurse, NULL) == 0) pthread_join(thread, NULL);
}

/* Reading there never ends: nobody answers for the page (userfaultfd(2)). */
bool lab_crash_with_stack_that_hangs(void) {
    static char *page;
    page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int handler = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
    struct uffdio_api api = {.api = UFFD_API};
    struct uffdio_register all = {.range = {(uintptr_t)page, 4096}, .mode = UFFDIO_REGISTER_MODE_MISSING};
    if (page == MAP_FAILED || handler < 0 || ioctl(handler, UFFDIO_API, &api) != 0) return false;
    if (ioctl(handler, UFFDIO_REGISTER, &all) != 0) return false;
#if defined(__x86_64__)
    __asm__ volatile("movq %0, %%rsp\n movq %0, %%rbp\n movl $42, 16" : : "r"(page + 2048) : "memory");
#else
    __asm__ volatile("mov sp, %0\n mov x29, %0\n mov x9, #16\n str x9, [x9]" : : "r"(page + 2048) : "memory");
#endif
    return true;
}

void lab_jump_to_data(void) {
    static uint64_t data[2] = {0xc3c3c3c3c3c3c3c3u, 0};
    lab_jump_to((uintptr_t)data);
}

void lab_write_to_code(void) { *(volatile char *)(uintptr_t)lab_jump_to_data = 1; }

/* Far from where the kernel places things by itself: a heap that another thread grows would take the hole. */
void lab_read_unmapped(void) {
    void *far = (void *)0x200000000000;
    volatile char *page =
        mmap(far, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    page[8] = 1;
    munmap((void *)(uintptr_t)page, 4096);
    page[8] = 2;
}

extern _Noreturn void __stack_chk_fail(void);
extern _Noreturn void __chk_fail(void);
ALONE void lab_smash_canary(void) { __stack_chk_fail(); }
ALONE void lab_overflow_buffer(void) { __chk_fail(); }

ALONE void lab_free_invalid_pointer(void) {
    char *volatile block = malloc(64);
    free(block + 16);
    __asm__ volatile(""); /* no tail call: we would not be on the stack */
}

/* In a library that is loaded now: libelf, whose functions believe every pointer but NULL. */
bool lab_crash_in_loaded_library(void) {
    void *library = dlopen("libelf.so.1", RTLD_NOW | RTLD_LOCAL);
    int (*kind)(void *) = NULL;
    if (library) *(void **)&kind = dlsym(library, "elf_kind");
    if (!kind) return false;
    return kind((void *)16) != 0;
}
#endif
