"""EventSource (RFC 8620 section 7.3) and WebSocket (RFC 8887, RFC 6455)."""
import json
import os
import time

import pytest

from bridge import CORE, Events, Http, Socket, raw


def change(http):
    """Something that changes Mailbox; its new state."""
    return http.call("Mailbox/set", accountId="a1", create={"k": {"name": f"m{os.urandom(8).hex()}"}})["newState"]


# ---- EventSource ----------------------------------------------------------------------------------------------


def test_events_tell_states_of_the_types_that_were_asked_for(world, http):
    with Events(world.port, world.token, "types=Mailbox,Email&closeafter=no&ping=0") as e:
        assert e.status == 200 and e.response.headers["content-type"].startswith("text/event-stream")
        name, id_, data = e.read()
        assert name == "state" and id_ and data["@type"] == "StateChange" and set(data["changed"]) == {"a1"}
        assert set(data["changed"]["a1"]) == {"Mailbox", "Email"}
        state = change(http)
        name, new_id, data = e.read()
        assert data["changed"] == {"a1": {"Mailbox": state}} and new_id != id_


def test_who_comes_back_with_the_last_id_is_told_what_is_new_and_nothing_else(world, http):
    with Events(world.port, world.token) as e:
        _, id_, data = e.read()
        assert "Thread" in data["changed"]["a1"]
    with Events(world.port, world.token, Last_Event_ID=id_[:32] + "0" * 32) as e:   # what has passed is told, and nothing else
        assert {type for types in e.read()[2]["changed"].values() for type in types} == {"AccountState"}
    with Events(world.port, world.token, Last_Event_ID=id_) as e:
        state = change(http)
        assert e.read()[2]["changed"]["a1"]["Mailbox"] == state
    with Events(world.port, world.token, Last_Event_ID=id_) as e:  # it was away, and something changed
        assert e.read()[2]["changed"]["a1"]["Mailbox"] == state


def test_accounts_and_how_they_are_doing_are_told(world, http):
    def until(read, true):
        while not true(told := read()):
            pass
        return told

    with Events(world.port, world.token, "types=Account,AccountState&closeafter=no&ping=0") as e, Socket(world.port, world.token) as s:
        s.send({"@type": "WebSocketPushEnable", "dataTypes": ["Account", "AccountState"]})
        first, over_socket = e.read()[2]["changed"], s.read()["changed"]
        state = http.call("Account/get", ids=None)["state"]
        assert first == over_socket and first["a1"]["Account"] == state and set(first["a1"]) == {"Account", "AccountState"}
        id = world.owner.call("Account/set", create={"k": {"address": "j@example.org", "source": "imap://j@127.0.0.1:1?tls=none", "password": "x"}})["created"]["k"]["id"]
        try:
            for read in (lambda: e.read()[2]["changed"], lambda: s.read()["changed"]):
                told = until(read, lambda changed: "Account" in changed.get("a1", {}))
                assert told["a1"]["Account"] != state
                until(read, lambda changed: "AccountState" in changed.get(id, {}))
        finally:
            world.owner.call("Account/set", destroy=[id])


def test_closeafter_state_ends_it_after_one_event(world):
    with Events(world.port, world.token, "types=*&closeafter=state&ping=0") as e:
        assert e.read() is not None
        assert e.read() is None


def test_pings_come_with_the_interval_that_is_kept(world):
    with Events(world.port, world.token, "types=Mailbox&closeafter=no&ping=1") as e:
        assert e.read()[0] == "state"
        assert e.read() == ("ping", None, {"interval": 1})


def test_what_is_no_event_source(world):
    for query, status in (("closeafter=never", 400), ("ping=-1", 400), ("ping=x", 400)):
        with Events(world.port, world.token, query) as e:
            assert e.status == status
    with Events(world.port, "facteur_o9_nobody") as e:
        assert e.status in (401, 429)


