"""Queries over the socket, warm, one client; the peers' as processes, which is how a user has them."""
import statistics
import time

ROW = ["threadId", "mailboxIds", "keywords", "subject", "from", "to", "receivedAt", "preview", "hasAttachment", "size"]


def inbox_view(inbox):
    """The batch by which a front end draws its inbox."""
    return [("q", "Email/query", {"accountId": "*", "filter": {"inMailbox": inbox}, "limit": 50, "collapseThreads": True}),
            ("g", "Email/get", {"accountId": "*", "#ids": {"resultOf": "q", "name": "Email/query", "path": "/ids"}, "properties": ROW})]


def ranked(word):
    return {"accountId": "*", "filter": {"text": word}, "limit": 50, "sort": [{"property": "relevance", "isAscending": False}]}


def largest_mailbox(core):
    boxes = core.call("Mailbox/get", {"accountId": "*", "ids": None})["list"]
    return max(boxes, key=lambda box: box["totalEmails"])["id"]


def timed(fn, times=41):
    """Median in milliseconds, warm."""
    for _ in range(3):
        fn()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        fn()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


def run(b):
    core, t = b.synced(), b.table
    peers = {}
    for name, _, query in b.words.queries() if b.peers else []:
        peers[name] = [statistics.median(find(query) or 0 for _ in range(7)) for find in (b.peers.notmuch_search, b.peers.mu_find)]
    t.head(f"Queries ({b.messages} messages, newest 50, median)")
    for name, flt, _ in b.words.queries():
        ours = timed(lambda: core.call("Email/query", {"accountId": "*", "filter": flt, "limit": 50}))
        notmuch, mu = peers.get(name, (None, None))
        t.row(f"{name} (peer: notmuch search)", "ms", ours, notmuch, at_most=5, ratio_at_most=0.3)
        if mu:
            t.row(f"{name} (peer: mu find)", "ms", ours, mu)
    t.row("frequent word, ranked", "ms", timed(lambda: core.call("Email/query", ranked(b.words.frequent)), 9), at_most=100)
    view = inbox_view(largest_mailbox(core))
    t.row("inbox view: query and get of 50 rows in one batch", "ms", timed(lambda: core.batch(view)), at_most=5)
