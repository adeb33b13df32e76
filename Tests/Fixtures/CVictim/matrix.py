#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets the C victim die each of its deaths, in each build, with libunwind and without, and reads what it left.

  matrix.py [--death NAME]… BUILD…        called by tools/check-aarch64

BUILD is NAME,ARCHITECTURE,VICTIM,NM[,RUNNER…]: a title without commas, x86_64 or aarch64, the program, the nm that
reads it, and what it runs under. The last line counts; status 1 when a death was not as expected. What qemu-user cannot
do is allowed for by name (LIMITS), and each such allowance is printed with its reason and how often it was made use of.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

DEADLINE = 60  # seconds; a death takes less than one
WAITING = 8  # VICTIM_WAITING of victim.h
DEPTH = 1000  # VICTIM_DEPTH
WITNESS = 0x00C0FFEE00000000
MASK = (1 << 64) - 1

LIMITS = {
    "queued fault": "qemu-user takes a SIGSEGV or SIGBUS that the process queues to itself with the si_code of a fault"
    " for one of its own and aborts (linux-user/signal.c, host_signal_handler), so the status is not the signal's",
    "own thread": "/proc/self/task is the host's and lists a thread of qemu's, which does not answer",
    "main stack's end": "qemu-user keeps an inaccessible page below the main thread's stack, where Linux has nothing:"
    " SEGV_ACCERR instead of SEGV_MAPERR",
    "undefined instruction": "qemu-user gives udf the code ILL_ILLOPN, Linux gives it ILL_ILLOPC",
    "signal return": "qemu-user's return from a signal lies in a page of its own, Linux's in the vdso, which is an image",
    "thread's name": "the host's thread names are qemu's unless the thread was given one",
}


class Wrong(Exception):
    """What is not as it should be."""


def expect(what, found, wanted):
    if found != wanted:
        raise Wrong(f"{what}: {found!r} instead of {wanted!r}")


# MARK: what is expected


class Death:
    """`functions`: the victim's own, newest first, repetitions once; "?" is an address in no image. `whole`: they are
    all of them down to the first one of the program, else the newest. None as an address: the signal has none."""

    def __init__(self, name, functions, signal="SIGSEGV", code="SEGV_MAPERR", address=0x10, whole=True, kind=None,
                 text=None, on_thread=False, check=None):
        self.name, self.functions, self.whole, self.on_thread = name, functions.split(), whole, on_thread
        self.signal, self.code, self.address = signal, code, address
        self.kind, self.text, self.check = kind, text, check


def by_architecture(x86_64, aarch64):
    return {"x86_64": x86_64, "aarch64": aarch64}


def of(architecture, value):
    return value[architecture] if isinstance(value, dict) else value


def at_pc(report, address):
    expect("the address", address, report.register("pc"))


def page_start(report, address):
    if not address or address % 4096:
        raise Wrong(f"the address {address:#x} is not the beginning of a page")


def near_stack_pointer(report, address):
    if abs(address - report.register("sp")) > 4096:
        raise Wrong(f"{address:#x} is not beside the stack pointer, {report.register('sp'):#x}")


def witnesses(report):
    """Every register that could be spared has its own value."""
    if report.architecture == "x86_64":
        names = "rax rdx rcx rbx rsi rdi - - r8 r9 r10 r11 r12 r13 r14 r15".split()
    else:
        names = ["-"] + [f"x{n}" for n in range(1, 29)]
    for number, name in enumerate(names):
        if name != "-":
            expect(f"register {name}", report.register(name), WITNESS + number)


def depth(report):
    if report.depth < DEPTH + 3:
        raise Wrong(f"{report.depth} frames of a recursion of {DEPTH}")
    gaps = [frame["function"] for frame in report.frames if "function" in frame]
    expect("the frames left out", gaps, [f"… {report.depth - 250} frames left out …"])


def overflowed(report):
    gaps = [frame["function"] for frame in report.frames if "function" in frame]
    expect("gaps", len(gaps), 1)