def test_a_revoked_token_hears_no_more(world, http):
    secret = world.token_for(["read"])
    with Events(world.port, secret) as e, Socket(world.port, secret) as s:
        assert e.read()
        s.send({"@type": "WebSocketPushEnable", "dataTypes": None})
        assert s.read()["@type"] == "StateChange"
        world.owner.call("Token/set", destroy=[secret.split("_")[1]])
        assert e.read() is None
        assert s.read_frame()[0] == 8


# ---- the handshake -------------------------------------------------------------------------------------------


def test_a_handshake_is_for_who_is_let_in_and_speaks_jmap(world):
    with Socket(world.port, world.token) as s:
        assert s.status == 101 and b"sec-websocket-protocol: jmap" in s.head
    for headers, status in (({"Authorization": None}, 401), ({"Authorization": "Bearer facteur_o9_x"}, 401), ({"Sec_WebSocket_Protocol": None}, 400),
                            ({"Sec_WebSocket_Protocol": "chat"}, 400), ({"Sec_WebSocket_Version": "12"}, 426), ({"Upgrade": None}, 426), ({"Sec_WebSocket_Key": "x"}, 400),
                            ({"Connection": "close"}, 400), ({"Origin": "https://evil.example"}, 403), ({"Host": "evil.example"}, 421)):
        with Socket(world.port, world.token, **headers) as s:
            assert s.status in (status, 429 if status == 401 else status), headers
            if status == 426:
                assert {b"upgrade: websocket", b"connection: Upgrade", b"sec-websocket-version: 13"} <= set(s.head.split(b"\r\n")), headers
    with Socket(world.port, world.token, Origin="https://app.example.org", Sec_WebSocket_Protocol="chat, jmap") as s:
        assert s.status == 101
    # a list may stand on several lines (RFC 6455 section 11.3.4, RFC 9110 section 5.3)
    with Socket(world.port, world.token, Sec_WebSocket_Protocol="chat\r\nSec-WebSocket-Protocol: jmap", Connection="keep-alive\r\nConnection: Upgrade") as s:
        assert s.status == 101 and s.request(("Core/echo", {"a": 1}))["methodResponses"][0][1] == {"a": 1}


# ---- requests ------------------------------------------------------------------------------------------------


@pytest.fixture
def ws(world):
    with Socket(world.port, world.token) as s:
        yield s


def test_requests_are_answered_with_their_ids(ws):
    r = ws.request(("Core/echo", {"a": 1}), ("Mailbox/get", {"accountId": "a1"}), id="r1")
    assert r["@type"] == "Response" and r["requestId"] == "r1" and r["sessionState"]
    assert r["methodResponses"][0] == ["Core/echo", {"a": 1}, "0"]
    assert "requestId" not in ws.request(("Core/echo", {}))
    for i in range(5):
        ws.send({"@type": "Request", "id": f"n{i}", "using": [CORE], "methodCalls": [["Core/echo", {"i": i}, "x"]]})
    assert {(m["requestId"], m["methodResponses"][0][1]["i"]) for m in (ws.read() for _ in range(5))} == {(f"n{i}", i) for i in range(5)}


def test_errors_are_objects_and_the_connection_stays(ws):
    def error(text):
        ws.send_frame(text if isinstance(text, bytes) else json.dumps(text).encode())
        m = ws.read()
        assert m["@type"] == "RequestError"
        return m["type"].rsplit(":", 1)[1], m["requestId"], m["status"]

    assert error(b"{") == ("notJSON", None, 400)
    assert error(b'{"@type":"\\ud800"}') == ("notJSON", None, 400)
    assert error({"@type": "Request", "id": "a", "using": [CORE]}) == ("notRequest", "a", 400)
    assert error({"@type": "Nothing", "id": "b"}) == ("notRequest", "b", 400)
    assert error([]) == ("notRequest", None, 400)
    assert error({"@type": "Request", "id": "c", "using": ["urn:x"], "methodCalls": []}) == ("unknownCapability", "c", 400)
    assert error({"@type": "Request", "id": "d", "using": [CORE], "methodCalls": [["Core/echo", {}, "a"]] * 251}) == ("limit", "d", 400)
    assert ws.request(("Core/echo", {"still": "here"}))["methodResponses"][0][1] == {"still": "here"}


