cd faultline    # the checkout; keep this terminal: the collector runs on
swift build --traits Tools
.build/debug/faultline serve
# listening on http://127.0.0.1:8765
# DSN http://<key>@127.0.0.1:8765/1
