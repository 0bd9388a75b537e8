"""JMAP: facteur-bridge against Cyrus imapd's httpd, the same mail in both, the same calls in turn; and the first screen. Without
a bridge in the build facteurd's socket is asked.

Each kind of call is asked by 1 and by CLIENTS connections that stay open, for SECONDS, by the two servers in turn, ROUNDS times;
what stands in the table is the median of the rounds. CPU is what all processes of a server used for an answer: on a busy machine, where an
answer waits for a processor at each step, it says what the server costs. What both answer is compared before it is measured.
"""
import imaplib
import os
import random
import statistics
import subprocess

import corpus
from core import Core
from cyrus import Cyrus
from jmap_sides import Bridge, Http, Socket, basic, bearer, cpu, session_of

CLIENTS = 4
SECONDS = 1.0
LISTS = 40             # different fifties of Emails
MAILBOXES = 25         # the mail is in one of them
CHANGED = 100
IMPORTED = 200
IN_ONE_CALL = 50
FIRST_SCREEN = 30      # ms
RATE = 2               # times the peer's

BODIES = {"properties": ["id", "blobId", "threadId", "mailboxIds", "keywords", "size", "receivedAt", "messageId", "inReplyTo", "references",
                         "from", "to", "cc", "replyTo", "subject", "sentAt", "hasAttachment", "preview", "bodyValues", "textBody", "htmlBody",
                         "attachments"],
          "fetchTextBodyValues": True, "fetchHTMLBodyValues": True}
ROW = ["id", "threadId", "mailboxIds", "keywords", "from", "to", "subject", "receivedAt", "preview", "hasAttachment", "size"]
NEWEST_FIRST = [{"property": "receivedAt", "isAscending": False}]


# ---- the same mail in both ---------------------------------------------------------------------------------------------


def messages_of(maildir):
    """(seconds since 1970, whether it was read, bytes)"""
    for name in sorted(os.listdir(os.path.join(maildir, "cur")), key=lambda n: int(n.split(".")[0])):
        path = os.path.join(maildir, "cur", name)
        with open(path, "rb") as f:
            yield int(os.path.getmtime(path)), name.endswith("S"), f.read()


def append_all(cyrus, user, maildir):
    """By MULTIAPPEND with literals that need no going ahead: 100,000 are there in a few minutes."""
    with imaplib.IMAP4(cyrus.host, cyrus.imap_port) as c:
        c.login(user, "x")
        pieces, size = [], 0
        for when, seen, message in messages_of(maildir):
            date, flags = imaplib.Time2Internaldate(when).encode(), rb"(\Seen)" if seen else b"()"
            pieces.append(b" %s %s {%d+}\r\n%s" % (flags, date, len(message), message))
            size += len(message)
            if len(pieces) == 200:
                append(c, pieces)
                pieces = []
        if pieces:
            append(c, pieces)


def append(c, pieces):
    tag = c._new_tag()
    c.send(tag + b" APPEND INBOX" + b"".join(pieces) + b"\r\n")
    kind, said = c._command_complete("APPEND", tag)
    if kind != "OK":
        raise RuntimeError(f"APPEND: {said}")


def fill_cyrus(b):
    cyrus = Cyrus(directory=os.path.join(b.dir, "cyrus"), jmap=True)
    cyrus.start()
    cyrus.add_user("bench")
    append_all(cyrus, "bench", b.inbox)
    side = Http(b.a.build, cyrus.host, cyrus.http_port, basic("bench", "x"))
    side.mailbox = next(m["id"] for m in side.ask(("Mailbox/get", {"ids": None}))[0]["list"] if m["role"] == "inbox")
    side.processes = lambda: session_of(cyrus.process.pid)
    return cyrus, side


def fill_core(b, profile="jmap-profile"):
    core = Core(b.a.build, os.path.join(b.dir, profile))
    core.start()
    subprocess.run([os.path.join(b.a.build, "bin", "facteur"), "--profile", core.profile, "import", b.inbox, "-m", "Bench"],
                   stdout=subprocess.DEVNULL, check=True)
    return core


def bridge_side(b, core, bridge):
    side = Http(b.a.build, bridge.host, bridge.port, bearer(core))
    side.processes = lambda: [core.pid, bridge.process.pid]
    side.mailbox = next(m["id"] for m in side.ask(("Mailbox/get", {"ids": None}))[0]["list"] if m["name"] == "Bench")
    return side


