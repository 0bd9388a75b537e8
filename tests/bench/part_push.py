"""1,000 WebSocket clients of facteur-bridge (RFC 8887) that are subscribed: how long until a change has reached the last of them, and
what each costs the bridge and the core. All with one token, and each with its own (so with a connection to facteurd of its own); in
clear and over TLS. Ten more that send and never read stand beside them.

The clients are one process on the same machine, whose work is in the time: from the call that changes something to the last frame read.
"""
import os
import pathlib
import ssl
import statistics
import sys
import time

import measure
from core import Core
from dovecot import Certificates

CLIENTS = 1000
CHANGES = 20
WITHIN = 200           # ms
BRIDGE_KB, CORE_KB = 64, 16
DEAF = 10
PAUSE = 0.1            # s, so that each change is told by itself


def run(b):
    os.environ["FACTEUR_BUILD"] = b.a.build
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "bridge"))
    import bridge
    import crowd
    certs = Certificates(os.path.join(b.dir, "certs-push"))
    tls = ssl.create_default_context(cafile=certs.ca)
    tls.check_hostname = False
    b.table.head(f"{CLIENTS} WebSocket clients subscribed, and {DEAF} that never read")
    for each in (False, True):
        for context in (None, tls):
            what = ("a token each" if each else "one token") + (", TLS" if context else "")
            args = ("--tls-cert", certs.dir + "/server.pem", "--tls-key", certs.dir + "/server.key") if context else ()
            core = Core(b.a.build, os.path.join(b.dir, f"push-{each}-{bool(context)}"))
            core.start()
            try:
                with bridge.Bridge(core.profile, *args, log=core.profile + "-bridge.log") as front:
                    one_way(b.table, what, core, front, context, tokens(core, CLIENTS if each else 1), crowd.Crowd)
            finally:
                core.stop()


def tokens(core, n):
    """Of the thousand that a profile may have."""
    secrets = []
    for first in range(0, n, 250):
        made = core.call("Token/set", {"create": {f"k{i}": {"name": f"t{i}", "scopes": ["read"]} for i in range(first, min(n, first + 250))}})
        secrets += [t["secret"] for t in made["created"].values()]
    return secrets


def change(core):
    made = core.call("Mailbox/set", {"accountId": "a1", "create": {"k": {"name": f"m{time.monotonic_ns()}"}}})
    return made["newState"]


def own_memory(pid):
    watch = measure.OwnMemory(pid)
    time.sleep(0.05)
    return watch.stop() * 1024


def fill(deaf):
    """Requests until nothing more is taken: the answers are not read."""
    for c in deaf.clients:
        piece = request = c.frame(b'{"@type":"Request","using":["urn:ietf:params:jmap:core"],"methodCalls":[["Core/echo",{"t":"%s"},"a"]]}' % (b"x" * 500_000))
        try:
            while True:
                piece = piece[c.sock.send(piece):] or request
        except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            pass


def one_way(table, what, core, front, context, secrets, crowd):
    pids = front.process.pid, core.pid
    with crowd(front.port, secrets, 20, tls=context) as first:   # what the first ones cost is nobody's
        first.subscribe("Mailbox")
    time.sleep(1)
    before = [own_memory(p) for p in pids]
    with crowd(front.port, secrets, CLIENTS, tls=context) as clients:
        clients.subscribe("Mailbox", "Email")
        quiet = tell(core, clients)
        bridge, daemon = ((own_memory(p) - m) / CLIENTS for p, m in zip(pids, before))
        with crowd(front.port, secrets, DEAF, tls=context) as deaf:
            deaf.subscribe("Mailbox")
            fill(deaf)
            for p in pids:      # what they asked for is answered, as far as they let it
                measure.wait_quiet(p, 20, calm=0.5)
            beside = tell(core, clients)
    table.row(f"{what}: until the last has heard, median", "ms", statistics.median(all_ for all_, _ in quiet))
    table.row(f"{what}: of it the call that changes something", "ms", statistics.median(call for _, call in quiet))
    table.row(f"{what}: slowest of {CHANGES}", "ms", max(quiet)[0], at_most=WITHIN)
    table.row(f"{what}: slowest of {CHANGES} beside the {DEAF}", "ms", max(beside)[0], at_most=WITHIN)
    table.row(f"{what}: memory of the bridge a client", "KB", bridge, at_most=BRIDGE_KB)
    table.row(f"{what}: memory of facteurd a client", "KB", daemon, at_most=CORE_KB)


def tell(core, clients):
    """Milliseconds of each change: (until all have heard, until the call was answered: it is on the disk then)."""
    times = []
    for _ in range(CHANGES):
        time.sleep(PAUSE)
        began = time.monotonic()
        state = change(core)
        answered = time.monotonic()
        clients.wait(lambda changed, state=state: changed["a1"].get("Mailbox") == state)
        times.append(((time.monotonic() - began) * 1000, (answered - began) * 1000))
    return times