def test_messages_may_come_in_fragments_with_pings_between(ws):
    text = json.dumps({"@type": "Request", "id": "f", "using": [CORE], "methodCalls": [["Core/echo", {"t": "é" * 300}, "a"]]}).encode()
    ws.send_frame(text[:10], final=False)
    ws.send_frame(b"hello", opcode=9)
    ws.send_frame(text[10:300], opcode=0, final=False)
    ws.send_frame(b"", opcode=0, final=False)
    ws.send_frame(text[300:], opcode=0)
    assert ws.read_frame() == (10, b"hello")
    assert ws.read()["methodResponses"][0][1]["t"] == "é" * 300
    for i in range(0, 400):  # byte by byte
        data = ws.frame(json.dumps({"@type": "Request", "using": [CORE], "methodCalls": []}).encode()) if i == 0 else data
        if i < len(data):
            ws.sock.sendall(data[i:i + 1])
    assert ws.read()["methodResponses"] == []


def test_large_messages_go_both_ways(ws):
    text = "x" * 2_000_000
    assert ws.request(("Core/echo", {"t": text}))["methodResponses"][0][1]["t"] == text


@pytest.mark.parametrize("frames,code", [
    ([dict(payload=b"{}", mask=None)], 1002), ([dict(payload=b"{}", rsv=0x40)], 1002), ([dict(payload=b"{}", opcode=2)], 1003), ([dict(payload=b"{}", opcode=3)], 1002),
    ([dict(payload=b"{}", opcode=11)], 1002), ([dict(payload=b"x" * 126, opcode=9)], 1002), ([dict(payload=b"x", opcode=9, final=False)], 1002),
    ([dict(payload=b'{"@type":"\xff"}')], 1007), ([dict(payload=b"\xc3", final=False), dict(payload=b"", opcode=0)], 1007), ([dict(payload=b"\xed\xa0\x80")], 1007),
    ([dict(payload=b"{}", opcode=0)], 1002), ([dict(payload=b"{", final=False), dict(payload=b"}")], 1002), ([dict(payload=b"", opcode=8)], 1000),
    ([dict(payload=b"\x03\xe8bye", opcode=8)], 1000), ([dict(payload=b"\x00\x01", opcode=8)], 1002), ([dict(payload=b"\x03", opcode=8)], 1002),
    ([dict(payload=b"\x03\xe8\xff", opcode=8)], 1007)])
def test_frames_against_the_rules_end_it_with_a_code(ws, frames, code):
    for f in frames:
        ws.send_frame(**f)
    opcode, payload = ws.read_frame()
    assert opcode == 8 and int.from_bytes(payload[:2], "big") == code
    assert ws.sock.recv(10) == b""


def test_a_message_beyond_the_limit_is_refused_by_its_header(ws):
    ws.sock.sendall(b"\x81\xff" + (11 << 20).to_bytes(8, "big") + b"\1\2\3\4")
    m = ws.read()
    assert (m["@type"], m["type"], m["limit"], m["requestId"]) == ("RequestError", "urn:ietf:params:jmap:error:limit", "maxSizeRequest", None)
    opcode, payload = ws.read_frame()
    assert opcode == 8 and int.from_bytes(payload[:2], "big") == 1009


# ---- push ----------------------------------------------------------------------------------------------------