def other_threads(report):
    wanted = Counter({f"waiting {n}": 1 for n in range(WAITING)} | {"busy": 1})
    expect("the threads", Counter(thread["name"] for thread in report.threads), wanted)
    for thread in report.threads:
        busy = thread["name"] == "busy"
        functions = ["spin_for_ever", "wait_busy"] if busy else ["sleep_for_ever", "wait_asleep"]
        found, last = report.functions(thread["addresses"])
        expect(f"the stack of {thread['name']}", found, functions)
        expect(f"the end of the stack of {thread['name']}", last.startswith("libc"), True)
        if busy:
            expect("the state of a busy thread", thread["state"], "running")


def the_other_one(report):
    expect("other threads", len(report.threads), 1)
    found, _ = report.functions(report.threads[0]["addresses"])
    if "crash_together" not in found:
        raise Wrong(f"the other thread's stack is {' '.join(found)}")


ABOVE_MAIN = " main _start"
DEATHS = [
    Death("pointer", "crash die_by_pointer" + ABOVE_MAIN),
    Death("null-call", "? call die_by_null_call" + ABOVE_MAIN, address=0),
    Death("wild-call", "? call die_by_wild_call" + ABOVE_MAIN, address=0x12345678),
    Death("breakpoint", "die_by_breakpoint" + ABOVE_MAIN, "SIGTRAP", by_architecture("SI_KERNEL", "TRAP_BRKPT"), None),
    Death("trap", "die_by_trap" + ABOVE_MAIN, by_architecture("SIGILL", "SIGTRAP"),
          by_architecture("ILL_ILLOPN", "TRAP_BRKPT"), by_architecture(at_pc, None)),
    Death("illegal", "die_by_illegal_instruction" + ABOVE_MAIN, "SIGILL",
          by_architecture("ILL_ILLOPN", "ILL_ILLOPC"), at_pc),
    Death("bus", "die_beyond_file" + ABOVE_MAIN, "SIGBUS", "BUS_ADRERR", page_start),
    Death("registers", "die_with_registers" + ABOVE_MAIN, check=witnesses),
    Death("abort", "die_by_abort" + ABOVE_MAIN, "SIGABRT", "SI_TKILL", None),
    Death("assert", "die_by_assertion" + ABOVE_MAIN, "SIGABRT", "SI_TKILL", None, kind="abort",
          text="Assertion `VICTIM_NOWHERE == VICTIM_WILD' failed."),
    Death("double-free", "die_by_double_free" + ABOVE_MAIN, "SIGABRT", "SI_TKILL", None, kind="abort",
          text="free(): double free detected in tcache 2"),
    Death("bad-system-call", "die_by_bad_system_call" + ABOVE_MAIN, "SIGSYS", "SI_TKILL", None),
    Death("killed", "die_by_kill" + ABOVE_MAIN, "SIGSEGV", "SI_USER", None, text=f" from process {os.getpid()}"),
    Death("recursion", "crash recurse die_in_recursion" + ABOVE_MAIN, check=depth),
    Death("overflow", "recurse overflow" + ABOVE_MAIN, address=near_stack_pointer, kind="Stack overflow", check=overflowed),
    Death("thread", "crash run", on_thread=True),
    Death("thread-overflow", "recurse overflow run", code="SEGV_ACCERR", address=near_stack_pointer,
          kind="Stack overflow", on_thread=True, check=overflowed),
    Death("smashed", "crash smash", whole=False),
    Death("wild-stack", "die_with_wild_stack_pointer", whole=False),
    Death("signed", "crash signed_inner signed_outer die_signed" + ABOVE_MAIN),
    Death("frame-pointers", "crash undescribed_inner undescribed_outer die_with_frame_pointers" + ABOVE_MAIN),
    Death("frameless", "frameless die_in_frameless" + ABOVE_MAIN),
    Death("hard", "crash too_hard die_in_hard" + ABOVE_MAIN),
    Death("marked", "crash marked calls_marked die_in_marked" + ABOVE_MAIN),
    Death("in-handler", "crash crash_in_signal die_in_signal_handler" + ABOVE_MAIN),
    Death("crashing-handler", "crash die_by_pointer" + ABOVE_MAIN),
    Death("threads", "crash die_among_threads" + ABOVE_MAIN, check=other_threads),
    Death("two-at-once", "crash crash_together", whole=False, check=the_other_one),
]


