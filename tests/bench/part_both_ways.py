"""10,000 flags and 10,000 moves, up and down, against mbsync on the same server, each with a user of its own that has the same mail.

up       made here while offline: by Email/set; for mbsync by renaming files of its Maildir, or moving them to the Maildir of another
         mailbox
down     made on the server by another IMAP client, alike for both, while facteurd runs and is connected, as it always is: the server
         tells it of changes as they come, and the command waits for what is left
unheard  the same, but nobody tells facteurd before the command does

What is timed is the command, `facteur sync` or `mbsync -a`, to its end. For `up` and `unheard` facteurd's account is switched off while
changes are made, and the time begins with switching it on: as mbsync it connects and signs in first. For `down` it begins when the
server has taken the last change.

Flags are mixed, so that neighbours differ: a third gets \\Flagged, a third \\Answered, a third loses or gets \\Seen. Afterwards both ends
are read whole and compared with what was done, and ids of Emails with those before. What came over the wire is what Dovecot's log says.
"""
import imaplib
import itertools
import os
import re
import statistics
import sys
import time

import measure
from core import Core

AT_ONCE = 500            # Emails in one call
SETTLE_SECONDS = 2       # mbsync waits until a Maildir that has just changed is a second old; no user is that fast
FLAGS = {"F": ("\\Flagged", "$flagged"), "R": ("\\Answered", "$answered"), "S": ("\\Seen", "$seen")}   # Maildir: IMAP, JMAP
FROM, TO = "INBOX", "Archive"
CHANGES = [(what, way) for what in ("flags", "moves") for way in ("up", "down", "unheard")]
LOGGED_OUT = re.compile(r"in=(\d+) out=(\d+) .*body_count=(\d+) body_bytes=(\d+)")
PAIR = """IMAPAccount b
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
Create Both
Expunge Both
Sync All
SyncState *
"""


# ---- what a change is -----------------------------------------------------------------------------------------------

def toggled(flags, n):
    """The flags, as Maildir letters, of message number n after a change."""
    return flags ^ {"FRS"[n % 3]}


class Expected:
    """What both ends must have: {number of a message: letters} and the mailbox that all of them are in."""

    def __init__(self, there):
        self.flags = dict(there)
        self.box = FROM

    def change(self, what):
        if what == "flags":
            self.flags = {n: toggled(f, n) for n, f in self.flags.items()}
        else:
            self.box = TO if self.box == FROM else FROM


def number_of(message_id):
    return int(re.search(r"\.(\d+)\.", message_id).group(1)) if message_id else None


# ---- the server, as another program sees it --------------------------------------------------------------------------

class Server:
    """Another IMAP client of one user."""

    def __init__(self, dovecot, user):
        self.dovecot, self.user = dovecot, user
        self.logged = 0

    def open(self):
        c = imaplib.IMAP4(self.dovecot.host, self.dovecot.imap_port)
        c.login(self.user, "pass")
        return c

    def read(self, box):
        """{number: (UID, letters)}"""
        with self.open() as c:
            c.select(box, readonly=True)
            answers = c.uid("FETCH", "1:*", "(UID FLAGS BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")[1]
        found = {}
        for part in answers:
            if isinstance(part, tuple):
                said = part[0].decode()
                letters = {letter for letter, (flag, _) in FLAGS.items() if flag in said}
                found[number_of(part[1].decode())] = (int(re.search(r"UID (\d+)", said).group(1)), frozenset(letters))
        return found

    def change(self, what, expected):
        there = self.read(expected.box)
        with self.open() as c:
            c.select(expected.box)
            if what == "flags":
                self.store(c, there)
            else:
                to = TO if expected.box == FROM else FROM
                c.uid("MOVE", "1:*", to)
        self.sessions(2)   # its own

    def store(self, c, there):
        wanted = {}
        for n, (uid, letters) in there.items():
            letter = "FRS"[n % 3]
            wanted.setdefault(("-" if letter in letters else "+", letter), []).append(uid)
        for (sign, letter), uids in wanted.items():
            uids.sort()
            for at in range(0, len(uids), 1000):
                c.uid("STORE", ",".join(map(str, uids[at:at + 1000])), f"{sign}FLAGS.SILENT", f"({FLAGS[letter][0]})")

    def sessions(self, count):
        """What the sessions that ended since the last call moved, as Dovecot's log says: (bytes in and out, bodies). Waits for `count`
        of them."""
        until = time.monotonic() + 10
        while True:
            ended = [LOGGED_OUT.search(line) for line in self.dovecot.log().splitlines() if f"imap({self.user})" in line and " in=" in line]
            if len(ended) >= self.logged + count or time.monotonic() > until:
                break
            time.sleep(0.02)
        fresh = [[int(v) for v in m.groups()] for m in ended[self.logged:] if m]
        self.logged = len(ended)
        return sum(f[0] + f[1] for f in fresh), sum(f[2] for f in fresh)


