"""What a user of the web application waits for, in Debian's headless Chromium: the targets of the web application's own design, at full speed and with
the page's processor four times slower; and what a browser has to fetch. tests/bench/web/ has what runs in Node. Wants `npm ci` and
`npm run build` in clients/web before (./bootstrap does both) and chromium-headless-shell.
"""
import json
import os
import shutil
import subprocess

import part_jmap

HERE = os.path.dirname(os.path.abspath(__file__))
RUNS = 40


def node(b, script, *args):
    done = subprocess.run(["node", os.path.join(HERE, "web", script), *args], stdout=subprocess.PIPE, check=True,
                          env={**os.environ, "FACTEUR_BUILD": os.path.abspath(b.a.build)})
    return json.loads(done.stdout.splitlines()[-1])


def run(b):
    if not shutil.which("node") or not os.path.exists(os.path.join(b.a.build, "web", "index.html")):
        b.table.note("the web application is not built: not measured")
        return
    b.table.head("The web application: what a browser fetches (gzip)")
    for what, unit, value, at_most in node(b, "sizes.mjs"):
        b.table.row(what, unit, value, at_most=at_most)
    core = part_jmap.fill_core(b, "web-profile")
    try:
        runs = RUNS if b.messages >= 1000 else 6
        for throttle, name in ((1, "full speed"), (4, "the page's processor four times slower")):
            b.table.head(f"The web application: what one waits for ({b.messages} messages, {name})")
            for what, unit, value, at_most in node(b, "measure.mjs", "--profile", core.profile, "--mailbox", "Bench", "--runs", str(runs), "--throttle", str(throttle)):
                b.table.row(what, unit, value, at_most=at_most)
    finally:
        core.stop()
