# SPDX-License-Identifier: Apache-2.0
"""What TracingWorker's `spans` does, by sentry-python: see Sources/TracingWorker/Spans.swift.

    tracing_worker.py RATE
"""
import sys
import time

import sentry_sdk
from sentry_sdk.transport import Transport


class Queue(Transport):
    def __init__(self):
        super().__init__()
        self.envelopes = []

    def capture_envelope(self, envelope):
        self.envelopes.append(envelope)


def start(_):
    sentry_sdk.start_span(op="db.query", name="SELECT orders").finish()


def within(_):
    with sentry_sdk.start_span(op="db.query", name="SELECT orders"):
        pass


def request(_):
    with sentry_sdk.isolation_scope():
        transaction = sentry_sdk.continue_trace({}, op="http.server", name="GET /orders/{id}", source="route")
        with sentry_sdk.start_transaction(transaction):
            pass


OPERATIONS = {"start": start, "within": within}


def measured(operation, calls):
    began = time.perf_counter_ns()
    for call in range(calls):
        operation(call)
    return (time.perf_counter_ns() - began) / calls


def main():
    queue, rate = Queue(), float(sys.argv[1])
    sentry_sdk.init(dsn="http://0123456789abcdef0123456789abcdef@127.0.0.1:9/1", release="worker@1", transport=queue,
                    auto_session_tracking=False, traces_sample_rate=rate)
    for line in sys.stdin:
        name, calls, batches = line.split()
        calls, times = int(calls), []
        for _ in range(int(batches)):
            if name == "request":
                times.append(measured(request, calls))
            else:
                with sentry_sdk.start_transaction(op="task", name="bench"):
                    times.append(measured(OPERATIONS[name], calls))
            sent = [e.get_transaction_event() for e in queue.envelopes]
            sent = [len(event["spans"]) for event in sent if event]
            queue.envelopes.clear()
            assert sent == ([calls] if rate > 0 else []), sent
        print(" ".join(str(int(t * 100)) for t in times), flush=True)


main()