def test_push_is_enabled_and_disabled(world, http, ws):
    ws.send({"@type": "WebSocketPushEnable", "dataTypes": ["Mailbox", "Nonsense"]})
    first = ws.read()
    assert first["@type"] == "StateChange" and set(first["changed"]["a1"]) == {"Mailbox"} and first["pushState"]
    state = change(http)
    second = ws.read()
    assert second["changed"] == {"a1": {"Mailbox": state}} and second["pushState"] != first["pushState"]
    ws.send({"@type": "WebSocketPushDisable"})
    assert ws.request(("Core/echo", {}))["@type"] == "Response"
    change(http)
    assert ws.request(("Core/echo", {}))["@type"] == "Response"
    ws.send({"@type": "WebSocketPushEnable", "dataTypes": ["Mailbox"], "pushState": second["pushState"]})
    assert ws.read()["changed"]["a1"]["Mailbox"] != state  # it was away for one change
    with Socket(world.port, world.token) as other:
        now = ws.request(("Core/echo", {}))
        other.send({"@type": "WebSocketPushEnable", "dataTypes": ["Mailbox"]})
        known = other.read()["pushState"]
        ws.send({"@type": "WebSocketPushEnable", "dataTypes": ["Mailbox"], "pushState": known})
        assert ws.request(("Core/echo", {}))["@type"] == now["@type"]  # nothing was new


def test_push_that_cannot_be_meant_is_refused_and_what_was_enabled_stays(http, ws):
    ws.send({"@type": "WebSocketPushEnable", "dataTypes": ["Mailbox"], "pushState": None})
    assert ws.read()["@type"] == "StateChange"
    for wrong in ({"dataTypes": "Email"}, {"dataTypes": ["Email", 1]}, {"dataTypes": {}}, {"dataTypes": None, "pushState": 5}):
        ws.send({"@type": "WebSocketPushEnable", "id": "p", **wrong})
        m = ws.read()
        assert (m["@type"], m["type"], m["requestId"]) == ("RequestError", "urn:ietf:params:jmap:error:notRequest", "p"), wrong
    state = change(http)
    assert ws.read()["changed"] == {"a1": {"Mailbox": state}}


def test_one_token_hears_of_its_account_only(world):
    secret = world.token_for(["read"], accountIds=["a1"])
    with Socket(world.port, secret) as s:
        s.send({"@type": "WebSocketPushEnable", "dataTypes": None})
        assert set(s.read()["changed"]) == {"a1"}


def test_concurrent_requests_are_limited(world):
    with world.http() as h:
        limit = h.get("/jmap/session").json["capabilities"][CORE]["maxConcurrentRequests"]
    token = world.token_for(["read"])
    begun = [raw(world.port, f"POST /jmap/api HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
                             "Content-Length: 32\r\n\r\n".encode(), keep=True) for _ in range(limit)]
    with Http(world.port, token) as h:
        end = time.monotonic() + 5
        while (a := h.post({"using": [CORE], "methodCalls": []})).status == 200 and time.monotonic() < end:
            pass  # those have not come yet
        assert a.status == 400 and a.json["limit"] == "maxConcurrentRequests"
        with Socket(world.port, token) as ws:  # read on the loop, and by a worker; the id is in the answer (RFC 8887 section 4.3.4)
            for size in (1, 100_000, 100_000, 1):
                m = ws.request(("Core/echo", {"t": "x" * size}), id=f"n{size}")
                assert (m["@type"], m["limit"], m["requestId"]) == ("RequestError", "maxConcurrentRequests", f"n{size}")
            ws.send({"@type": "WebSocketPushEnable", "dataTypes": ["Mailbox"]})  # is no request
            assert ws.read()["@type"] == "StateChange"
        for _ in range(4):
            with Socket(world.port, token) as gone:  # a worker may have its request yet
                gone.send({"@type": "Request", "id": "x", "using": [CORE], "methodCalls": [["Core/echo", {"t": "x" * 400_000}, "a"]]})
        for s in begun:
            s.close()
        while (a := h.post({"using": [CORE], "methodCalls": []})).status != 200 and time.monotonic() < end:
            pass
        assert a.status == 200
