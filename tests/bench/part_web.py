"""What a user of the web application waits for, in Debian's headless Chromium: the targets of the web application's own design, at full speed and with
the page's processor four times slower; and what a browser has to fetch. tests/bench/web/ has what runs in Node. Wants `npm ci` and
`npm run build` in clients/web before (./bootstrap does both) and chromium-headless-shell.

The peer is Roundcube (roundcube.py) in front of the bench's Dovecot, whose inbox has the messages that ours imported: the same browser, the same
clock, one after the other. It is measured last, as it moves messages of the inbox.
"""
import json
import os
import shutil
import subprocess

import dovecot
import part_jmap
import roundcube

HERE = os.path.dirname(os.path.abspath(__file__))
SPEEDS = ((1, "full speed"), (4, "the page's processor four times slower"))


def node(b, script, *args):
    done = subprocess.run(["node", os.path.join(HERE, "web", script), *args], stdout=subprocess.PIPE, check=True,
                          env={**os.environ, "FACTEUR_BUILD": os.path.abspath(b.a.build)})
    return json.loads(done.stdout.splitlines()[-1])


def speed(b, throttle):
    return "--runs", str(b.a.runs if b.messages >= 1000 else 6), "--throttle", str(throttle)


def measure_ours(b):
    """The rows at each speed: [what, unit, value, at most]."""
    core = part_jmap.fill_core(b, "web-profile")
    try:
        return [node(b, "measure.mjs", "--profile", core.profile, "--mailbox", "Bench", *speed(b, throttle)) for throttle, _ in SPEEDS]
    finally:
        core.stop()


def measure_peer(b):
    """The same of Roundcube: [what, unit, value, the name of ours that it is like]. Nothing where it is not installed."""
    lacks = None if b.a.no_peers else roundcube.missing()
    if b.a.no_peers or lacks:
        if lacks:
            b.table.note(f"Roundcube: not measured ({lacks})")
        return [[] for _ in SPEEDS]
    check = 60 if b.messages >= 1000 else 5
    with roundcube.Roundcube(os.path.join(b.dir, "roundcube"), b.dovecot.imap_port, check) as r:
        b.table.note(f"the peer is Roundcube {roundcube.version()}, {os.path.basename(roundcube.fpm())} and nginx, asking for news every {check} s")
        return [node(b, "roundcube.mjs", "--url", r.url, "--imap", str(b.dovecot.imap_port), "--user", "bench", "--password", dovecot.PASSWORD,
                     "--check", str(check), *speed(b, throttle)) for throttle, _ in SPEEDS]


def show(b, ours, peer, rest=True):
    """Ours beside the peer's of the same name; then, with `rest`, what has no row of its name."""
    values = {what: value for what, _, value, _ in peer}
    mine = {what: value for what, _, value, _ in ours}
    for what, unit, value, at_most in ours:
        b.table.row(what, unit, value, values.get(what), at_most=at_most)
    for what, unit, value, like in peer if rest else []:
        if what not in mine:
            b.table.row(what, unit, mine[like] if like else None, value)


def run(b):
    if not shutil.which("node") or not os.path.exists(os.path.join(b.a.build, "web", "index.html")):
        b.table.note("the web application is not built: not measured")
        return
    sizes, ours, peer = node(b, "sizes.mjs"), measure_ours(b), measure_peer(b)
    b.table.head("The web application: what a browser fetches (gzip)")
    show(b, sizes, peer[0], rest=False)
    fetched = {what for what, *_ in sizes}
    for (_, name), mine, theirs in zip(SPEEDS, ours, peer):
        b.table.head(f"The web application: what one waits for ({b.messages} messages, {name})")
        show(b, mine, [row for row in theirs if row[0] not in fetched])
