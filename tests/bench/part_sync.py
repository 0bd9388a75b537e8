"""The first sync of one account: durable, threaded and searchable. And what it leaves on the disk."""
import json
import os
import time

import measure
import part_transfer
from core import Core


def first_sync(b, name, env=None, user="bench", source=None):
    """A new profile, synchronised to the end: (core, wall, CPU, peak MB). `source`: a URL, if it is not the user's IMAP."""
    core = Core(b.a.build, os.path.join(b.dir, name), env=env)
    core.start()
    began = time.monotonic()
    core.add_account(f"{user}@example.org", source or b.source(user), "pass")
    result = core.sync()
    wall, cpu, (_, peak) = time.monotonic() - began, measure.cpu(core.pid), measure.memory(core.pid)
    total = core.count()
    if user == "bench" and total != b.messages:
        raise RuntimeError(f"{total} messages here, {b.messages} there: {result}")
    return core, wall, cpu, peak


def run(b):
    raw = b.raw or part_transfer.raw_fetch(b.dovecot)[0]
    counter = os.path.join(b.a.build, "tests", "fsync_count.so")
    counted = os.path.join(b.dir, "fsync.json")
    core, b.sync_wall, cpu, peak = first_sync(b, "profile", dict(os.environ, LD_PRELOAD=counter, FSYNC_COUNT=counted))
    core.stop()
    core.env = None
    core.start()
    b.core = core
    with open(counted) as f:
        fsyncs = json.load(f)

    t, peers = b.table, b.peers
    t.head(f"First sync ({b.messages} messages, {b.raw_bytes / 1e6:.0f} MB)")
    fetched, notmuch, mu = (peers.fetched(), peers.notmuch(), peers.mu()) if peers else (None, None, None)
    for name, index, bounds in (("notmuch new", notmuch, (0.15, 0.2)), ("mu index", mu, (None, None))):
        if index:
            t.row(f"first sync, wall (peer: mbsync, then {name})", "s", b.sync_wall, fetched[0] + index[0], ratio_at_most=bounds[0])
            t.row(f"first sync, CPU (peer: mbsync, then {name})", "s", cpu, fetched[1] + index[1], ratio_at_most=bounds[1])
    if not peers:
        t.row("first sync, wall", "s", b.sync_wall)
        t.row("first sync, CPU", "s", cpu)
    t.row("first sync, rate", "messages/s", b.messages / b.sync_wall)
    t.row("first sync, peak memory", "MB", peak, at_most=100)
    t.row("calls of fsync and fdatasync in it", "calls", fsyncs["fsync"] + fsyncs["fdatasync"])
    t.row("their time, all threads added up (peer: one raw UID FETCH 1:*)", "s", fsyncs["seconds"], raw, ratio_at_most=3)
    t.row("their share of its wall time", "%", 100 * fsyncs["seconds"] / b.sync_wall)
    if peers:
        t.note("; ".join(f"{n} {v[0]:.1f} s wall {v[1]:.1f} s CPU" for n, v in (("mbsync", fetched), ("notmuch new", notmuch), ("mu index", mu)) if v))


def size(b):
    core = b.synced()
    waited = measure.wait_quiet(core.pid, 300)
    core.stop()
    b.table.head("On the disk (the peer is the messages' raw bytes)")
    b.table.row("store, index included", "MB", measure.disk(core.profile) / 1e6, b.raw_bytes / 1e6, ratio_at_most=0.75)
    b.table.row("of it, message bytes (packs)", "MB", measure.disk(os.path.join(core.profile, "packs")) / 1e6, b.raw_bytes / 1e6)
    b.table.note("housekeeping went on for more than 300 s" if waited is None else f"measured when housekeeping was over, after {waited:.0f} s")
    core.start()
