#!/usr/bin/env python3
"""Facteur against the programs that a user would otherwise combine, in one run on one machine.

    tests/bench/bench.py                                   10,000 messages: everything
    tests/bench/bench.py --messages 100000 --only sync queries
    tests/bench/bench.py --maildir ~/Maildir               somebody's real mail (read, copied, never changed)

Needs isync, notmuch and dovecot-imapd from Debian's packages. Prints Markdown rows: what was measured, ours, the
peer's, the ratio, the target. docs/benchmarks.md keeps the results.
"""
import argparse
import os
import shutil
import socket
import statistics
import sys
import tempfile
import time

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.dirname(os.path.dirname(here))
sys.path[:0] = [os.path.join(root, "tests", "support"), here]

import corpus  # noqa: E402
import measure  # noqa: E402
from core import Core  # noqa: E402
from dovecot import Dovecot  # noqa: E402

ADDRESS = "bench@example.org"


def row(what, ours, peer, target, ratio=None):
    if ratio is None and isinstance(ours, float) and isinstance(peer, float) and peer:
        ratio = ours / peer

    def show(v):
        return "" if v is None else f"{v:.3g}" if isinstance(v, float) and v < 100 else f"{v:.0f}" if isinstance(v, float) else str(v)
    print(f"| {what} | {show(ours)} | {show(peer)} | {show(ratio)} | {target} |", flush=True)


