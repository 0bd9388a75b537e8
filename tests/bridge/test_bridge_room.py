"""What a request may cost the bridge in memory: that of somebody who only says who it is, and of anybody."""
import contextlib
import re
import select
import time

import pytest

from bridge import CORE, SANITIZED, Bridge, Http, Socket, raw, standing_still

MB = 1 << 20


@pytest.fixture
def own(world, tmp_path):
    """A bridge whose memory nobody has used before."""
    with Bridge(world.profile, log=tmp_path / "log") as b:
        yield b


def most_memory(bridge):
    with open(f"/proc/{bridge.process.pid}/status") as f:
        return int(re.search(r"VmHWM:\s+(\d+)", f.read())[1]) << 10


def of_values(n):
    """A Request of that many small objects: each takes 75 times the room of its text when it is parsed."""
    return '{"using":["%s"],"methodCalls":[["Core/echo",{"a":[%s]},"c"]]}' % (CORE, ",".join(["{}"] * n))


def test_values_are_counted_before_they_are_made(world, own):
    limit = world.owner.call("Session/get")["capabilities"][CORE]["maxValuesInRequest"]
    with Http(own.port, world.token) as h, Socket(own.port, world.token) as s:
        assert h.post({"using": [CORE], "methodCalls": []}).status == 200
        before = most_memory(own)
        a = h.post(of_values(1_000_000))
        assert (a.status, a.json["type"], a.json["limit"]) == (400, "urn:ietf:params:jmap:error:limit", "maxValuesInRequest") and str(limit) in a.json["detail"]
        s.send_frame(('{"@type":"Request",' + of_values(1_000_000)[1:]).encode())
        assert (told := s.read())["limit"] == "maxValuesInRequest" and told["status"] == 400, told
        assert SANITIZED or most_memory(own) - before < 30 * MB
        # as facteurd counts them: what it takes is not refused here, nor the other way round
        a = h.post(of_values(limit // 2 - 40))
        assert a.status == 200 and len(a.json["methodResponses"][0][1]["a"]) == limit // 2 - 40
        assert h.post(of_values(limit // 2)).json["limit"] == "maxValuesInRequest"


def head(token, n):
    return f"POST /jmap/api HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {n}\r\n\r\n".encode()


@pytest.mark.parametrize("n", [20_000, 60_000])
def test_nothing_is_made_of_a_text_before_facteurd_has_let_its_sender_in(world, own, n):
    text = of_values(n).encode()
    before = most_memory(own)
    with contextlib.ExitStack() as held:
        with standing_still(world.daemon):
            strangers = [held.enter_context(raw(own.port, head(f"nobody{i}", len(text)) + text, keep=True)) for i in range(20)]
            time.sleep(1)
            assert SANITIZED or most_memory(own) - before < 20 * 2 * len(text) + 5 * MB
        for s in strangers:
            assert s.recv(12) in (b"HTTP/1.1 401", b"HTTP/1.1 429")
    with Http(own.port, world.token) as h:  # who is let in is asked nothing twice
        assert len(h.post(text).json["methodResponses"][0][1]["a"]) == n
        assert len(h.post(text).json["methodResponses"][0][1]["a"]) == n


def test_strangers_uploads_do_not_take_all_room(world, own):
    """While facteurd is busy nobody knows who they are. Each has a MiB before it is made to wait."""
    def begin(token, length):
        return raw(own.port, f"POST /jmap/upload/a1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Length: {length}\r\n\r\n".encode(), keep=True)

    with contextlib.ExitStack() as held, Http(own.port, world.token) as h:
        assert h.get("/jmap/session").status == 200
        with standing_still(world.daemon):
            strangers = [held.enter_context(begin(f"nobody{i}", 8 * MB)) for i in range(80)]
            for s in strangers:
                s.setblocking(False)
                with contextlib.suppress(BlockingIOError, ConnectionError):
                    s.send(bytes(2 * MB))
            refused = select.select(strangers, [], [], 5)[0]
            assert refused and refused[0].recv(100).startswith(b"HTTP/1.1 503 ")
            ours = held.enter_context(begin(world.token, MB))   # there is room for who was let in before
            ours.sendall(bytes(MB))
        assert ours.recv(100).startswith(b"HTTP/1.1 201 ")


def test_messages_that_begin_together_are_bounded_together(world, own):
    """Each begins when there is room for it."""
    n = 24
    begun = Socket.frame(b"[" * (10 * MB - 100))[:-1]
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(Socket(own.port, world.token)) for _ in range(n)]
        before = most_memory(own)
        for s in sockets:
            s.sock.sendall(begun[:20])
        time.sleep(0.2)
        for s in sockets:
            with contextlib.suppress(OSError):
                s.sock.sendall(begun[20:])
        time.sleep(0.5)
        ended = [s for s in sockets if select.select([s], [], [], 0)[0]]
        assert 0 < len(ended) < n
        assert SANITIZED or most_memory(own) - before < 300 * MB
        for s in ended:
            with contextlib.suppress(OSError):  # what it sent and nobody read resets the connection
                assert s.read_frame()[1][:2] == (1013).to_bytes(2, "big")
    with Http(own.port, world.token) as h:
        assert h.post({"using": [CORE], "methodCalls": []}).status == 200
