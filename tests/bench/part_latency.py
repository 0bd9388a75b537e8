"""The first sync from a server that is 100 ms away, against the same sync from one that is near.

The bound is what cannot be hidden: the time that the same sync takes over the same proxy (far.c) without a delay, which is what the
bytes need, and one round trip for each window, that is for each command that fetches messages, counted in what went over the wire.
Whoever keeps several windows on the way pays for fewer.
"""
import os
import re
import statistics
import subprocess
import time

from core import Core

ROUND_TRIP_MS = 100
FETCHES_MESSAGES = re.compile(r" UID FETCH .*BODY(\.PEEK)?\[\]")


class Far:
    """A way to the server that takes `ms` in each direction; the lines of its transcript."""

    def __init__(self, b, ms):
        self.path = os.path.join(b.dir, f"far-{ms:g}-{time.monotonic()}")
        with open(self.path, "wb") as out:
            self.process = subprocess.Popen([os.path.join(b.a.build, "tests", "far"), str(b.dovecot.imap_port), f"{ms:g}"],
                                            stdin=subprocess.PIPE, stdout=out)
        until = time.monotonic() + 10
        while not (told := self.text()).endswith("\n"):
            if time.monotonic() > until:
                raise RuntimeError("far does not start")
            time.sleep(0.01)
        self.port = int(told)

    def text(self):
        with open(self.path, encoding="latin-1") as f:
            return f.read()

    def stop(self):
        """[(seconds, "C" or "S", text)]"""
        self.process.stdin.close()
        self.process.wait(10)
        lines = (line.split(" ", 2) for line in self.text().splitlines()[1:])
        return [(float(line[0]), line[1], line[2] if len(line) > 2 else "") for line in lines]


def first_sync(b, name, ms):
    """(wall seconds, transcript) of a new profile's first sync."""
    far = Far(b, ms)
    core = Core(b.a.build, os.path.join(b.dir, name))
    core.start()
    began = time.monotonic()
    core.add_account("bench@example.org", f"imap://bench@127.0.0.1:{far.port}?tls=none", "pass", settings={"compress": "never"})
    core.sync()
    wall, total = time.monotonic() - began, core.count()
    core.stop()
    if total != b.messages:
        raise RuntimeError(f"{total} messages here, {b.messages} there")
    return wall, [line for line in far.stop() if line[0] < began + wall]


def turns(lines):
    """How often the client spoke and then had to wait."""
    return sum(1 for i, line in enumerate(lines) if line[1] == "C" and (i == 0 or lines[i - 1][1] == "S"))


def run(b):
    rounds = []
    for n in range(b.a.rounds):
        near, _ = first_sync(b, f"near-{n}", 0)
        far, lines = first_sync(b, f"far-{n}", ROUND_TRIP_MS / 2)
        fetches = [i for i, line in enumerate(lines) if line[1] == "C" and FETCHES_MESSAGES.search(line[2])]
        rounds.append((near, far, len(fetches), near + ROUND_TRIP_MS / 1000 * len(fetches), turns(lines[:fetches[0]])))
    near, far, windows, bound, before = (statistics.median(column) for column in zip(*rounds))
    t = b.table
    t.head(f"First sync of {b.messages} messages, {ROUND_TRIP_MS} ms away (the peer is the bound: the same without latency, and one round trip "
           f"a window; medians of {b.a.rounds})")
    t.row(f"first sync, wall (peer: {windows:g} windows)", "s", far, bound, ratio_at_most=1.5)
    t.row("the same (peer: without latency)", "s", far, near)
    t.row("round trips that it was longer", "trips", (far - near) / (ROUND_TRIP_MS / 1000))
    t.row("round trips before the first message is asked for", "trips", before)
    t.note("wall of the single rounds, near and far: " + ", ".join(f"{r[0]:.2f} and {r[1]:.2f}" for r in rounds))
