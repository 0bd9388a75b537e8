"""Many clients at once: all are told, none costs much, and nobody waits for those that do not read. tests/bench measures 1,000 of them."""
import json
import os
import resource
import select
import subprocess

import pytest

from bridge import BRIDGE, CORE, SANITIZED, Bridge, Events, Http, Socket
from crowd import Crowd, own_memory

MANY = 200
KB = 1024


def tokens_for(world, n, prefix):
    made = world.owner.call("Token/set", create={f"k{i}": {"name": f"{prefix}{i}", "scopes": ["read"]} for i in range(n)})["created"]
    return [made[f"k{i}"]["secret"] for i in range(n)]


@pytest.fixture(scope="module")
def tokens(world):
    secrets = tokens_for(world, MANY, "crowd")
    yield secrets
    world.owner.call("Token/set", destroy=[s.split("_")[1] for s in secrets])


def change(world):
    """A new state of the local account's mailboxes, made by the owner."""
    return world.owner.call("Mailbox/set", accountId="a1", create={"k": {"name": f"m{os.urandom(8).hex()}"}})["newState"]


def all_are_told(world, crowd):
    state = change(world)
    crowd.wait(lambda changed: changed["a1"].get("Mailbox") == state)


def test_all_are_told_and_cost_little(world, tokens):
    """Each with a token of its own: so each has a connection to facteurd behind it, which is the dearest way."""
    pids = world.bridge.process.pid, world.daemon.process.pid
    with Crowd(world.port, tokens, 20) as few:  # what the first ones cost is nobody's
        few.subscribe("Mailbox")
    before = [own_memory(p) for p in pids]
    with Crowd(world.port, tokens, MANY) as crowd:
        crowd.subscribe("Mailbox")
        for _ in range(3):
            all_are_told(world, crowd)
        bridge, core = ((own_memory(p) - b) / MANY for p, b in zip(pids, before))
        assert SANITIZED or (bridge < 64 * KB and core < 16 * KB), (bridge, core)


def test_those_that_do_not_read_hold_up_nobody(world, tokens):
    """Ten that send and read no answers, ten that only listen and do not: the others hear, and memory does not grow with what is not read."""
    big = Socket.frame(json.dumps({"@type": "Request", "using": [CORE], "methodCalls": [["Core/echo", {"t": "x" * 500_000}, "a"]]}).encode())
    deaf = [Socket(world.port, t) for t in tokens[:10]]
    streams = [Events(world.port, t) for t in tokens[10:20]]
    try:
        for s in deaf:
            s.send({"@type": "WebSocketPushEnable", "dataTypes": None})
            s.sock.setblocking(False)
            piece = big
            while True:
                try:
                    piece = piece[s.sock.send(piece):] or big
                except BlockingIOError:
                    break  # it is not read any more, as it does not read
        with Crowd(world.port, tokens, 50) as crowd:
            crowd.subscribe("Mailbox")
            all_are_told(world, crowd)
            before = own_memory(world.bridge.process.pid)
            for _ in range(30):
                change(world)
            all_are_told(world, crowd)
            assert SANITIZED or own_memory(world.bridge.process.pid) - before < 4 << 20
        state = world.owner.call("Mailbox/get", accountId="a1", ids=[])["state"]
        for e in streams:  # when they do read they hear the newest
            while e.read()[2]["changed"]["a1"]["Mailbox"] != state:
                pass
    finally:
        for s in deaf:
            s.close()
        for e in streams:
            e.connection.close()


# ---- descriptors ---------------------------------------------------------------------------------------------


class Narrow(Bridge):
    """One that the system allows few descriptors."""

    def __init__(self, descriptors, *args, **more):
        super().__init__(*args, **more)
        self.args = ["prlimit", f"--nofile={descriptors // 2}:{descriptors}", *self.args]


def test_with_few_descriptors_it_takes_fewer_clients_and_says_so(world, tokens, tmp_path):
    with Narrow(160, world.profile, log=tmp_path / "log") as b:
        said = (tmp_path / "log").read_text()
        assert "only 160 file descriptors are allowed: no more than 48 connections are taken, instead of 4096" in said and "ulimit -Hn" in said
        for t in tokens[:60]:  # each leaves a connection to facteurd idle: the oldest make room
            with Http(b.port, t) as h:
                assert h.post({"using": [CORE], "methodCalls": [["Core/echo", {}, "a"]]}).status == 200
        with Crowd(b.port, tokens[60:], 47) as crowd:
            crowd.subscribe("Mailbox")
            all_are_told(world, crowd)
            with Socket(b.port, tokens[0]) as last:
                assert last.status == 101
                with pytest.raises((IndexError, ConnectionError)):  # closed at the door
                    Socket(b.port, tokens[0])
            all_are_told(world, crowd)


def test_with_too_few_descriptors_it_does_not_start(world):
    r = subprocess.run(["prlimit", "--nofile=100:100", BRIDGE, "--profile", world.profile, "--listen", "127.0.0.1:0"], capture_output=True, text=True, timeout=20)
    assert r.returncode == 1 and "only 100 file descriptors are allowed: it takes 128 to start" in r.stderr


def test_when_descriptors_run_out_it_waits_and_goes_on(world, tokens, tmp_path):
    with Bridge(world.profile, log=tmp_path / "log") as b, Http(b.port, tokens[0]) as first:
        assert first.get("/jmap/session").status == 200
        pid = b.process.pid
        soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (len(os.listdir(f"/proc/{pid}/fd")), hard))
        before = ticks(pid)
        with Http(b.port, tokens[1]) as late:
            late.connection.request("GET", "/jmap/session", headers={"Authorization": late.authorization})
            assert not select.select([late.connection.sock], [], [], 0.7)[0]
            assert first.get("/jmap/session").status == 200     # who is in goes on
            assert ticks(pid) - before < 0.3 * os.sysconf("SC_CLK_TCK")
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
            assert late.connection.getresponse().status == 200
        assert "no file descriptors left for a client" in b.log.read_text()


def ticks(pid):
    with open(f"/proc/{pid}/stat") as f:
        return sum(map(int, f.read().rsplit(")", 1)[1].split()[11:13]))
