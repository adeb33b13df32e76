# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the scripts of this folder share. Sourced, after `set -euo pipefail`.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/faultline
me=$(basename "$0")

say() { printf '%s\n' "$*"; }
fail() {
    printf '%s: %s\n' "$me" "$*" >&2
    exit 1
}
# The comment block at the head of the script is its help.
help() { sed -n '2,/^[^#]/{/^# SPDX/d;/^#/!d;s/^# \{0,1\}//;p}' "$0"; }
usage() {
    printf '%s: %s; see %s --help\n' "$me" "$*" "$me" >&2
    exit 64
}

# A program that came with swift, else the one in PATH.
toolchain_program() { # NAME
    local program
    program=$(dirname "$(readlink -f "$(command -v swift)")")/$1
    [[ -x $program ]] || program=$(command -v "$1") || fail "no $1 beside swift or in PATH; install a Swift toolchain"
    printf '%s' "$program"
}
toolchain_clang() { toolchain_program clang; }

# pip packages in a venv of their own, made once per list of packages: `venv NAME PACKAGE…` prints its bin directory.
venv() {
    local name=$1 marker="$cache/$1/installed"
    shift
    if [[ ! -f $marker || $(<"$marker") != "$*" ]]; then
        python3 -m venv "$cache/$name" >&2 &&
            "$cache/$name/bin/pip" install --quiet --disable-pip-version-check "$@" >&2 || return
        printf '%s' "$*" >"$marker"
    fi
    printf '%s' "$cache/$name/bin"
}

# An interpreter that finds `sentry_sdk`: the SDK that ours is measured beside and has to share traces with.
sentry_python() {
    local programs
    programs=$(venv sentry-python sentry-sdk==2.75.0) && printf '%s/python' "$programs"
}

# `swift_build LOG ARGUMENTS…`: builds with the trait Tools and shows where it is: on a terminal one line that
# changes, else a line each 15 seconds. The whole output goes to LOG, its errors are shown when it fails.
# Keeps the process in `build_pid` while it runs, so that a trap can end it.
swift_build() {
    local log=$1 began=$SECONDS status=0 progress progress_pid
    shift
    exec {progress}> >(show_progress "$log")
    progress_pid=$!
    (cd "$root" && exec swift build --traits Tools "$@") >&"$progress" 2>&1 &
    build_pid=$!
    exec {progress}>&-
    wait "$build_pid" || status=$?
    build_pid=
    wait "$progress_pid"
    [[ -t 1 ]] && printf '\r\033[K'
    if ((status != 0)); then
        grep -E 'error:|warning: unre|fatal' "$log" | sort -u | head -n 20 >&2 || tail -n 20 "$log" >&2
        say "$me: swift build --traits Tools $* failed after $((SECONDS - began)) s; the whole output: $log" >&2
        return 1
    fi
    say "    built in $((SECONDS - began)) s"
}

show_progress() {
    local line last=-15 began=$SECONDS
    : >"$1"
    while IFS= read -r line; do
        printf '%s\n' "$line" >>"$1"
        [[ $line == '['*/*']'* || $line == Fetch* || $line == Creating* || $line == Computing* ]] || continue
        if [[ -t 1 ]]; then
            printf '\r\033[K    %s' "${line:0:100}"
        elif ((SECONDS - began - last >= 15)); then
            last=$((SECONDS - began))
            printf '    %s s  %s\n' "$last" "${line:0:100}"
        fi
    done
}
