/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#define _GNU_SOURCE
#include "crash.h"
#include "lab.h"
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void crash_in_handler(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)info, (void)context;
    *(volatile int *)32 = 42;
}

void lab_install_crashing_handler(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = crash_in_handler;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigaction(SIGSEGV, &action, NULL);
}

static void eat_stack(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)info, (void)context;
    volatile char food[100 * 1024];
    for (size_t i = 0; i < sizeof food; i += 512) food[i] = (char)i;
}

void lab_install_hungry_handler(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = eat_stack;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGABRT, &action, NULL);
}

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
static sem_t ready, wanted;

static void tell_work_is_done(void) {
    static const char text[] = "handler has worked\n";
    if (write(1, text, sizeof text - 1) < 0) _exit(5);
}

static void *hold_until_wanted(void *unused) {
    (void)unused;
    pthread_mutex_lock(&held);
    sem_post(&ready);
    sem_wait(&wanted);
    pthread_mutex_unlock(&held);
    return NULL;
}

static void wait_for_lock(int number) {
    sem_post(&wanted);
    pthread_mutex_lock(&held);
    tell_work_is_done();
    signal(number, SIG_DFL);
}

void lab_install_waiting_handler(void) {
    pthread_t thread;
    sem_init(&ready, 0, 0);
    sem_init(&wanted, 0, 0);
    pthread_create(&thread, NULL, hold_until_wanted, NULL);
    sem_wait(&ready);
    signal(SIGSEGV, wait_for_lock);
}

static void exit_in_handler(int number) {
    (void)number;
    exit(7);
}

void lab_install_exiting_handler(void) { signal(SIGSEGV, exit_in_handler); }

static void *work(void *unused) {
    (void)unused;
    sleep(4); /* longer than two looks at the handler */
    sem_post(&ready);
    return NULL;
}

static void let_work(int number) {
    pthread_t thread;
    pthread_create(&thread, NULL, work, NULL);
    sem_wait(&ready);
    tell_work_is_done();
    signal(number, SIG_DFL);
}

void lab_install_working_handler(void) {
    sem_init(&ready, 0, 0);
    signal(SIGSEGV, let_work);
}

static struct sigaction before;

static void chain(int signal, siginfo_t *info, void *context) { before.sa_sigaction(signal, info, context); }

void lab_crash_under_reset_handler(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = chain;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | (int)SA_RESETHAND;
    sigaction(SIGSEGV, &action, &before);
    /* The walk then reads where nothing is. */
    lab_crash_with_smashed_stack();
}

static void repair(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)context;
    if ((uintptr_t)info->si_addr != LAB_PAGE) return;
    mmap((void *)LAB_PAGE, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

void lab_install_repairing_handler(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = repair;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigaction(SIGSEGV, &action, NULL);
}

void lab_fault_for_repair(int times) {
    for (int i = 0; i < times; i++) {
        *(volatile int *)LAB_PAGE = i;
        munmap((void *)LAB_PAGE, 4096);
    }
}

void lab_ignore_faults(void) {
    signal(SIGSEGV, SIG_IGN);
    signal(SIGFPE, SIG_IGN);
}

/* One that comes later, and chains to nobody. */
static void swallow(int signal) {
    (void)signal;
    _exit(5);
}

void lab_install_later_handler(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = swallow;
    sigaction(SIGBUS, &action, NULL);
}

ALONE static void handle_usr1(int signal) {
    (void)signal;
    crash();
}

ALONE void lab_crash_in_signal_handler(void) {
    sigset_t open; /* libdispatch's threads block it */
    sigemptyset(&open);
    sigaddset(&open, SIGUSR1);
    signal(SIGUSR1, handle_usr1);
    pthread_sigmask(SIG_UNBLOCK, &open, NULL);
    raise(SIGUSR1);
}

/* MARK: the end of a thread, and of the process */

static void end_of_thread(void *value) {
    (void)value;
    crash();
}

static void *end_with_value(void *key) {
    pthread_setspecific(*(pthread_key_t *)key, key);
    return NULL;
}

void lab_crash_at_end_of_thread(void) {
    static pthread_key_t key;
    pthread_t thread;
    pthread_key_create(&key, end_of_thread);
    if (pthread_create(&thread, NULL, end_with_value, &key) == 0) pthread_join(thread, NULL);
}

static void end_of_process(void) { crash(); }

void lab_crash_at_exit(void) {
    atexit(end_of_process);
    exit(0);
}
#endif
