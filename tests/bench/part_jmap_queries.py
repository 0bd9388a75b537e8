"""What a mail client asks while its user reads, sorts and looks for things in one large mailbox: facteur-bridge over HTTP, one connection
that stands, no peer. Each kind is asked RUNS times; what stands in the table is the first answer (after facteurd has been
started again, so nothing of ours is warm, only the system's pages) and the median.

Sorts by anything but the time, and fields of the header, have no index in the database: the first such search reads what it
compares of all Emails, and later ones have it in memory (core/search/memory.h).

"CPU" is what facteurd and facteur-bridge used for one answer (ticks of 10 ms, over all RUNS): on a busy machine it says more than
the wall does.
"""
import subprocess
import time

import part_jmap
from jmap_sides import Bridge, cpu

RUNS = 21
AT_MOST = 30   # ms


def sorted_by(name, ascending=True, **more):
    return {"sort": [{"property": name, "isAscending": ascending, **more}]}


def kinds(side, words):
    """(what, the calls of one request)"""
    def query(flt=None, sort=None, **more):
        asked = {"filter": {"inMailbox": side.mailbox, **(flt or {})}, "sort": part_jmap.NEWEST_FIRST, "limit": 50, **(sort or {}), **more}
        return [("Email/query", asked)]

    newest, since = side.ask(*query())[0]["ids"], side.query_state
    threads = [e["threadId"] for e in side.ask(("Email/get", {"ids": newest, "properties": ["threadId"]}))[0]["list"]]
    changes = {"filter": {"inMailbox": side.mailbox}, "sort": part_jmap.NEWEST_FIRST, "sinceQueryState": since}
    return [
        ("newest first", query()),
        ("newest first, with the total", query(calculateTotal=True)),
        ("newest first, position 50,000", query(position=50000)),
        ("oldest first", query(sort=sorted_by("receivedAt"))),
        ("from, ascending", query(sort=sorted_by("from"))),
        ("to, ascending", query(sort=sorted_by("to"))),
        ("subject, ascending", query(sort=sorted_by("subject"))),
        ("subject, the second fifty", query(sort=sorted_by("subject"), position=50)),
        ("size, descending", query(sort=sorted_by("size", False))),
        ("sentAt, descending", query(sort=sorted_by("sentAt", False))),
        ("flagged before the rest", query(sort={"sort": [{"property": "hasKeyword", "keyword": "$flagged", "isAscending": False},
                                                         *part_jmap.NEWEST_FIRST]})),
        ("threads collapsed", query(collapseThreads=True)),
        ("threads collapsed, with the total", query(collapseThreads=True, calculateTotal=True)),
        ("threads collapsed, by subject", query(sort=sorted_by("subject"), collapseThreads=True)),
        ("unread before the rest", query(sort={"sort": [{"property": "hasKeyword", "keyword": "$seen"}, *part_jmap.NEWEST_FIRST]})),
        ("hasKeyword $flagged", query({"hasKeyword": "$flagged"})),
        ("hasKeyword $seen, with the total", query({"hasKeyword": "$seen"}, calculateTotal=True)),
        ("notKeyword $seen", query({"notKeyword": "$seen"})),
        ("notKeyword $seen, with the total", query({"notKeyword": "$seen"}, calculateTotal=True)),
        ("someInThreadHaveKeyword $flagged", query({"someInThreadHaveKeyword": "$flagged"})),
        ("hasAttachment", query({"hasAttachment": True})),
        ("hasAttachment, with the total", query({"hasAttachment": True}, calculateTotal=True)),
        ("text: a rare word", query({"text": words.rare})),
        ("text: a frequent word", query({"text": words.frequent})),
        ("text: a frequent word, with the total", query({"text": words.frequent}, calculateTotal=True)),
        ("a header that many have", query({"header": ["MIME-Version"]})),
        ("a header that the envelope has", query({"header": ["Cc"]})),
        ("a header's words, which many have", query({"header": ["Content-Type", "plain"]})),
        ("a header that nobody has", query({"header": ["X-Nobody-Has-This"]})),
        ("Email/queryChanges, 100 changes", [("Email/queryChanges", changes)]),
        ("Email/queryChanges, threads collapsed", [("Email/queryChanges", {**changes, "collapseThreads": True})]),
        ("Mailbox/get", [("Mailbox/get", {"ids": None})]),
        ("Thread/get of 50", [("Thread/get", {"ids": threads})]),
    ]


def until_it_answers(side, request):
    """Milliseconds. A search that reads every message may be given up on a busy machine (API_SEARCH_MS); what it has read stays, so the next one
    comes further."""
    began = time.monotonic()
    for last in (False, False, True):
        try:
            side.load([request], 1, 0)
            return (time.monotonic() - began) * 1000
        except subprocess.CalledProcessError:
            if last:
                raise


def asked_again(side, calls, pids):
    """(the first answer, the median of those after it, CPU of one of them)"""
    request = side.request(*calls)
    first, used = until_it_answers(side, request), cpu(pids)
    later = side.load([request] * RUNS, 1, 0)["p50"]
    return first, later, (cpu(pids) - used) / RUNS


def run(b):
    core, bridge = part_jmap.fill_core(b, "jmap-queries-profile"), None
    try:
        bridge = Bridge(b.a.build, core)
        side = part_jmap.bridge_side(b, core, bridge)
        side.query_state = side.ask(part_jmap.query(side))[0]["queryState"]
        part_jmap.prepare(side, b)
        bridge.stop()
        core.stop()
        core.start()
        bridge = Bridge(b.a.build, core)
        side.move_to(bridge)
        measure(b, side, [core.pid, bridge.process.pid])
    finally:
        for one in (bridge, core):
            if one:
                one.stop()


def measure(b, side, pids):
    b.table.head(f"What a client asks in one mailbox ({b.messages} messages, HTTP, the median of {RUNS}, and the first answer)")
    for name, calls in kinds(side, b.words):
        first, later, used = asked_again(side, calls, pids)
        b.table.row(name, "ms", later, at_most=AT_MOST)
        b.table.row(f"{name}: CPU", "ms", used)
        b.table.row(f"{name}: first", "ms", first)