# MARK: builds


class Build:
    def __init__(self, text):
        self.name, self.architecture, victim, nm, *self.runner = text.split(",")
        self.victim, self.symbols = Path(victim), {}
        self.nm = nm

    @property
    def emulated(self):
        return bool(self.runner)

    def symbols_of(self, image):
        """(address, name) of the functions of an image of the build's own folder, sorted; None for any other image."""
        if Path(image).parent != self.victim.parent:
            return None
        if image not in self.symbols:
            text = subprocess.run([self.nm, "--defined-only", "-n", image], check=True, capture_output=True, text=True)
            rows = [line.split() for line in text.stdout.splitlines()]
            self.symbols[image] = [(int(row[0], 16), row[2]) for row in rows if row[1] in "tTwW" and row[2][0] != "$"]
        return self.symbols[image]


# MARK: the crash file


def checksum(text):
    """fl_as_checksum of handler/crash_file.c."""
    total = 0
    for at in range(0, len(text), 8):
        word = int.from_bytes(text[at:at + 8].ljust(8, b"\0"), "little")
        total = ((total ^ word) * 0x9E3779B97F4A7C15) & MASK
        total ^= total >> 32
    return total ^ len(text)


def parts_of(file):
    """The texts of a crash file, each verified against its trailer; as handler/crash_file.h says."""
    first, rest = file.rstrip(b"\0").split(b"\n", 1)  # what was reserved and not used stays
    parts = []
    while rest:
        found = re.search(rb"\nFLTTRAIL ([0-9a-f]{16}) ([0-9a-f]{16})\n", rest)
        if not found:
            raise Wrong(f"{len(rest)} bytes without a trailer")
        text = rest[:found.start()]
        expect("a part's length", len(text), int(found[1], 16))
        expect("a part's checksum", checksum(text), int(found[2], 16))
        parts.append(text)
        rest = rest[found.end():]
    return first.decode(), parts


class Report:
    def __init__(self, build, file):
        self.build, self.architecture = build, build.architecture
        first, parts = parts_of(file)
        expect("the first line", first, "FLTCRASH 1 " + by_architecture("x86_64", "arm64")[build.architecture])
        expect("the parts", len(parts), 2)
        lines = parts[0].split(b"\n")
        self.header, self.event, rest = json.loads(lines[0]), json.loads(lines[2]), json.loads(parts[1])
        self.lost, self.threads = rest["lost"], rest["threads"]
        expect("threads left out", rest["threads_left_out"], 0)
        self.exception = self.event["exception"]["values"][0]
        self.frames = self.exception["stacktrace"]["frames"][::-1]
        self.depth = self.exception["mechanism"]["data"]["frames"]
        self.unwinder = self.exception["mechanism"]["data"]["unwinder"]
        self.images = [(int(image["image_addr"], 16), image["image_size"], image["code_file"])
                       for image in self.event["debug_meta"]["images"]]

    def register(self, name):
        name = {"pc": "rip", "sp": "rsp"}.get(name, name) if self.architecture == "x86_64" else name
        return int(self.exception["stacktrace"]["registers"][name], 16)

    def functions(self, addresses):
        """The victim's functions among them, repetitions once, and the file name of the last one's image."""
        names, last = [], "?"
        for index, text in enumerate(addresses):
            address = int(text, 16) - (index > 0)
            image = next((image for image in self.images if image[0] <= address < image[0] + image[1]), None)
            last = Path(image[2]).name if image else "?"
            name = self.name(address, image) if image else "?"
            if name and names[-1:] != [name]:
                names.append(name)
        return names, last

    def name(self, address, image):
        symbols = self.build.symbols_of(image[2])
        if symbols is None:
            return None
        name = next((name for start, name in reversed(symbols) if start <= address - image[0]), "?")
        return name.split(".")[0]  # gcc's clones


