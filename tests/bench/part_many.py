"""Forty accounts at once, IMAP and POP3 in turn, of which one has a wrong password, one a server that never greets, and one falls silent
in the middle of its mail; beside it the same without these three. What counts is when the last of the others is done."""
import os
import time

import measure
from core import Core
from dovecot import Dovecot
from silent import Silent

ACCOUNTS, BAD = 40, 3


def source(b, i):
    user = f"many{i:02}"
    return f"pop3://{user}@127.0.0.1:{b.dovecot.pop3_port}?tls=none" if i % 2 else b.source(user)


def sync(b, name, bad):
    """A new profile with all accounts: seconds until the last one of the good is done, and until the sync has ended; peak memory."""
    core = Core(b.a.build, os.path.join(b.dir, name))
    core.start()
    began, good, last = time.monotonic(), set(), 0
    for address, url, password in bad:
        core.add_account(address, url, password)
    for i in range(BAD, ACCOUNTS):
        good.add(core.add_account(f"many{i:02}@example.org", source(b, i), "pass"))
    task = core.call("Account/sync", {})["taskId"]
    while True:
        got = core.call("Task/get", {"ids": [task]})["list"][0]
        for account in (got.get("detail") or {}).get("accounts", []):
            if account.get("outcome") and account["accountId"] in good:
                if not account["outcome"]["ok"]:
                    raise RuntimeError(f"{account}")
                good.discard(account["accountId"])
                last = time.monotonic() - began
        if got["state"] != "running":
            break
        time.sleep(0.02)
    if good:
        raise RuntimeError(f"not done: {good}")
    took, cpu, (_, peak) = time.monotonic() - began, measure.cpu(core.pid), measure.memory(core.pid)
    count = core.count()
    core.stop()
    return last, took, cpu, peak, count


def run(b):
    each = max(1, b.messages // ACCOUNTS)
    b.table.head(f"{ACCOUNTS} accounts at once, {each} messages each (the peer is the same without the {BAD} bad ones)")
    if not Dovecot.has_pop3():
        b.table.note("not measured: dovecot-pop3d is not installed")
        return
    b.fill([b.dovecot.maildir(f"many{i:02}") for i in range(ACCOUNTS)], each * ACCOUNTS, seed=200)
    mute, stuck = Silent(), Silent(b.dovecot.imap_port, octets=20_000)
    bad = [("many00@example.org", source(b, 0), "wrong"),
           ("many01@example.org", f"imap://many01@127.0.0.1:{mute.port}?tls=none", "pass"),
           ("many02@example.org", f"imap://many02@127.0.0.1:{stuck.port}?tls=none", "pass")]
    try:
        alone, _, alone_cpu, _, count = sync(b, "many-alone", [])
        last, took, cpu, peak, all_of_it = sync(b, "many", bad)
    finally:
        mute.close()
        stuck.close()
    if not count <= all_of_it < count + each:
        raise RuntimeError(f"{all_of_it} messages, and {count} without the bad ones")
    b.table.row("until the last of the others is done", "s", last, alone, ratio_at_most=1.5)
    b.table.row("CPU until the end", "s", cpu, alone_cpu)
    b.table.row("until the sync has ended, the silent servers named", "s", took)
    b.table.row("peak memory", "MB", peak, at_most=150)
