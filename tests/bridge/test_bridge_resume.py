"""The bridge and the core are killed, again and again, while mail changes: clients that go on by state miss nothing and see nothing twice."""
import contextlib
import http.client
import json
import subprocess
import threading
import time

import pytest

from bridge import BUILD, CORE, MAIL, Bridge, Daemon, Events, Http, Socket
from client import RpcError

ROUNDS = 2
LOST = (OSError, http.client.HTTPException, ValueError, IndexError)    # an answer that was cut, or none, is one of these


class Writer(threading.Thread):
    """Makes mailboxes over the owner's socket, as fast as they are made; where the core has gone it comes again with the same key."""

    def __init__(self, daemon):
        super().__init__()
        self.daemon_, self.made, self.is_over, self.n, self.wrong = daemon, set(), threading.Event(), 0, None

    def run(self):
        while not self.is_over.is_set():
            try:
                with self.daemon_.client(timeout=10) as c:
                    while not self.is_over.is_set():
                        self.make_one(c)
                        time.sleep(0.005)
            except LOST:
                time.sleep(0.005)
            except BaseException as e:
                self.wrong = e
                return

    def make_one(self, c):
        try:
            r = c.call("Mailbox/set", accountId="a1", create={"k": {"name": f"box {self.n}"}}, idempotencyKey=f"box-{self.n}")
            self.made.add(r["created"]["k"]["id"])
        except RpcError as e:
            if e.type != "outcomeUnknown":      # it was cut: it may be there or not
                raise
        self.n += 1


class Follower(threading.Thread):
    """Knows a state and the mailboxes that were created since; asks Mailbox/changes when it is told that there is another state."""

    def __init__(self, bridge, token, state):
        super().__init__()
        self.bridge, self.token, self.state = bridge, token, state
        self.seen, self.lost, self.wrong, self.down = [], [], None, 0
        self.is_over = threading.Event()

    def run(self):
        while not self.is_over.is_set():
            try:
                self.listen()
            except LOST as e:
                self.lost.append(repr(e))
                time.sleep(0.005)
            except BaseException as e:
                self.wrong = e
                return

    def ask(self):
        """Everything since the state that it knows."""
        with Http(self.bridge.port, self.token, timeout=10) as h:
            more = True
            while more:
                a = h.post({"using": [CORE, MAIL], "methodCalls": [["Mailbox/changes", {"accountId": "a1", "sinceState": self.state, "maxChanges": 7}, "0"]]})
                if a.status == 503:
                    assert a.json["status"] == 503 and a.headers["content-type"] == "application/problem+json" and a.headers["retry-after"] == "1"
                    self.down += 1
                    raise ConnectionError("facteurd is away")
                if a.status == 502:     # it went while it was asked
                    assert a.json["status"] == 502 and a.headers["content-type"] == "application/problem+json" and a.headers["retry-after"] is None
                    self.down += 1
                    raise ConnectionError("facteurd has gone")
                assert a.status == 200, a.body
                [[name, changes, _]] = a.json["methodResponses"]
                assert name == "Mailbox/changes", changes
                self.seen += changes["created"]
                self.state, more = changes["newState"], changes["hasMoreChanges"]

    def told(self, changed):
        """Whether to go on listening."""
        state = changed.get("a1", {}).get("Mailbox")
        if state and state != self.state:
            self.ask()

    def listen(self):
        self.ask()
        time.sleep(0.005)


class EventFollower(Follower):
    last = None

    def listen(self):
        headers = {"Last_Event_ID": self.last} if self.last else {}
        with Events(self.bridge.port, self.token, "types=Mailbox&closeafter=no&ping=0", **headers) as e:
            if e.status == 503:
                raise ConnectionError("facteurd is away")
            assert e.status == 200
            while (event := e.read()) and not self.is_over.is_set():
                if event[0] == "down":
                    continue
                self.told(event[2]["changed"])
                self.last = event[1]    # when what it tells of is known


