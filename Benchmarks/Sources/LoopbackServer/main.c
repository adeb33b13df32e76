/* SPDX-License-Identifier: Apache-2.0
 *
 * LoopbackServer DELAY: answers every request on 127.0.0.1 by 200, one after the other, each after DELAY microseconds
 * of its own. Writes its port to standard output, and on SIGTERM how many requests there were. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 1024, HEAD = 16 * 1024 };

static const char answer[] = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
static volatile sig_atomic_t ended;
static uint64_t requests;
static long delay;

/* A connection: the head that has come so far, and how much of a body is still to come. */
static struct connection {
    char head[HEAD];
    size_t length;
    uint64_t body_left;
} *connections[CONNECTIONS];

static void end(int number) { (void)number, ended = 1; }

static void give_answer(int descriptor) {
    if (delay > 0) {
        struct timespec rest = {delay / 1000000, delay % 1000000 * 1000};
        nanosleep(&rest, NULL);
    }
    requests++;
    ssize_t written = write(descriptor, answer, sizeof answer - 1);
    (void)written;
}

/* Of a whole head. */
static uint64_t content_length(const char *head) {
    static const char name[] = "\r\ncontent-length:";
    const char *found = strcasestr(head, name);
    return found ? strtoull(found + sizeof name - 1, NULL, 10) : 0;
}

/* false: no HTTP that is understood here. */
static bool take(int descriptor, struct connection *at, const char *bytes, size_t length) {
    while (length) {
        if (at->body_left) {
            size_t part = at->body_left < length ? (size_t)at->body_left : length;
            at->body_left -= part, bytes += part, length -= part;
            if (!at->body_left) give_answer(descriptor);
            continue;
        }
        if (at->length + 1 == HEAD) return false;
        at->head[at->length++] = *bytes++, length--;
        if (at->length < 4 || memcmp(at->head + at->length - 4, "\r\n\r\n", 4) != 0) continue;
        at->head[at->length] = 0;
        at->body_left = content_length(at->head);
        at->length = 0;
        if (!at->body_left) give_answer(descriptor);
    }
    return true;
}

static void accept_one(int server, int poll) {
    int one = 1, descriptor = accept4(server, NULL, NULL, SOCK_CLOEXEC);
    if (descriptor < 0) return;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    if (descriptor >= CONNECTIONS || !(connections[descriptor] = calloc(1, sizeof *connections[descriptor]))) {
        close(descriptor);
        return;
    }
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event);
}

static void read_one(int descriptor) {
    static char bytes[256 * 1024];
    ssize_t length = read(descriptor, bytes, sizeof bytes);
    if (length < 0 && errno == EINTR) return;
    if (length > 0 && take(descriptor, connections[descriptor], bytes, (size_t)length)) return;
    free(connections[descriptor]);
    connections[descriptor] = NULL;
    close(descriptor);
}

int main(int count, char **arguments) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), poll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = server}, events[64];
    struct sigaction action = {.sa_handler = end};
    delay = count > 1 ? atol(arguments[1]) : 0;
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    if (bind(server, (struct sockaddr *)&address, size) || listen(server, 128) ||
        getsockname(server, (struct sockaddr *)&address, &size) || epoll_ctl(poll, EPOLL_CTL_ADD, server, &event)) {
        perror("LoopbackServer");
        return 1;
    }
    printf("%u\n", ntohs(address.sin_port));
    fflush(stdout);
    while (!ended) {
        int ready = epoll_wait(poll, events, 64, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.fd == server) accept_one(server, poll);
            else read_one(events[i].data.fd);
        }
    }
    printf("%llu\n", (unsigned long long)requests);
    return 0;
}
