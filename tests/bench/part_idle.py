"""The core that does nothing, one account waiting in IDLE: how fast it is there, what it occupies, what wakes it."""
import statistics

import measure

SECONDS = 30
BOUND = 300


def run(b):
    core, t = b.synced(), b.table
    measure.wait_quiet(core.pid, BOUND)   # the index is in order: a start finds nothing left to do
    starts = []
    for _ in range(9):
        core.stop()
        starts.append(core.start() * 1000)
    core.sync()
    quiet = measure.wait_quiet(core.pid, BOUND)
    resident, _ = measure.memory(core.pid)
    before = measure.cpu(core.pid)
    woken = measure.wakeups(core.pid, SECONDS)
    t.head("Idle, one account")
    t.row("start to first answer", "ms", statistics.median(starts), at_most=50)
    t.row("until nothing is left to do after start and sync", "s", float(BOUND) if quiet is None else quiet)
    t.row("resident memory then", "MB", resident, at_most=20)
    t.row(f"wake-ups in {SECONDS} s then, all threads", "wake-ups", sum(woken.values()), at_most=0)
    t.row(f"CPU in {SECONDS} s then", "s", measure.cpu(core.pid) - before, at_most=0)
    t.note("woken: " + (", ".join(f"{name} {n} times" for name, n in woken.items()) or "nobody"))
