"""facteurd and the bridge are killed and come back: clients go on by state, and miss nothing."""
import json
import signal
import socket
import subprocess
import time

import pytest

from bridge import BUILD, CORE, Answer, Bridge, Daemon, Events, Http, Socket, raw


@pytest.fixture
def own(tmp_path):
    """A world that may be broken."""
    daemon = Daemon(tmp_path / "profile").start()
    with daemon.client() as c:
        token = c.call("Token/set", create={"k": {"name": "phone", "scopes": ["read", "triage", "draft"]}})["created"]["k"]["secret"]
    bridge = Bridge(tmp_path / "profile").start()
    yield daemon, bridge, token
    if bridge.process.poll() is None:
        bridge.stop()
    stop_started(tmp_path / "profile")
    if daemon.process.poll() is None:
        daemon.stop()


def stop_started(profile):
    """The facteurd that the bridge has started is nobody's child."""
    subprocess.run([BUILD / "bin" / "facteur", "--profile", profile, "--no-start", "stop"], capture_output=True, timeout=20)


def told(profile):
    """What the bridge says to its owner."""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(profile / "bridge.sock"))
        return json.loads(s.makefile().read())


def until_answered(http, wanted=200, seconds=20):
    end = time.monotonic() + seconds
    while True:
        a = http.post({"using": [CORE], "methodCalls": [["Core/echo", {}, "a"]]})
        if a.status == wanted:
            return a
        assert a.status == 503 and a.headers["retry-after"].isdigit(), (a.status, a.body)
        assert time.monotonic() < end
        time.sleep(0.01)


def test_the_core_is_killed_and_started_by_the_bridge(own):
    daemon, bridge, token = own
    with Http(bridge.port, token) as h, Socket(bridge.port, token) as s, Events(bridge.port, token, "types=Mailbox&closeafter=no&ping=0") as e:
        s.send({"@type": "WebSocketPushEnable", "dataTypes": ["Mailbox"]})
        before = s.read()
        assert e.read()
        old = h.call("Mailbox/get", accountId="a1", ids=[])["state"]
        daemon.kill()
        until_answered(h)
        made = h.call("Mailbox/set", accountId="a1", create={"k": {"name": "later"}})["created"]["k"]["id"]
        state = h.call("Mailbox/get", accountId="a1", ids=[])["state"]
        while (told := s.read())["@type"] != "StateChange" or told["changed"]["a1"]["Mailbox"] != state:
            pass    # that it had gone is told, too, where it took long to come back
        while (event := e.read())[0] != "state" or event[2]["changed"]["a1"]["Mailbox"] != state:
            pass
        assert h.call("Mailbox/changes", accountId="a1", sinceState=old)["created"] == [made]
        assert told["pushState"] != before["pushState"]


def test_the_bridge_is_killed_and_started_again(own):
    daemon, bridge, token = own
    with Socket(bridge.port, token) as s, Events(bridge.port, token, "types=Mailbox&closeafter=no&ping=0") as e:
        s.send({"@type": "WebSocketPushEnable", "dataTypes": ["Mailbox"]})
        known, last_id = s.read()["pushState"], e.read()[1]
        bridge.kill()
        with pytest.raises((ConnectionError, OSError)):
            s.read()
    with daemon.client() as c:
        c.call("Mailbox/set", accountId="a1", create={"k": {"name": "while it was away"}})
        state = c.call("Mailbox/get", accountId="a1", ids=[])["state"]
    bridge.start()
    with Socket(bridge.port, token) as s:
        s.send({"@type": "WebSocketPushEnable", "dataTypes": ["Mailbox"], "pushState": known})
        assert s.read()["changed"]["a1"]["Mailbox"] == state
    with Events(bridge.port, token, "types=Mailbox&closeafter=no&ping=0", Last_Event_ID=last_id) as e:
        _, id_, data = e.read()
        assert data["changed"]["a1"]["Mailbox"] == state
    with Socket(bridge.port, token) as s:  # the name of a state outlives the bridge that gave it
        s.send({"@type": "WebSocketPushEnable", "dataTypes": ["Mailbox"], "pushState": id_})
        assert s.request(("Core/echo", {}))["@type"] == "Response"


def test_who_listens_is_told_at_once_that_the_core_has_gone_and_when_it_is_back(tmp_path):
    daemon = Daemon(tmp_path / "profile").start()
    with daemon.client() as c:
        token = c.call("Token/set", create={"k": {"name": "phone", "scopes": ["read"]}})["created"]["k"]["secret"]
    with Bridge(tmp_path / "profile", "--no-start") as b, Socket(b.port, token) as s, Events(b.port, token, "types=Mailbox&closeafter=no&ping=0") as e, \
            Events(b.port, token, "types=Mailbox&closeafter=no&ping=0") as other:
        s.send({"@type": "WebSocketPushEnable", "dataTypes": ["Mailbox"]})
        before = s.read()["changed"]
        assert e.read()[2]["changed"] == before and other.read()
        at = time.monotonic()
        daemon.kill()
        assert e.read()[0] == "down" and other.read()[0] == "down"
        error = s.read()
        assert (error["@type"], error["status"], error["requestId"]) == ("RequestError", 503, None)
        assert time.monotonic() - at < 5    # a fraction of a second where nothing else runs
        daemon.start()
        assert e.read()[2]["changed"] == before and other.read()[0] == "state" and s.read()["changed"] == before
    daemon.stop()