# MARK: one death


def die(build, death, with_libunwind, directory):
    """Status and what it has written to stderr."""
    command = [*build.runner, str(build.victim), directory, death.name]
    if not with_libunwind:
        command.append("--without-libunwind")
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        if death.name == "killed":
            expect("its word", process.stdout.readline(), b"ready\n")
            process.send_signal(signal.SIGSEGV)
        errors = process.communicate(timeout=DEADLINE)[1].decode(errors="replace")
    except subprocess.TimeoutExpired:
        raise Wrong(f"still alive after {DEADLINE} s") from None
    finally:
        process.kill()
        process.wait()
    return process.returncode, errors


def check_end(build, death, status, errors, met):
    number = signal.Signals[of(build.architecture, death.signal)]
    fault = number in (signal.SIGSEGV, signal.SIGBUS) and of(build.architecture, death.code) != "SI_USER"
    if status != -number and build.emulated and fault and "cpu_exec: assertion failed" in errors:
        met["queued fault"] += 1
        return
    if status != -number:
        raise Wrong(f"ended with {status}, not {-number} ({number.name}); {errors.strip()[-300:]}")


def take_emulators_threads(build, report, met):
    if not build.emulated:
        return
    own = [thread for thread in report.threads
           if thread["name"].startswith("qemu-") and thread["state"].startswith("did not answer")]
    if len(own) == 1:
        met["own thread"] += 1
        report.threads.remove(own[0])


# What a build under qemu-user may show in place of what is expected: by death, the limit, that and this.
INSTEAD = {
    "overflow": ("main stack's end", "SEGV_MAPERR", "SEGV_ACCERR"),
    "illegal": ("undefined instruction", "ILL_ILLOPC", "ILL_ILLOPN"),
    "in-handler": ("signal return", "crash crash_in_signal die_in_signal_handler main _start".split(),
                   "crash crash_in_signal ? die_in_signal_handler main _start".split()),
}


def as_emulated(build, death, found, met):
    """What Linux would have had in place of `found`."""
    limit, linux, qemu = INSTEAD.get(death.name, (None, None, None))
    if not build.emulated or limit is None or found != qemu:
        return found
    met[limit] += 1
    return linux


def check_reason(build, death, report, met):
    mechanism, value = report.exception["mechanism"], report.exception["value"]
    wanted = of(report.architecture, death.signal)
    expect("the signal", mechanism["meta"]["signal"]["name"], wanted)
    expect("its number", mechanism["meta"]["signal"]["number"], int(signal.Signals[wanted]))
    code = as_emulated(build, death, mechanism["meta"]["signal"].get("code_name"), met)
    expect("its code", code, of(report.architecture, death.code))
    expect("the type", report.exception["type"], death.kind or wanted)
    if death.text and not value.endswith(death.text):
        raise Wrong(f"the value {value!r} does not end with {death.text!r}")
    found, address = mechanism["data"].get("relevant_address"), of(report.architecture, death.address)
    if address is None or found is None or not callable(address):
        expect("the address", found, None if address is None else f"{address:#x}" if not callable(address) else "any")
    else:
        address(report, int(found, 16))


def check_stack(build, death, report, with_libunwind, met):
    addresses = [frame["instruction_addr"] for frame in report.frames if "instruction_addr" in frame]
    found, last = report.functions(addresses)
    found = as_emulated(build, death, found, met)
    expect("the stack", found if death.whole else found[:len(death.functions)], death.functions)
    if death.whole:
        wanted = "libc.so.6" if death.on_thread else build.victim.name
        expect("the image of the last frame", last, wanted)
    expect("the program counter", report.register("pc"), int(addresses[0], 16))
    if death.name != "wild-stack":
        expect("the stack pointer's alignment", report.register("sp") % (8 if report.architecture == "x86_64" else 16), 0)
    if "libunwind" in report.unwinder and not with_libunwind:
        raise Wrong(f"walked by {report.unwinder}, without libunwind")
    # On aarch64 libunwind is asked for what our own reader does not understand (handler/unwind.c).
    if with_libunwind and (report.architecture == "x86_64" or death.name == "hard") and death.name != "wild-stack":
        expect("libunwind's part in the walk", "libunwind" in report.unwinder, True)


