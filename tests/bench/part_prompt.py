"""A flag that another program sets: from the server's untagged line, as it leaves the wire towards facteurd, to the notification
that a subscribed client reads; then, from the same line, to the answer that shows the flag."""
import imaplib
import os
import select
import statistics
import time

import measure
from core import Core
from wire import Wire

CHANGES = 100
MESSAGES = 500
WAYS_MS = (0, 50)


def notified(core, until):
    """When the next StateChange was read; None if none came in time."""
    while time.monotonic() < until:
        if b"\n" not in core.buffer and not select.select([core.socket], [], [], until - time.monotonic())[0]:
            return None
        if b"StateChange" in core.line():
            return time.monotonic()
    return None


def drain(core):
    while b"\n" in core.buffer or select.select([core.socket], [], [], 0.3)[0]:
        core.line()


def one(core, wire, other, account, uid, add):
    """Seconds from the untagged line to the notification, and to the answer; and for which facteurd waited for a processor
    meanwhile, which belongs to the machine."""
    drain(core)
    waited = measure.waited(core.pid)
    state = core.call("Email/get", {"accountId": account, "ids": []})["state"]
    began = time.monotonic()
    other.uid("STORE", str(uid), "+FLAGS.SILENT" if add else "-FLAGS.SILENT", "(\\Flagged)")
    told = notified(core, began + 10)
    waited = measure.waited(core.pid) - waited
    changes = core.call("Email/changes", {"accountId": account, "sinceState": state})
    answered = time.monotonic()
    assert told and len(changes["updated"]) == 1, changes
    line = wire.said("S", " FETCH (", began)[0]
    return told - line[0], answered - line[0], waited


def run(b):
    b.table.head("A flag set by another program (no peer)")
    path = b.dovecot.maildir("prompt")
    b.fill([path], MESSAGES, seed=7)
    count = min(CHANGES, b.a.messages // 10)
    for way in WAYS_MS:
        with Wire((b.dovecot.host, b.dovecot.imap_port)) as wire:
            core = Core(b.a.build, os.path.join(b.dir, f"prompt-{way}"))
            core.start()
            account = core.add_account("prompt@example.org", f"imap://prompt@127.0.0.1:{wire.port}?tls=none", "pass", settings={"compress": "never"})
            core.sync()
            measure.wait_quiet(core.pid, 60, b.calm)
            wire.delay = way / 1000
            core.call("Push/subscribe", {"types": ["Email", "Mailbox"]})
            with imaplib.IMAP4(b.dovecot.host, b.dovecot.imap_port) as other:
                other.login("prompt", "pass")
                other.select("INBOX")
                times = []
                for i in range(count):
                    times.append(one(core, wire, other, account, 1 + i // 2, i % 2 == 0))
                    time.sleep(0.1 + 2 * way / 1000)
            core.stop()
        told = sorted(t[0] * 1000 for t in times)
        slowest = max(times)
        far = f", the server {2 * way} ms away" if way else ""
        b.table.row(f"untagged line to notification, median{far}", "ms", statistics.median(told))
        b.table.row(f"the same, 99 of 100 within{far}", "ms", told[max(0, len(told) * 99 // 100 - 1)], at_most=50)
        b.table.row(f"the same, the slowest of {count}{far}", "ms", told[-1], at_most=50)
        b.table.row(f"of the slowest, facteurd waited for a processor{far}", "ms", min(slowest[2], slowest[0]) * 1000)
        b.table.row(f"to the answer that shows it, median{far}", "ms", statistics.median(t[1] * 1000 for t in times))
