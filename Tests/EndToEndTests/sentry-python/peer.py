# SPDX-License-Identifier: Apache-2.0
"""A service and a job with sentry-python, on the other side of a request to or from the example service.

    peer.py serve      answers each GET, in a transaction that continues the caller's trace
    peer.py get URL    asks within a transaction, prints the status and the trace, and ends

DSN, release and sample rate come from SENTRY_DSN, SENTRY_RELEASE and SENTRY_TRACES_SAMPLE_RATE.
"""
import http.client
import http.server
import os
import sys
import urllib.parse

import sentry_sdk


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with sentry_sdk.isolation_scope():
            transaction = sentry_sdk.continue_trace(self.headers, op="http.server", name="GET " + self.path)
            with sentry_sdk.start_transaction(transaction):
                self.send_response(200)
                self.send_header("Content-Length", "6")
                self.end_headers()
                self.wfile.write(b"hello\n")
        sentry_sdk.flush()


def serve():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


def get(address):
    url = urllib.parse.urlsplit(address)
    with sentry_sdk.start_transaction(op="task", name="nightly") as transaction:
        connection = http.client.HTTPConnection(url.hostname, url.port)
        connection.request("GET", url.path)
        with connection.getresponse() as response:
            response.read()  # with its end the span ends
    sentry_sdk.flush()
    print(f"status {response.status} of trace {transaction.trace_id}", flush=True)


# Its integration of http.client sends the trace along, to every host.
sentry_sdk.init(traces_sample_rate=float(os.environ["SENTRY_TRACES_SAMPLE_RATE"]))
serve() if sys.argv[1] == "serve" else get(sys.argv[2])