# ---- ours -------------------------------------------------------------------------------------------------------------

class Ours:
    name = "facteur"

    def __init__(self, b, user):
        self.core = Core(b.a.build, os.path.join(b.dir, f"{user}-profile"))
        self.command = [os.path.join(b.a.build, "bin", "facteur"), "--profile", self.core.profile, "sync"]
        self.core.start()
        self.account = self.core.add_account(f"{user}@example.org", b.source(user), "pass")
        self.core.sync()
        self.boxes = {box["name"]: box["id"] for box in self.core.call("Mailbox/get", {"accountId": self.account, "ids": None})["list"]}
        self.boxes[FROM] = next(i for name, i in self.boxes.items() if name.upper() == "INBOX")
        self.switch(False)
        measure.wait_quiet(self.core.pid, 120, b.calm)

    def switch(self, on):
        self.core.call("Account/set", {"update": {self.account: {"isEnabled": on}}})

    def read(self):
        """{number: (Email's id, letters, mailbox)}"""
        found, at = {}, 0
        while True:
            ids = self.core.call("Email/query", {"accountId": self.account, "filter": None, "position": at, "limit": AT_ONCE})["ids"]
            if not ids:
                return found
            got = self.core.call("Email/get", {"accountId": self.account, "ids": ids, "properties": ["messageId", "keywords", "mailboxIds"]})
            for e in got["list"]:
                letters = frozenset(letter for letter, (_, keyword) in FLAGS.items() if keyword in e["keywords"])
                boxes = [name for name in (FROM, TO) if self.boxes[name] in e["mailboxIds"]]
                found[number_of(e["messageId"][0])] = (e["id"], letters, boxes)
            at += len(ids)

    def change(self, what, expected):
        updates = {}
        for n, (email, letters, boxes) in self.read().items():
            if what == "flags":
                letter = "FRS"[n % 3]
                updates[email] = {f"keywords/{FLAGS[letter][1]}": None if letter in letters else True}
            else:
                updates[email] = {"mailboxIds": {self.boxes[TO if boxes == [FROM] else FROM]: True}}
        each = iter(updates.items())
        while part := dict(itertools.islice(each, AT_ONCE)):
            done = self.core.call("Email/set", {"accountId": self.account, "update": part})
            if done.get("notUpdated"):
                raise RuntimeError(f"Email/set: {done['notUpdated']}")

    def settle(self):
        pass

    def listens(self):
        """Connected, in step, and told by the server."""
        self.switch(True)
        measure.run(*self.command)
        until = time.monotonic() + 10
        while self.core.call("Account/get", {"ids": [self.account], "properties": ["syncState"]})["list"][0]["syncState"]["phase"] != "watching":
            if time.monotonic() > until:
                raise RuntimeError("facteurd does not listen to the server")
            time.sleep(0.01)
        self.cpu_before = measure.cpu(self.core.pid)

    def sync(self, is_on):
        """(wall, CPU) seconds; of CPU all that it used since it listens."""
        before, began = self.cpu_before if is_on else measure.cpu(self.core.pid), time.monotonic()
        if not is_on:
            self.switch(True)
        _, cpu = measure.run(*self.command)
        wall = time.monotonic() - began
        self.switch(False)
        return wall, cpu + measure.cpu(self.core.pid) - before

    def holds(self, expected):
        here = self.read()
        ids = {n: email for n, (email, _, _) in here.items()}
        was, self.ids = getattr(self, "ids", ids), ids
        return ({n: letters for n, (_, letters, _) in here.items()} == expected.flags and was == ids
                and all(boxes == [expected.box] for _, _, boxes in here.values()))

    def stop(self):
        self.core.stop()


# ---- mbsync's ---------------------------------------------------------------------------------------------------------