def check_crashed_thread(build, death, report, met):
    (thread,) = report.event["threads"]["values"]
    expect("the crashed thread", (thread["crashed"], thread["id"]), (True, report.exception["thread_id"]))
    if death.name != "two-at-once":
        expect("is it the main thread", thread["main"], not death.on_thread)
    if build.emulated and thread["name"].startswith("qemu-"):
        met["thread's name"] += 1
    else:
        expect("its name", thread["name"], build.victim.name)
    expected = {"threads": WAITING + 1, "two-at-once": 1, "thread": 1, "thread-overflow": 1}.get(death.name, 0)
    expect("the number of other threads", len(report.threads), expected)


def check(build, death, with_libunwind):
    """None and the limits that were met, or what is wrong."""
    met = Counter()
    with tempfile.TemporaryDirectory(prefix="cvictim.") as directory:
        try:
            status, errors = die(build, death, with_libunwind, directory)
            left = Path(directory, "crash.envelope")
            if not left.exists():
                raise Wrong(f"no crash.envelope; ended with {status}; {errors.strip()[-300:]}")
            report = Report(build, left.read_bytes())
            take_emulators_threads(build, report, met)
            check_end(build, death, status, errors, met)
            expect("the lost stages", report.lost, [])
            expect("the header's dsn", report.header["dsn"], "https://key@localhost/1")
            expect("release", report.event["release"], "cvictim@1")
            expect("tags", report.event["tags"], {"victim": "written in C"})
            expect("breadcrumbs", report.event["breadcrumbs"]["values"], [{"message": "about to die"}])
            check_reason(build, death, report, met)
            check_stack(build, death, report, with_libunwind, met)
            check_crashed_thread(build, death, report, met)
            if death.check:
                death.check(report)
        except (Wrong, KeyError, ValueError) as error:
            return f"{type(error).__name__}: {error}" if not isinstance(error, Wrong) else str(error), met
    return None, met


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("builds", nargs="+", type=Build, metavar="BUILD")
    parser.add_argument("--death", action="append", choices=[death.name for death in DEATHS], metavar="NAME")
    arguments = parser.parse_args()
    deaths = [death for death in DEATHS if not arguments.death or death.name in arguments.death]
    tasks = [(build, death, libunwind) for build in arguments.builds for death in deaths for libunwind in (True, False)]
    # All at once would take each other's time: some of the victims are busy.
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        results = list(pool.map(lambda task: check(*task), tasks))

    # The emulator is slow, and the handler's deadlines are not: on a busy machine a thread may answer too late. Alone,
    # it has the time.
    for index, (task, (wrong, _)) in enumerate(zip(tasks, results)):
        if wrong and task[0].emulated:
            print(f"once more, alone: {task[0].name}, {task[1].name}: {wrong}")
            results[index] = check(*task)

    met, failed = Counter(), Counter()
    for (build, death, libunwind), (wrong, limits) in zip(tasks, results):
        met += limits
        if wrong:
            failed[build.name] += 1
            print(f"FAILED: {build.name}, {death.name}, {'with' if libunwind else 'without'} libunwind: {wrong}")
    for build in arguments.builds:
        count = sum(task[0] is build for task in tasks)
        print(f"{build.name}: {count - failed[build.name]} of {count} deaths as expected")
    for limit, times in sorted(met.items()):
        print(f"allowed for, {times} times, {limit}: {LIMITS[limit]}")
    total = sum(failed.values())
    print(f"deaths: {len(tasks) - total} passed, {total} failed")
    sys.exit(1 if total else 0)


main()
