"""A sync that finds nothing new in 20 mailboxes."""
import os
import statistics
import time

import measure
from core import Core


def run(b):
    each = b.fill_mailboxes("quiet", 20)
    core = Core(b.a.build, os.path.join(b.dir, "quiet-profile"))
    core.start()
    core.add_account("quiet@example.org", b.source("quiet"), "pass")
    core.sync()
    measure.wait_quiet(core.pid, 120)
    before, walls, times = measure.cpu(core.pid), [], 20
    for _ in range(times):
        began = time.monotonic()
        result = core.sync()
        walls.append(time.monotonic() - began)
    cpu = (measure.cpu(core.pid) - before) / times
    trips = result["accounts"][0]["roundTrips"]
    core.stop()
    peer_wall = peer_cpu = None
    if b.peers:
        command = b.peers.mbsync("quiet", os.path.join(b.dir, "quiet-mail"))
        measure.run(*command)
        runs = [measure.run(*command) for _ in range(5)]
        peer_wall, peer_cpu = (statistics.median(column) for column in zip(*runs))
    b.table.head(f"Nothing new in 20 mailboxes of {each} (the peer is mbsync)")
    b.table.row("sync, wall", "s", statistics.median(walls), peer_wall, ratio_at_most=0.5)
    b.table.row("sync, CPU", "s", cpu, peer_cpu, ratio_at_most=0.5)
    b.table.row("round trips, all mailboxes together", "trips", trips, at_most=40)