def socket_side(b, core):
    side = Socket(b.a.build, core)
    side.processes = lambda: [core.pid]
    side.account = next(a["id"] for a in core.call("Account/get", {"ids": None})["list"] if a["isLocal"])
    side.mailbox = next(m["id"] for m in side.ask(("Mailbox/get", {"ids": None}))[0]["list"] if m["name"] == "Bench")
    return side


# ---- what is asked -----------------------------------------------------------------------------------------------------


def query(side, flt=None, **more):
    return "Email/query", {"filter": {"inMailbox": side.mailbox, **(flt or {})}, "sort": NEWEST_FIRST, "limit": 50, **more}


def prepare(side, b):
    """Ids to ask for, further mailboxes, a state with changes after it."""
    ids, position = [], 0
    while len(ids) < b.messages:
        found = side.ask(query(side, position=position, limit=1000))[0]["ids"]
        if not found:
            raise RuntimeError(f"{side.target}: {len(ids)} Emails of {b.messages}")
        ids += found
        position += len(found)
    rng = random.Random(5)
    side.lists = [rng.sample(ids, 50) for _ in range(LISTS)]
    missing = MAILBOXES - len(side.ask(("Mailbox/get", {"ids": None}))[0]["list"])
    side.ask(("Mailbox/set", {"create": {f"k{n}": {"name": f"Folder {n:02}"} for n in range(missing)}}))
    side.since = side.ask(("Email/get", {"ids": []}))[0]["state"]
    step = max(1, len(ids) // CHANGED)
    done = side.ask(("Email/set", {"update": {id: {"keywords/$flagged": True} for id in ids[::step][:CHANGED]}}))[0]
    if done.get("notUpdated"):
        raise RuntimeError(f"Email/set: {done['notUpdated']}")


# name, what a side is asked (each a request), what of the answer must be the same on all sides
KINDS = [
    ("Email/query, a mailbox, newest 50", lambda s: [[query(s)]], lambda r: len(r["ids"])),
    ("Email/query, the same by threads", lambda s: [[query(s, collapseThreads=True)]], lambda r: len(r["ids"])),
    ("Email/query, unread, with the total", lambda s: [[query(s, {"notKeyword": "$seen"}, calculateTotal=True)]],
     lambda r: (len(r["ids"]), r["total"])),
    ("Email/get, 50 rows of a list", lambda s: [[("Email/get", {"ids": ids, "properties": ROW})] for ids in s.lists], lambda r: len(r["list"])),
    ("Email/get, 50 with bodies", lambda s: [[("Email/get", {"ids": ids, **BODIES})] for ids in s.lists],
     lambda r: (len(r["list"]), sum(len(e["bodyValues"]) for e in r["list"]))),
    ("Mailbox/get", lambda s: [[("Mailbox/get", {"ids": None})]], lambda r: len(r["list"])),
    (f"Email/changes, {CHANGED} of them", lambda s: [[("Email/changes", {"sinceState": s.since, "maxChanges": 500})]],
     lambda r: (len(r["created"]), len(r["updated"]), len(r["destroyed"]))),
]


def compared(sides, name, calls, essence):
    """The requests of each side, once they answer alike."""
    said = [essence(side.ask(*calls(side)[0])[0]) for side in sides]
    if len(set(said)) != 1:
        raise RuntimeError(f"{name}: the answers differ: {said}")
    return [[side.request(*one) for one in calls(side)] for side in sides]


def middle(runs):
    return {"rate": statistics.median(r["n"] / r["seconds"] for r in runs), **{k: statistics.median(r[k] for r in runs) for k in ("p50", "p99")}}


def in_turn(b, sides, requests, connections):
    runs, used = [[] for _ in sides], [0 for _ in sides]
    for side, mine in zip(sides, requests):
        side.load(mine, connections, 0.2)
    for _ in range(b.a.rounds):
        for n, (side, mine) in enumerate(zip(sides, requests)):
            before = cpu(side.processes())
            runs[n].append(side.load(mine, connections, SECONDS))
            used[n] += cpu(side.processes()) - before
    return [{**middle(r), "cpu": ms / sum(one["n"] for one in r)} for r, ms in zip(runs, used)]


def rows(t, name, figures, clients):
    ours, peer = figures[0], figures[1] if len(figures) > 1 else {}
    t.row(f"{name}: {clients}", "1/s", ours["rate"], peer.get("rate"), ratio_at_least=RATE)
    t.row(f"{name}: {clients}, median", "ms", ours["p50"], peer.get("p50"))
    t.row(f"{name}: {clients}, 99 of 100 within", "ms", ours["p99"], peer.get("p99"))
    if "cpu" in ours:
        t.row(f"{name}: {clients}, CPU of the server's processes", "ms", ours["cpu"], peer.get("cpu"))


# ---- import ------------------------------------------------------------------------------------------------------------


def upload(side, messages, connections):
    figures, bodies = side.answers([side.upload_request(m) for m in messages], connections)
    return middle([figures]), [side.blob_id(body) for body in bodies]


def imports(side, blobs, each):
    def one(some):
        return side.request(("Email/import", {"emails": {f"k{n}": {"blobId": blob, "mailboxIds": {side.mailbox: True}, "keywords": {}}
                                                          for n, blob in enumerate(some)}}))
    return [one(blobs[at:at + each]) for at in range(0, len(blobs), each)]


def run_imports(b, sides, seed):
    """One round: fresh messages, the same for all: {kind: figures of each side}"""
    messages = [m for _, m in corpus.Corpus(IMPORTED * 3, seed).messages()]
    parts = [messages[n::3] for n in range(3)]
    out = {}
    for side in sides:
        for clients, some, each in ((1, parts[0], 1), (CLIENTS, parts[1], 1), (1, parts[2], IN_ONE_CALL)):
            uploaded, blobs = upload(side, some, clients)
            figures, bodies = side.answers(imports(side, blobs, each), clients)
            if sum(body.count(b'"threadId"') for body in bodies) != len(some):
                raise RuntimeError(f"Email/import: not all went in: {bodies[0][:500]}")
            if each == 1:
                out.setdefault(f"upload: {people(clients)}", []).append(uploaded)
            what = "Email/import of one" if each == 1 else f"Email/import of {each}"
            out.setdefault(f"{what}: {people(clients)}", []).append(middle([figures]))
    return out


def people(n):
    return f"{n} client" if n == 1 else f"{n} clients"


# ---- the first screen --------------------------------------------------------------------------------------------------


def first_screen(side):
    view = [("Mailbox/get", {"ids": None}), query(side, collapseThreads=True),
            ("Email/get", {"#ids": {"resultOf": "1", "name": "Email/query", "path": "/ids"}, "properties": ROW})]
    if len(side.ask(*view)[2]["list"]) != 50:
        raise RuntimeError("the first screen has no 50 Emails")
    return [side.session_request(), side.request(*view)]


def run_first_screen(b, sides):
    b.table.head(f"The first screen over HTTP on a connection that stands ({b.messages} messages): session; mailboxes, query and get of 50")
    took = []
    for side in sides:
        requests = first_screen(side)
        for one in requests:
            side.load([one], 1, 0.2)
        took.append([side.load(requests, 1, 0) for _ in range(41)])
    whole = [sorted(r["seconds"] * 1000 for r in runs) for runs in took]
    peer = whole[1] if len(whole) > 1 else None
    b.table.row("both requests, median", "ms", statistics.median(whole[0]), peer and statistics.median(peer), at_most=FIRST_SCREEN)
    b.table.row("both requests, the slowest of 41", "ms", whole[0][-1], peer and peer[-1], at_most=FIRST_SCREEN)


def measure(b, sides):
    b.table.head(f"JMAP ({b.messages} messages; the peer is Cyrus imapd)")
    for name, calls, essence in KINDS:
        requests = compared(sides, name, calls, essence)
        for clients in (1, CLIENTS):
            rows(b.table, name, in_turn(b, sides, requests, clients), people(clients))
    rounds = [run_imports(b, sides, 100 + n) for n in range(b.a.rounds)]
    for kind in rounds[0]:
        each = [[r[kind][n] for r in rounds] for n in range(len(sides))]
        figures = [{k: statistics.median(f[k] for f in some) for k in some[0]} for some in each]
        name, clients = kind.rsplit(": ", 1)
        rows(b.table, name, figures, clients)


def run(b):
    cyrus = bridge = None
    core = fill_core(b)
    try:
        if os.path.exists(Bridge.path(b.a.build)):
            bridge = Bridge(b.a.build, core)
            sides = [bridge_side(b, core, bridge)]
        else:
            b.table.note("no facteur-bridge in this build: what follows is facteurd's socket")
            sides = [socket_side(b, core)]
        if not b.a.no_peers and Cyrus.has_jmap():
            cyrus, peer = fill_cyrus(b)
            sides.append(peer)
        for side in sides:
            prepare(side, b)
        run_first_screen(b, sides)
        measure(b, sides)
    finally:
        for one in (bridge, core, cyrus):
            if one:
                one.stop()
