"""The programs that a user would otherwise combine: mbsync for the transfer, notmuch or mu for threads and words.

Each is run when its result is first asked for, and once.
"""
import os
import subprocess
import time

import measure

NEEDED = {"mbsync": "isync", "notmuch": "notmuch", "mu": "maildir-utils"}
ASKED_BY = {"sync", "queries", "nothing_new", "both_ways"}   # the parts that run them
MBSYNC = """IMAPAccount b
Host 127.0.0.1
Port {port}
User {user}
Pass pass
SSLType None
AuthMechs LOGIN

IMAPStore far
Account b

MaildirStore near
Path {mail}/
Inbox {mail}/INBOX
SubFolders Verbatim

Channel c
Far :far:
Near :near:
Patterns *
Create Near
Sync Pull
SyncState *
"""


class Peers:
    """fetched, notmuch, mu: (wall, CPU) seconds of the first run of each. All three are None with --no-peers."""

    def __init__(self, directory, port, address, with_mu):
        self.dir, self.port, self.address, self.with_mu = directory, port, address, with_mu
        self.mail = os.path.join(directory, "mbsync-mail")
        self.mu_home = os.path.join(directory, "mu")
        self.env = dict(os.environ, NOTMUCH_CONFIG=os.path.join(directory, "notmuchrc"))
        self.taken = {}

    def once(self, name, run):
        if name not in self.taken:
            self.taken[name] = run()
        return self.taken[name]

    def mbsync(self, user, mail):
        """The command line that brings one user's mail into the folder `mail`."""
        path = os.path.join(self.dir, f"mbsyncrc-{user}")
        os.makedirs(mail, exist_ok=True)
        with open(path, "w") as f:
            f.write(MBSYNC.format(port=self.port, user=user, mail=mail))
        return ["mbsync", "-c", path, "-a"]

    def fetched(self):
        return self.once("mbsync", lambda: measure.run(*self.mbsync("bench", self.mail)))

    def notmuch(self):
        def index():
            with open(self.env["NOTMUCH_CONFIG"], "w") as f:
                f.write(f"[database]\npath={self.mail}\n[user]\nname=b\nprimary_email={self.address}\n"
                        "[new]\ntags=new\nignore=.mbsyncstate;.uidvalidity\n")
            return measure.run("notmuch", "new", "--quiet", env=self.env)
        self.fetched()
        return self.once("notmuch", index)

    def mu(self):
        """None when mu is left out."""
        def index():
            w1, c1 = measure.run("mu", "init", f"--muhome={self.mu_home}", f"--maildir={self.mail}", f"--my-address={self.address}")
            w2, c2 = measure.run("mu", "index", f"--muhome={self.mu_home}", "--quiet")
            return w1 + w2, c1 + c2
        if not self.with_mu:
            return None
        self.fetched()
        return self.once("mu", index)

    def notmuch_search(self, query):
        """Milliseconds of one search for the newest 50, as a process."""
        self.notmuch()
        return self.search("notmuch", "search", "--output=messages", "--limit=50", query)

    def mu_find(self, query):
        if not self.mu():
            return None
        return self.search("mu", "find", f"--muhome={self.mu_home}", "--maxnum=50", "--sortfield=date", "--reverse", "--fields=i", query)

    def search(self, *args):
        began = time.monotonic()
        done = subprocess.run(args, stdin=subprocess.DEVNULL, capture_output=True, env=self.env)
        if done.returncode not in (0, 4):   # 4: mu found nothing
            raise RuntimeError(f"{' '.join(args)}: {done.stderr.decode(errors='replace')}")
        return (time.monotonic() - began) * 1000
