#!/usr/bin/env python3
"""Facteur against the programs that a user would otherwise combine, in one run on one machine.

    tests/bench/bench.py                                   10,000 messages: everything
    tests/bench/bench.py --messages 100000 --only sync queries
    tests/bench/bench.py --maildir ~/Maildir               somebody's real mail (read, copied, never changed)

Needs dovecot-imapd, isync, notmuch and maildir-utils from Debian's packages, and a build with -DFACTEUR_TESTS=ON (the part
`web`: Roundcube as its peer, see roundcube.py, where it is installed). Prints
Markdown tables: what was measured, its unit, ours, the peer's, the ratio, the target, whether it is met. What each part
measures stands in its part_*.py; docs/benchmarks.md keeps the results.
"""
import argparse
import os
import shutil
import signal
import sys
import tempfile
import time

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.dirname(os.path.dirname(here))
sys.path[:0] = [os.path.join(root, "tests", "support"), here]

import corpus  # noqa: E402
import part_both_ways  # noqa: E402
import part_clients  # noqa: E402
import part_idle  # noqa: E402
import part_jmap  # noqa: E402
import part_jmap_queries  # noqa: E402
import part_large  # noqa: E402
import part_latency  # noqa: E402
import part_many  # noqa: E402
import part_pop3  # noqa: E402
import part_prompt  # noqa: E402
import part_push  # noqa: E402
import part_queries  # noqa: E402
import part_quiet  # noqa: E402
import part_sending  # noqa: E402
import part_store  # noqa: E402
import part_sync  # noqa: E402
import part_transfer  # noqa: E402
import part_web  # noqa: E402
import peers  # noqa: E402
import report  # noqa: E402
import words  # noqa: E402
from dovecot import Dovecot  # noqa: E402

# In the order in which they run: the first two are measured while nothing else was done on the machine.
PARTS = {
    "transfer": part_transfer.run,
    "sync": part_sync.run,
    "size": part_sync.size,
    "pop3": part_pop3.run,
    "queries": part_queries.run,
    "idle": part_idle.run,
    "nothing_new": part_quiet.run,
    "both_ways": part_both_ways.run,
    "latency": part_latency.run,
    "prompt": part_prompt.run,
    "sending": part_sending.run,
    "clients": part_clients.run,
    "many": part_many.run,
    "large": part_large.run,
    "jmap": part_jmap.run,
    "push": part_push.run,
    "jmap_queries": part_jmap_queries.run,
    "store": part_store.run,
    "web": part_web.run,
}


class Bench:
    """What the parts share: the server with its mail, the peers, the core that has synchronised it, the table."""

    def __init__(self, a):
        self.a = a
        self.dir = tempfile.mkdtemp(prefix="facteur-bench-", dir=a.scratch)
        os.chmod(self.dir, 0o755)
        # No "Still here" while somebody waits in IDLE: what wakes the core then is its own affair.
        self.dovecot = Dovecot(directory=os.path.join(self.dir, "dovecot"), extra="imap_idle_notify_interval = 29 mins",
                               pop3=Dovecot.has_pop3())
        self.table = report.Table()
        self.calm = 8 if a.messages >= 1000 else 0   # seconds in which nothing wakes, before something is measured
        self.peers = None
        self.core = self.raw = self.sync_wall = None

    def prepare(self):
        a, d = self.a, self.dovecot
        d.start()
        self.inbox = d.maildir("bench")
        self.messages, self.raw_bytes = self.fill([self.inbox], a.messages, seed=1)
        self.words = words.of_maildir(a.maildir) if a.maildir else words.generated()
        if not a.no_peers:
            self.peers = peers.Peers(self.dir, d.imap_port, "bench@example.org", with_mu=not a.no_mu)
        # Dovecot's own index of the mailbox is made before anybody is measured: it serves all of them alike.
        d.doveadm("index", "-u", "bench", "INBOX")

    def fill(self, mailboxes, messages, seed):
        """Puts mail into Maildirs, generated or from --maildir: (messages, bytes) altogether."""
        user = self.dovecot.mail_user
        if self.a.maildir:
            return copy_maildir(self.a.maildir, mailboxes, user)
        each = max(1, messages // len(mailboxes))
        return each * len(mailboxes), sum(corpus.write_maildir(each, path, seed=seed + n, uid=user.pw_uid, gid=user.pw_gid)
                                          for n, path in enumerate(mailboxes))

    def fill_mailboxes(self, user, count):
        """Gives another user as many messages, in `count` mailboxes; how many are in each."""
        paths = [self.dovecot.maildir(user, f"box{n:02}") for n in range(count)]
        return self.fill(paths, self.messages, seed=100)[0] // count

    def source(self, user):
        return f"imap://{user}@127.0.0.1:{self.dovecot.imap_port}?tls=none"

    def synced(self):
        """The core that has all messages; synchronised now if no part has done it."""
        if not self.core:
            self.core, self.sync_wall, _, _ = part_sync.first_sync(self, "profile")
        return self.core

    def done(self):
        if self.core:
            self.core.stop()
        self.dovecot.stop()
        if self.a.keep:
            print(f"\nkept: {self.dir}")
        else:
            shutil.rmtree(self.dir, ignore_errors=True)


def copy_maildir(source, targets, user):
    """Deals the messages of a Maildir out to others: (messages, bytes)."""
    count = total = 0
    for sub in ("cur", "new"):
        for name in os.listdir(os.path.join(source, sub)):
            path = os.path.join(targets[count % len(targets)], sub, name)
            shutil.copy2(os.path.join(source, sub, name), path)
            if os.getuid() == 0:
                os.chown(path, user.pw_uid, user.pw_gid)
            count += 1
            total += os.path.getsize(path)
    return count, total


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--messages", type=int, default=10000)
    p.add_argument("--maildir", help="measure with this mail instead of the generated")
    p.add_argument("--rounds", type=int, default=3, help="of both_ways, latency and jmap")
    p.add_argument("--runs", type=int, default=40, help="of web, at each speed")
    p.add_argument("--build", default=os.path.join(root, "build"))
    p.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART", help=f"of: {' '.join(PARTS)}")
    p.add_argument("--no-peers", action="store_true", help="ours alone")
    p.add_argument("--no-mu", action="store_true", help="without mu, whose index takes long")
    p.add_argument("--scratch", default=None, help="a directory on a real disk")
    p.add_argument("--keep", action="store_true", help="leave the profile and the mail behind")
    a = p.parse_args()
    for program, package in peers.NEEDED.items() if not a.no_peers and peers.ASKED_BY & set(a.only) else ():
        if not shutil.which(program) and not (program == "mu" and a.no_mu):
            p.error(f"{program} is not installed: apt-get install {package}")
    return a


def main():
    a = arguments()
    if not Dovecot.is_there():
        print("dovecot is not installed: apt-get install dovecot-imapd", file=sys.stderr)
        sys.exit(77)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))   # what was started is ended then, too
    b = Bench(a)
    began = time.monotonic()
    try:
        print(f"{report.machine(a.build)}\n", flush=True)
        b.prepare()
        print(f"{b.messages} messages, {b.raw_bytes / 1e6:.0f} MB, {'of ' + a.maildir if a.maildir else 'generated'}")
        for part, run in PARTS.items():
            if part in a.only:
                run(b)
    finally:
        b.done()
    missed = b.table.missed
    print(f"\n{time.monotonic() - began:.0f} s altogether; " + (f"not met: {'; '.join(missed)}" if missed else "every target met"))


if __name__ == "__main__":
    main()
