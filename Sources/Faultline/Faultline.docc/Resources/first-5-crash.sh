cd Shop    # another terminal
export SENTRY_DSN='http://<key>@127.0.0.1:8765/1'    # the line that begins with DSN
swift run Shop cup     # dies
swift run Shop kettle  # sends the report