class Theirs:
    name = "mbsync"

    def __init__(self, b, user):
        self.mail = os.path.join(b.dir, f"{user}-mail")
        path = os.path.join(b.dir, f"{user}-mbsyncrc")
        os.makedirs(self.mail)
        with open(path, "w") as f:
            f.write(PAIR.format(port=b.dovecot.imap_port, user=user, mail=self.mail))
        self.command = ["mbsync", "-c", path, "-a"]
        measure.run(*self.command)
        self.numbers = {}

    def files(self, box):
        for sub in ("cur", "new"):
            folder = os.path.join(self.mail, box, sub)
            for name in os.listdir(folder):
                yield folder, name

    def number(self, folder, name):
        """Files keep the part of their name before the first comma while they are renamed and moved."""
        key = name.partition(",")[0]
        if key not in self.numbers:
            with open(os.path.join(folder, name), "rb") as f:
                head = f.read(16384)
            self.numbers[key] = number_of(re.search(rb"(?i)^message-id:\s*(\S+)", head, re.M).group(1).decode())
        return self.numbers[key]

    def change(self, what, expected):
        to = os.path.join(self.mail, TO if expected.box == FROM else FROM, "cur")
        for folder, name in list(self.files(expected.box)):
            base, _, letters = name.partition(":2,")
            if what == "flags":
                n = self.number(folder, name)
                target = os.path.join(os.path.dirname(folder), "cur", f"{base}:2,{''.join(sorted(toggled(set(letters), n)))}")
            else:
                # Who moves a file tells mbsync so by taking its UID out of the name (mbsync(1), MaildirStore).
                target = os.path.join(to, f"{re.sub(',U=[0-9]+', '', base)}:2,{letters}")
            os.rename(os.path.join(folder, name), target)

    def listens(self):
        pass

    def settle(self):
        time.sleep(SETTLE_SECONDS)

    def sync(self, is_on):
        return measure.run(*self.command)

    def holds(self, expected):
        other = TO if expected.box == FROM else FROM
        here = {self.number(folder, name): frozenset(name.partition(":2,")[2]) & set(FLAGS) for folder, name in self.files(expected.box)}
        return here == expected.flags and not any(True for _ in self.files(other))

    def stop(self):
        pass


# ---- a run --------------------------------------------------------------------------------------------------------------

def step(side, server, expected, what, way):
    """One change, and the sync that carries it over: (wall, CPU, bytes, bodies). It fails where not both ends have it."""
    is_on = way == "down"
    if is_on:
        side.listens()
    server.sessions(0)
    (side if way == "up" else server).change(what, expected)
    expected.change(what)
    side.settle()
    wall, cpu = side.sync(is_on)
    octets, bodies = server.sessions(1)
    there, other = server.read(expected.box), server.read(TO if expected.box == FROM else FROM)
    if {n: letters for n, (_, letters) in there.items()} != expected.flags or other:
        raise RuntimeError(f"{side.name}, {what} {way}: the server has something else")
    if not side.holds(expected):
        raise RuntimeError(f"{side.name}, {what} {way}: here is something else")
    server.sessions(2)   # of the one who looked
    print(f"{side.name}, {what} {way}: {wall:.3f} s", file=sys.stderr, flush=True)
    return wall, cpu, octets, bodies


def prepare(b, kind, user):
    inbox = b.dovecot.maildir(user)
    b.fill([inbox], b.messages, seed=11)
    b.dovecot.maildir(user, TO)
    b.dovecot.doveadm("index", "-u", user, FROM)
    server = Server(b.dovecot, user)
    side = kind(b, user)
    expected = Expected({n: letters for n, (_, letters) in server.read(FROM).items()})
    if len(expected.flags) != b.messages or not side.holds(expected):
        raise RuntimeError(f"{side.name}: the first sync is not complete")
    time.sleep(0.2)
    server.sessions(0)
    return side, server, expected


def run(b):
    sides = [prepare(b, Ours, "ways-ours")] + ([prepare(b, Theirs, "ways-peer")] if b.peers else [])
    took = {}
    for _ in range(b.a.rounds):
        for what, way in CHANGES:
            for side, server, expected in sides:   # in turn, so that what else the machine does meets both
                took.setdefault((what, way), {}).setdefault(side.name, []).append(step(side, server, expected, what, way))
    for side, _, _ in sides:
        side.stop()
    b.table.head(f"{b.messages} flags and {b.messages} moves, both ways (the peer is mbsync; medians of {b.a.rounds})")
    for (what, way), by in took.items():
        ours = [statistics.median(column) for column in zip(*by["facteur"])]
        peer = [statistics.median(column) for column in zip(*by["mbsync"])] if b.peers else [None] * 4
        b.table.row(f"{what} {way}, wall", "s", ours[0], peer[0], ratio_at_most=0.5)
        b.table.row(f"{what} {way}, CPU", "s", ours[1], peer[1])
        b.table.row(f"{what} {way}, bytes on the wire", "KB", ours[2] / 1e3, peer[2] / 1e3 if peer[2] else None)
        b.table.row(f"{what} {way}, bodies that the server read", "bodies", ours[3], peer[3], at_most=0)
        if b.peers:
            ratios = sorted(o[0] / p[0] for o, p in zip(by["facteur"], by["mbsync"]))
            b.table.note(f"ratios of the single rounds, {what} {way}: {', '.join(f'{r:.2f}' for r in ratios)}")
