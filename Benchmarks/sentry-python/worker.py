# SPDX-License-Identifier: Apache-2.0
"""What CaptureWorker's `operations` does, by sentry-python: see Sources/CaptureWorker/Operations.swift.

A capture is timed until its envelope is queued; nothing is sent, and nothing else runs meanwhile. As it comes: with
local variables and lines of source, which Faultline has no counterpart for at a capture.

    worker.py [--before-send]
"""
import sys
import threading
import time

import sentry_sdk
from sentry_sdk.transport import Transport

KEYS = [f"key-{n}" for n in range(10)]
VALUES = [f"value-{n}" for n in range(7)]


class Queue(Transport):
    def __init__(self):
        super().__init__()
        self.envelopes = []

    def capture_envelope(self, envelope):
        self.envelopes.append(envelope)


def set_tag(number):
    sentry_sdk.set_tag(KEYS[number % 10], VALUES[number % 7])


def add_breadcrumb(_):
    sentry_sdk.add_breadcrumb(message="GET /orders/17 was answered slowly", category="http.client",
                              data={"method": "GET", "url": "https://shop.example.com/orders/17", "status_code": 200})


def capture_message(_):
    sentry_sdk.capture_message("the order 17 has no lines")


class OrderError(Exception):
    pass


def at_depth(depth):
    if depth <= 1:
        raise OrderError("the order 17 has no lines")
    at_depth(depth - 1)


def thrown():
    try:
        at_depth(29)  # and this function's own frame
    except OrderError as error:
        return error


ERROR = thrown()


def capture_exception(_):
    sentry_sdk.capture_exception(ERROR)


OPERATIONS = {"setTag": set_tag, "addBreadcrumb": add_breadcrumb, "captureMessage": capture_message,
              "captureException": capture_exception}


def measure(operation, calls, batches, barrier, times, last):
    with sentry_sdk.isolation_scope():
        for number in range(10):
            set_tag(number)
        for number in range(100):
            add_breadcrumb(number)
        barrier.wait()
        for batch in range(batches):
            began = time.perf_counter_ns()
            for call in range(calls):
                operation(batch * calls + call)
            times.append((time.perf_counter_ns() - began) / calls)
        last.append(sentry_sdk.get_isolation_scope())
        sentry_sdk.capture_message("what the scope holds now")


def main():
    queue = Queue()
    hook = {"before_send": lambda event, hint: event} if "--before-send" in sys.argv else {}
    # Dedupe would drop an error that is the one before; Faultline is given the same one over and over, too.
    sentry_sdk.init(dsn="http://0123456789abcdef0123456789abcdef@127.0.0.1:9/1", release="worker@1", transport=queue,
                    disabled_integrations=[sentry_sdk.integrations.dedupe.DedupeIntegration()],
                    auto_session_tracking=False, **hook)
    for line in sys.stdin:
        name, calls, batches, threads = line.split()
        calls, batches, threads = int(calls), int(batches), int(threads)
        times, last, barrier = [], [], threading.Barrier(threads)
        running = [threading.Thread(target=measure, args=(OPERATIONS[name], calls, batches, barrier, times, last))
                   for _ in range(threads)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
        expected = threads + (calls * batches * threads if name.startswith("capture") else 0)
        event = queue.envelopes[-1].get_event()
        crumbs = event["breadcrumbs"]["values"]
        assert len(queue.envelopes) == expected, (name, len(queue.envelopes), expected)
        assert len(event["tags"]) == 10 and len(crumbs) == 100, (len(event["tags"]), len(crumbs))
        queue.envelopes.clear()
        print(" ".join(str(int(t * 100)) for t in times), flush=True)


main()