def test_an_upload_that_the_core_has_forgotten_is_to_be_made_again(tmp_path):
    """It was killed in the middle: nothing is wrong with what is uploaded."""
    daemon = Daemon(tmp_path / "profile").start()
    with daemon.client() as c:
        token = c.call("Token/set", create={"k": {"name": "phone", "scopes": ["read", "draft"]}})["created"]["k"]["secret"]
    head = f"POST /jmap/upload/a1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Length: 600000\r\nConnection: close\r\n\r\n".encode()
    with Bridge(tmp_path / "profile", "--no-start") as b, raw(b.port, head + bytes(300_000), keep=True) as s:
        time.sleep(0.3)
        daemon.kill()
        daemon.start()
        s.sendall(bytes(300_000))
        answer = b"".join(iter(lambda: s.recv(1 << 16), b""))
        assert answer.startswith(b"HTTP/1.1 503 ") and b"\r\nretry-after: 1\r\n" in answer and b"uploaded again" in answer, answer
        with Http(b.port, token) as h:
            assert h.ask("POST", "/jmap/upload/a1", b"x").status == 201
    daemon.stop()


def test_what_may_have_been_done_is_not_asked_to_be_repeated(tmp_path):
    """facteurd goes with a call: a client or proxy that repeats by itself what is 503 would send a message twice. What only looks may be repeated."""
    daemon = Daemon(tmp_path / "profile").start()
    with daemon.client() as c:
        token = c.call("Token/set", create={"k": {"name": "phone", "scopes": ["read"]}})["created"]["k"]["secret"]
        code = c.call("Token/invite", token={"name": "other", "scopes": ["read"]})["code"]
    echo = {"using": [CORE], "methodCalls": [["Core/echo", {}, "a"]]}
    with Bridge(tmp_path / "profile", "--no-start") as b, Http(b.port, token) as h, Socket(b.port, token) as s, Http(b.port, token) as looks, Http(b.port) as pairs:
        assert h.post(echo).status == 200 and looks.get("/jmap/session").status == 200
        daemon.process.send_signal(signal.SIGSTOP)
        pairs.connection.request("POST", "/pair", json.dumps({"code": code}), {"Content-Type": "application/json"})
        s.send({"@type": "Request", "id": "R1", **echo})
        h.connection.request("POST", "/jmap/api", json.dumps(echo), {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
        looks.connection.request("GET", "/jmap/session", headers={"Authorization": f"Bearer {token}"})
        end = time.monotonic() + 5
        while sum(c["calls"] for c in told(tmp_path / "profile")["clients"]) < 3:    # and whoever has no name yet
            assert time.monotonic() < end
            time.sleep(0.01)
        time.sleep(0.1)
        daemon.kill()
        for one in (h, pairs):
            a = Answer(one.connection.getresponse())
            assert (a.status, a.headers["retry-after"], a.json["detail"]) == (502, None, "facteurd went away: whether this was done is not known")
        told_over_ws = s.read()
        assert (told_over_ws["@type"], told_over_ws["requestId"], told_over_ws["status"], told_over_ws["detail"]) == ("RequestError", "R1", 502, a.json["detail"])
        a = Answer(looks.connection.getresponse())
        assert (a.status, a.headers["retry-after"]) == (503, "1")
        a = h.post(echo)    # and this was not done for certain
        assert (a.status, a.headers["retry-after"]) == (503, "1")


def test_without_a_core_it_says_so_and_when_to_come_again(tmp_path):
    with Bridge(tmp_path / "profile", "--no-start") as b, Http(b.port, "facteur_o1_x") as h:
        for ask in (lambda: h.get("/jmap/session"), lambda: h.post({"using": [], "methodCalls": []}), lambda: h.get("/jmap/events"),
                    lambda: h.ask("POST", "/jmap/upload/a1", b"x" * 100000), lambda: h.get("/jmap/download/a1/b1")):
            a = ask()
            assert a.status == 503 and a.headers["retry-after"] == "1"
        with Socket(b.port, "facteur_o1_x") as s:
            assert s.status == 503


def test_sigterm_ends_it_with_clients(own):
    _, bridge, token = own
    with Socket(bridge.port, token) as s, Events(bridge.port, token) as e:
        assert e.read()
        bridge.process.send_signal(signal.SIGTERM)
        assert bridge.process.wait(10) == 0
        assert e.read() is None
        with pytest.raises((ConnectionError, OSError)):
            s.read()
    bridge.process.stdout.close()