class SocketFollower(Follower):
    push_state = None

    def listen(self):
        with Socket(self.bridge.port, self.token) as s:
            if s.status == 503:
                raise ConnectionError("facteurd is away")
            assert s.status == 101
            s.send({"@type": "WebSocketPushEnable", "dataTypes": ["Mailbox"], "pushState": self.push_state})
            while not self.is_over.is_set():
                opcode, payload = s.read_frame()
                if opcode != 1:
                    raise ConnectionError(payload)
                message = json.loads(payload)
                if message["@type"] == "RequestError":
                    assert message["status"] == 503 and message["requestId"] is None, message   # the core has gone
                    continue
                self.told(message["changed"])
                self.push_state = message["pushState"]


def wait_until(true, writer, followers, seconds=30):
    end = time.monotonic() + seconds
    while not true():
        assert not any(t.wrong for t in (writer, *followers)), [t.wrong for t in (writer, *followers)]
        assert time.monotonic() < end, [(type(f), len(f.seen), f.lost[-3:]) for f in followers]
        time.sleep(0.005)


@pytest.fixture
def own(tmp_path):
    profile = tmp_path / "profile"
    daemon = Daemon(profile).start()
    with daemon.client() as c:
        token = c.call("Token/set", create={"k": {"name": "phone", "scopes": ["read"]}})["created"]["k"]["secret"]
        state = c.call("Mailbox/get", accountId="a1", ids=[])["state"]
    bridge = Bridge(profile).start()
    bridge.args[bridge.args.index("127.0.0.1:0")] = f"127.0.0.1:{bridge.port}"    # it comes back where it was
    yield daemon, bridge, token, state
    bridge.stop()
    # The facteurd that the bridge has started is nobody's child.
    subprocess.run([BUILD / "bin" / "facteur", "--profile", profile, "--no-start", "stop"], capture_output=True, timeout=20)


def test_under_a_stream_of_changes_everybody_goes_on_by_state(own):
    daemon, bridge, token, state = own
    writer = Writer(daemon)
    followers = [kind(bridge, token, state) for kind in (Follower, EventFollower, SocketFollower)]

    def everybody_hears_more():
        """Each of them of something that was made from now on."""
        here = [len(f.seen) for f in followers]
        made = len(writer.made)
        wait_until(lambda: len(writer.made) > made + 10 and all(len(f.seen) > max(n, made) for f, n in zip(followers, here)),
                   writer, followers)

    for t in (writer, *followers):
        t.start()
    try:
        everybody_hears_more()
        for _ in range(ROUNDS):
            bridge.kill()
            bridge.start()
            everybody_hears_more()
            kill_core(daemon)
            everybody_hears_more()
        bridge.kill()       # both at once
        kill_core(daemon)
        bridge.start()
        everybody_hears_more()
        writer.is_over.set()
        writer.join()
        with daemon.client() as c:
            made = set(c.call("Mailbox/changes", accountId="a1", sinceState=state)["created"])
        wait_until(lambda: all(len(f.seen) >= len(made) for f in followers), writer, followers)
    finally:
        for t in (writer, *followers):
            t.is_over.set()
        with contextlib.suppress(LOST), daemon.client() as c:     # who listens hears that it is over
            c.call("Mailbox/set", accountId="a1", create={"k": {"name": "the last"}})
        for t in (writer, *followers):
            t.join()
    assert writer.made <= made      # what was answered is there
    for f in followers:
        assert len(f.seen) == len(set(f.seen)) and made <= set(f.seen), (type(f), made ^ set(f.seen))
    assert sum(f.down for f in followers) > 0    # it was said while the core was away
    assert len({name for _, name in numbered(daemon, made)}) == len(made)    # nothing was made twice


def numbered(daemon, ids):
    with daemon.client() as c:
        return [(m["id"], m["name"]) for m in c.call("Mailbox/get", accountId="a1", ids=sorted(ids), properties=["name"])["list"]]


def kill_core(daemon):
    """Whoever has started it."""
    if daemon.process.poll() is None:
        daemon.kill()
        return
    with daemon.client() as c:
        pid = c.call("Core/status")["pid"]
    subprocess.run(["kill", "-9", str(pid)], check=True)
