"""50 clients ask while a first sync runs: does a query wait for the sync, and what do they cost it?"""
import json
import os
import subprocess
import sys
import time

import measure
from core import Core
from part_queries import inbox_view, largest_mailbox
from part_sync import first_sync

CLIENTS = 50
PAUSE = 0.2          # 50 clients, five calls a second each: some 250 calls a second
IDLE_SECONDS = 15
WAIT_AT_MOST = 100   # ms, the 99th of 100 answers during the sync


class Load:
    def __init__(self, core):
        path = os.path.join(core.profile, "rpc.sock")
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clients.py")
        self.process = subprocess.Popen([sys.executable, program, path, str(CLIENTS), str(PAUSE)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError("the clients do not start")

    def go(self, kinds):
        self.process.stdin.write(json.dumps(kinds) + "\n")
        self.process.stdin.flush()

    def stop(self):
        """{kind: sorted milliseconds}"""
        told, _ = self.process.communicate()
        if self.process.returncode != 0:
            raise RuntimeError("a client was answered with an error")
        return {kind: sorted(taken) for kind, taken in json.loads(told).items()}


def requests(core, words):
    """What the clients ask, as texts: one inbox view, three searches, the mailboxes, an echo."""
    def call(method, params):
        return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})

    def search(flt):
        return call("Email/query", {"accountId": "*", "filter": flt, "limit": 50})
    view = [{"jsonrpc": "2.0", "id": i, "method": m, "params": p} for i, m, p in inbox_view(largest_mailbox(core))]
    return {
        "inbox view": json.dumps(view),
        "search, frequent word": search({"text": words.frequent}),
        "search, rare word": search({"text": words.rare}),
        "search, prefix": search({"text": words.prefix + "*"}),
        "Mailbox/get": call("Mailbox/get", {"accountId": "*", "ids": None}),
        "Core/echo": call("Core/echo", {"hello": True}),
    }


def of_hundred(taken, n):
    return taken[min(len(taken) - 1, len(taken) * n // 100)]


def sync_under_load(b, core, load):
    """(wall seconds of the sync, {kind: ms})"""
    began = time.monotonic()
    core.add_account("bench@example.org", b.source("bench"), "pass")
    task = core.call("Account/sync", {})["taskId"]
    while core.count() == 0:
        time.sleep(0.01)
    load.go(requests(core, b.words))
    while (state := core.call("Task/get", {"ids": [task]})["list"][0])["state"] == "running":
        time.sleep(0.02)
    wall = time.monotonic() - began
    if state["state"] != "done" or core.count() != b.messages:
        raise RuntimeError(f"the sync under load: {state}")
    return wall, load.stop()


def run(b):
    if b.sync_wall is None:
        alone, b.sync_wall, _, _ = first_sync(b, "alone-profile")
        alone.stop()
    core = Core(b.a.build, os.path.join(b.dir, "clients-profile"))
    core.start()
    load = Load(core)
    wall, during = sync_under_load(b, core, load)
    _, peak = measure.memory(core.pid)
    measure.wait_quiet(core.pid, 120)
    load = Load(core)
    load.go(requests(core, b.words))
    time.sleep(IDLE_SECONDS)
    idle = load.stop()
    core.stop()

    t = b.table
    t.head(f"{CLIENTS} clients during a first sync of {b.messages} (the peer is the same load on the idle core, all messages there)")
    for kind, taken in during.items():
        if not taken:
            t.note(f"{kind}: the sync was over before anybody had asked for it")
            continue
        t.row(f"{kind}, median", "ms", of_hundred(taken, 50), of_hundred(idle[kind], 50))
        t.row(f"{kind}, 99 of 100 within", "ms", of_hundred(taken, 99), of_hundred(idle[kind], 99), at_most=WAIT_AT_MOST)
        t.row(f"{kind}, longest", "ms", taken[-1], idle[kind][-1])
    t.row("the sync, wall (peer: the sync without clients)", "s", wall, b.sync_wall)
    t.row("peak memory", "MB", peak, at_most=100)
    t.note(f"{sum(map(len, during.values()))} calls in {wall:.1f} s of sync, {sum(map(len, idle.values()))} in {IDLE_SECONDS} s of idleness")