class Bench:
    def __init__(self, a):
        self.a = a
        self.dir = tempfile.mkdtemp(prefix="facteur-bench-", dir=a.scratch)
        os.chmod(self.dir, 0o755)
        self.dovecot = Dovecot(directory=os.path.join(self.dir, "dovecot"))
        self.core = None

    def prepare(self):
        a, d = self.a, self.dovecot
        d.start()
        inbox = d.maildir("bench")
        user = d.mail_user
        if a.maildir:
            self.raw_bytes = copy_maildir(a.maildir, inbox, user)
            a.messages = sum(len(os.listdir(os.path.join(inbox, s))) for s in ("cur", "new"))
        else:
            self.raw_bytes = corpus.write_maildir(a.messages, inbox, uid=user.pw_uid, gid=user.pw_gid)
        # Dovecot's own index of the mailbox is made before anybody is measured: it serves all of them alike.
        d.doveadm("index", "-u", "bench", "INBOX")
        print(f"\n{a.messages} messages, {self.raw_bytes / 1e6:.0f} MB\n\n| what | facteur | peer | ratio | target |\n|---|---|---|---|---|", flush=True)

    def done(self):
        if self.core:
            self.core.stop()
        self.dovecot.stop()
        if not self.a.keep:
            shutil.rmtree(self.dir, ignore_errors=True)

    # ---- first sync ------------------------------------------------------------------------------------------

    def raw_fetch(self):
        """One pipelined UID FETCH 1:* into nothing: what the wire and the server alone take."""
        began = time.monotonic()
        s = socket.create_connection((self.dovecot.host, self.dovecot.imap_port))
        s.sendall(b"a LOGIN bench pass\r\nb SELECT INBOX\r\nc UID FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])\r\n")
        tail = b""
        while b"\r\nc OK" not in tail and not tail.startswith(b"c OK"):
            data = s.recv(1 << 20)
            if not data:
                raise RuntimeError("the server closed the connection")
            tail = (tail[-64:] + data)[-4096:]
        s.close()
        return time.monotonic() - began

    def sync(self):
        raw = self.raw_fetch()
        self.core = Core(self.a.build, os.path.join(self.dir, "profile"))
        self.core.start()
        began = time.monotonic()
        self.core.add_account(ADDRESS, f"imap://bench@127.0.0.1:{self.dovecot.imap_port}?tls=none", "pass")
        result = self.core.sync()
        wall, cpu, (_, peak) = time.monotonic() - began, measure.cpu(self.core.pid), measure.memory(self.core.pid)
        total = self.core.call("Email/query", {"accountId": "*", "filter": None, "calculateTotal": True, "limit": 1})["total"]
        if total != self.a.messages:
            print(f"WRONG: {total} messages here, {self.a.messages} there: {result}")
        peer_wall = peer_cpu = None
        if not self.a.no_peers:
            m = self.mbsync_config()
            w1, c1 = measure.run("mbsync", "-c", m, "-a")
            w2, c2 = self.notmuch_new()
            peer_wall, peer_cpu = w1 + w2, c1 + c2
            print(f"<!-- mbsync {w1:.1f} s wall {c1:.1f} s CPU, notmuch new {w2:.1f} s wall {c2:.1f} s CPU, raw fetch {raw:.2f} s -->")
        row("first sync, wall s (peer: mbsync, then notmuch new)", wall, peer_wall, "0.15")
        row("first sync, CPU s", cpu, peer_cpu, "0.2")
        row("first sync, messages a second", self.a.messages / wall, None, "")
        row("first sync, peak memory MB", peak, None, "at most 100 MB")
        row("first sync, wall s (peer: one raw UID FETCH 1:* into nothing)", wall, raw, "(transfer alone: 3)")
        return wall

    def mbsync_config(self):
        path = os.path.join(self.dir, "mbsyncrc")
        local = os.path.join(self.dir, "mbsync-mail")
        os.makedirs(local, exist_ok=True)
        with open(path, "w") as f:
            f.write(f"""IMAPAccount b
Host 127.0.0.1
Port {self.dovecot.imap_port}
User bench
Pass pass
SSLType None
AuthMechs LOGIN

IMAPStore far
Account b

MaildirStore near
Path {local}/
Inbox {local}/INBOX
SubFolders Verbatim

Channel c
Far :far:
Near :near:
Patterns *
Create Near
Sync Pull
SyncState *
""")
        return path

    def notmuch_env(self):
        config = os.path.join(self.dir, "notmuchrc")
        with open(config, "w") as f:
            f.write(f"[database]\npath={self.dir}/mbsync-mail\n[user]\nname=b\nprimary_email={ADDRESS}\n[new]\ntags=new\nignore=.mbsyncstate;.uidvalidity\n")
        return dict(os.environ, NOTMUCH_CONFIG=config)

    def notmuch_new(self):
        return measure.run("notmuch", "new", "--quiet", env=self.notmuch_env())

    # ---- the rest ----------------------------------------------------------------------------------------------

    def size(self):
        self.core.stop()
        profile = measure.disk(self.core.profile)
        row("store on disk, MB (peer: the messages' raw bytes)", profile / 1e6, self.raw_bytes / 1e6, "0.75")
        self.core.start()

    QUERIES = [
        ("rare word", {"text": corpus.RARE}, [corpus.RARE]),
        ("frequent word", {"text": corpus.FREQUENT}, [corpus.FREQUENT]),
        ("phrase", {"text": '"' + " ".join(corpus.PHRASE) + '"'}, ['"' + " ".join(corpus.PHRASE) + '"']),
        ("from:", {"from": "tanaka"}, ["from:tanaka"]),
        ("prefix", {"text": "quart*"}, ["quart*"]),
        ("boolean mix", {"operator": "AND", "conditions": [{"text": corpus.FREQUENT}, {"operator": "OR", "conditions": [
            {"from": "tanaka"}, {"operator": "NOT", "conditions": [{"text": "budget"}]}]}]}, [f"{corpus.FREQUENT} and (from:tanaka or not budget)"]),
        ("date range", {"after": "2015-01-01T00:00:00Z", "before": "2016-01-01T00:00:00Z"}, ["date:2015-01-01..2015-12-31"]),
    ]

    def queries(self):
        env = self.notmuch_env()
        for name, flt, words in self.QUERIES:
            ours = self.timed(lambda: self.core.call("Email/query", {"accountId": "*", "filter": flt, "limit": 50}))
            peer = None
            if not self.a.no_peers:
                args = ["notmuch", "search", "--output=messages", "--limit=50", *words]
                peer = statistics.median(measure.run(*args, env=env)[0] for _ in range(7)) * 1000
            row(f"query, {name}: newest 50, ms (peer: notmuch search)", ours, peer, "5 ms and 0.3")
        ranked = self.timed(lambda: self.core.call("Email/query", {"accountId": "*", "filter": {"text": corpus.FREQUENT}, "limit": 50,
                                                                  "sort": [{"property": "relevance", "isAscending": False}]}), 9)
        row("query, frequent word, ranked, ms", ranked, None, "100 ms")
        boxes = self.core.call("Mailbox/get", {"accountId": "*", "ids": None})["list"]
        inbox = max(boxes, key=lambda b: b["totalEmails"])["id"]
        view = self.timed(lambda: self.core.batch([
            ("q", "Email/query", {"accountId": "*", "filter": {"inMailbox": inbox}, "limit": 50, "collapseThreads": True}),
            ("g", "Email/get", {"accountId": "*", "#ids": {"resultOf": "q", "name": "Email/query", "path": "/ids"},
                                "properties": ["threadId", "mailboxIds", "keywords", "subject", "from", "to", "receivedAt", "preview", "hasAttachment", "size"]})]))
        row("inbox view (query and get of 50 rows), ms", view, None, "5 ms")

    def timed(self, fn, times=41):
        """Median in milliseconds, warm."""
        for _ in range(3):
            fn()
        taken = []
        for _ in range(times):
            began = time.perf_counter()
            fn()
            taken.append(time.perf_counter() - began)
        return statistics.median(taken) * 1000

    def idle(self):
        self.core.stop()
        starts = []
        for _ in range(5):
            starts.append(self.core.start() * 1000)
            self.core.stop()
        self.core.start()
        self.core.sync()
        time.sleep(3)
        now, _ = measure.memory(self.core.pid)
        row("start to first answer, ms", statistics.median(starts), None, "50 ms")
        row("idle with one account, MB", now, None, "20 MB")
        row("wake-ups in 10 s of idleness", float(measure.wakeups(self.core.pid, 10)), None, "0")

    def nothing_new(self):
        """20 mailboxes of which nothing is new, a fresh account of its own."""
        each = max(1, self.a.messages // 20)
        d = self.dovecot
        for n in range(20):
            corpus.write_maildir(each, d.maildir("quiet", f"box{n:02}"), seed=100 + n, uid=d.mail_user.pw_uid, gid=d.mail_user.pw_gid)
        core = Core(self.a.build, os.path.join(self.dir, "quiet-profile"))
        core.start()
        core.add_account("quiet@example.org", f"imap://quiet@127.0.0.1:{d.imap_port}?tls=none", "pass")
        core.sync()
        before = measure.cpu(core.pid)
        walls = []
        for _ in range(5):
            began = time.monotonic()
            result = core.sync()
            walls.append(time.monotonic() - began)
        cpu = (measure.cpu(core.pid) - before) / 5
        trips = result["accounts"][0]["roundTrips"]
        core.stop()
        peer_wall = peer_cpu = None
        if not self.a.no_peers:
            config = os.path.join(self.dir, "quietrc")
            with open(self.mbsync_config()) as f:
                text = f.read().replace("User bench", "User quiet").replace("mbsync-mail", "quiet-mail")
            os.makedirs(os.path.join(self.dir, "quiet-mail"), exist_ok=True)
            with open(config, "w") as f:
                f.write(text)
            measure.run("mbsync", "-c", config, "-a")
            runs = [measure.run("mbsync", "-c", config, "-a") for _ in range(3)]
            peer_wall, peer_cpu = statistics.median(w for w, _ in runs), statistics.median(c for _, c in runs)
        row(f"nothing new in 20 mailboxes of {each}, wall s", statistics.median(walls), peer_wall, "0.5")
        row(f"nothing new in 20 mailboxes of {each}, CPU s", cpu, peer_cpu, "0.5")
        row("round trips of that sync, all mailboxes together", trips, None, "1 or 2 a mailbox")


def copy_maildir(source, target, user):
    total = 0
    for sub in ("cur", "new"):
        for name in os.listdir(os.path.join(source, sub)):
            path = os.path.join(target, sub, name)
            shutil.copy2(os.path.join(source, sub, name), path)
            if os.getuid() == 0:
                os.chown(path, user.pw_uid, user.pw_gid)
            total += os.path.getsize(path)
    return total


PARTS = ["sync", "size", "queries", "idle", "nothing_new"]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--messages", type=int, default=10000)
    p.add_argument("--maildir", help="measure with this mail instead of the generated")
    p.add_argument("--build", default=os.path.join(root, "build"))
    p.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    p.add_argument("--no-peers", action="store_true", help="ours alone")
    p.add_argument("--scratch", default=None, help="a directory on a real disk")
    p.add_argument("--keep", action="store_true", help="leave the profile and the mail behind")
    a = p.parse_args()
    for program in () if a.no_peers else ("mbsync", "notmuch"):
        if not shutil.which(program):
            p.error(f"{program} is not installed: apt-get install isync notmuch dovecot-imapd")
    b = Bench(a)
    try:
        b.prepare()
        b.sync()
        for part in PARTS[1:]:
            if part in a.only:
                getattr(b, part)()
    finally:
        b.done()


if __name__ == "__main__":
    main()
