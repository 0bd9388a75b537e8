"""HTTP/2 as no browser speaks it: what one client does to its streams is no other's matter."""
import contextlib
import json
import re
import socket
import struct
import time

import pytest

from bridge import SANITIZED, Bridge, standing_still
from http2 import DATA, HEADERS, PING, PREFACE, SETTINGS, WINDOW_UPDATE, Http2, context, frame

MB = 1 << 20
NO_WINDOW = frame(SETTINGS, payload=b"\0\4\0\0\0\0")


@pytest.fixture
def own(world, tls, tmp_path):
    """A bridge that may end, in front of the profile of all."""
    with Bridge(world.profile, "--tls-cert", tls.folder / "cert.pem", "--tls-key", tls.folder / "key.pem", log=tmp_path / "log") as b:
        yield b


def text(s):
    """A string of HPACK's (RFC 7541 section 5.2) without Huffman's code, shorter than 127 bytes."""
    return bytes([len(s)]) + s.encode()


def head(method, path, *more):
    """A header block without a table: the name of each of `more` as it is."""
    out = b"\x02" + text(method) + b"\x87\x04" + text(path) + b"\x01" + text("localhost")
    for name, value in more:
        n = len(value)
        assert n < 127
        out += b"\x00" + text(name) + text(value)
    return out


class Frames:
    """A connection that sends what it is told to."""

    def __init__(self, port, settings=NO_WINDOW):
        self.sock = context(["h2"]).wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=10))
        self.sock.sendall(PREFACE + settings)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, *frames):
        self.sock.sendall(b"".join(frames))

    def take(self, n):
        while len(self.buffer) < n:
            piece = self.sock.recv(1 << 16)
            if not piece:
                raise ConnectionError
            self.buffer += piece
        out, self.buffer = self.buffer[:n], self.buffer[n:]
        return out

    def read(self):
        """(type, flags, stream, payload)."""
        h = self.take(9)
        return h[3], h[4], int.from_bytes(h[5:9], "big"), self.take(int.from_bytes(h[:3], "big"))

    def read_until(self, kind, stream=0):
        while (f := self.read())[0] != kind or f[2] != stream or (kind == PING and not f[1]):
            pass
        return f

    def settle(self):
        """What was sent before has been read."""
        self.send(frame(PING, payload=b"are here"))
        self.read_until(PING)


# ---- a body behind a request that has none -----------------------------------------------------------------------

KEY = [("authorization", None)]
WAITING = {"GET": ("GET", "/jmap/session", KEY), "HEAD": ("HEAD", "/jmap/session", KEY), "POST": ("POST", "/jmap/upload/a1", [*KEY, ("content-length", "0")]),
           "OPTIONS": ("OPTIONS", "/jmap/api", [])}


def block(world, name):
    method, path, more = WAITING[name]
    return head(method, path, *((k, v or f"Bearer {world.token}") for k, v in more))


def is_well(bridge, world):
    assert bridge.process.poll() is None
    with Http2(bridge.port, world.token) as h:
        assert h.ask("GET", "/jmap/session")[0][":status"] == "200"


@pytest.mark.parametrize("length", [0, 1, 1000])
@pytest.mark.parametrize("name", WAITING)
def test_a_body_behind_a_request_without_one_ends_no_more_than_its_connection(world, own, name, length):
    """While facteurd is asked: the request was taken, and is not answered."""
    data = frame(DATA, 0, 1, b"x" * length)
    for pause in (0, 0.1):
        with standing_still(world.daemon), Frames(own.port) as f:
            f.send(frame(HEADERS, 4, 1, block(world, name)))
            time.sleep(pause)
            with contextlib.suppress(OSError):
                f.send(data, data, frame(DATA, 1, 1, b"y" * length))
                f.settle()
        is_well(own, world)


@pytest.mark.parametrize("flags,length", [(0, 1), (1, 1), (0, 1000), (1, 1000)])
def test_a_body_behind_a_get_whose_answer_waits_for_room_ends_its_stream_and_nothing_else(world, own, flags, length):
    with Frames(own.port) as f:
        f.send(frame(HEADERS, 4, 1, head("GET", "/message-frame")), frame(HEADERS, 5, 3, head("GET", "/message-frame")))
        f.read_until(HEADERS, 3)
        f.send(frame(DATA, flags, 1, b"x" * length))
        f.settle()
        f.send(frame(HEADERS, 5, 5, head("HEAD", "/message-frame")))
        assert f.read_until(HEADERS, 5)
    is_well(own, world)


@pytest.mark.parametrize("part", [0, 1, 9, 16000])
def test_a_body_behind_a_get_that_comes_in_two_pieces_ends_its_stream_and_nothing_else(world, own, part):
    """Each read gives what one TLS record holds: libwebsockets counted the whole frame as read, and more than there was."""
    data = frame(DATA, 0, 1, b"x" * 16384)
    for pause in (0, 0.02):
        with Frames(own.port) as f:
            f.send(frame(HEADERS, 4, 1, head("GET", "/message-frame")), frame(HEADERS, 5, 3, head("GET", "/message-frame")))
            f.read_until(HEADERS, 3)
            f.send(data[:9 + part])
            time.sleep(pause)
            f.send(data[9 + part:])
            f.settle()
            f.send(frame(HEADERS, 5, 5, head("HEAD", "/message-frame")))
            assert f.read_until(HEADERS, 5)
        is_well(own, world)


def test_bodies_behind_two_gets_hold_up_nobody(world, own):
    """What is left of a read when a stream ends is kept, and while something was kept the end of a body was told again and again."""
    with Frames(own.port) as f:
        f.send(*(frame(HEADERS, 4, stream, head("GET", "/message-frame")) for stream in (1, 3)), frame(HEADERS, 5, 5, head("GET", "/message-frame")))
        f.read_until(HEADERS, 5)
        f.send(frame(DATA, 0, 1, b"x"), frame(DATA, 0, 3, b"x"))
        f.settle()
    is_well(own, world)


EATS = {"a priority": frame(HEADERS, 0x24, 7, bytes(5)), "less than one": frame(HEADERS, 0x24, 7, bytes(3)), "no client's stream": frame(DATA, 0, 2),
        "no stream": frame(DATA, 0, 99), "one that was": frame(DATA, 0, 5), "headers of none": frame(0x9, 4, 99)}


@pytest.mark.parametrize("name", EATS)
def test_a_frame_that_is_taken_for_more_than_it_is_ends_no_more_than_its_connection(world, own, name):
    """libwebsockets takes the first bytes of the next frame for some of it; what that is then tells a length that has not come."""
    for _ in range(3):
        with Frames(own.port) as f:
            f.send(*(frame(HEADERS, 4, stream, head("GET", "/message-frame")) for stream in (1, 3)), frame(HEADERS, 5, 5, head("GET", "/message-frame")))
            f.read_until(HEADERS, 5)
            f.send(frame(DATA, 0, 1, b"x") + EATS[name] + frame(0xff, 0, 0, b"\x03" + bytes(31)))
            with contextlib.suppress(OSError):
                f.settle()
        is_well(own, world)


def test_a_request_with_a_priority_is_answered(world, own):
    with Frames(own.port, frame(SETTINGS)) as f:
        f.send(frame(HEADERS, 0x25, 1, bytes(4) + b"\x10" + head("GET", "/message-frame")))
        assert f.read_until(HEADERS, 1)


@pytest.mark.parametrize("size", [1, 9, 100, 1000])
def test_frames_that_come_in_pieces_are_read(world, own, size):
    """One TLS record each, of whatever part of a frame."""
    body = json.dumps({"using": ["urn:ietf:params:jmap:core"], "methodCalls": [["Core/echo", {"a": "x" * 20000}, "c"]]}).encode()
    parts = [body[at:at + 16384] for at in range(0, len(body), 16384)]
    block = head("POST", "/jmap/api", ("authorization", f"Bearer {world.token}"), ("content-type", "application/json"), ("content-length", str(len(body))))
    data = frame(HEADERS, 4, 1, block) + b"".join(frame(DATA, part is parts[-1], 1, part) for part in parts)
    with Frames(own.port, frame(SETTINGS)) as f:
        f.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(data), size):
            f.send(data[at:at + size])
        answer = b""
        while not answer.endswith(b"}"):
            answer += f.read_until(DATA, 1)[3]
        assert json.loads(answer)["methodResponses"][0][1] == {"a": "x" * 20000}


def test_a_get_that_is_ended_by_an_empty_frame_is_answered(world, own):
    with Frames(own.port, frame(SETTINGS)) as f:
        f.send(frame(HEADERS, 4, 1, head("GET", "/message-frame")), frame(DATA, 1, 1))
        assert b"<!doctype html>" in f.read_until(DATA, 1)[3].lower()


EMPTY = {"padding": (0x08, b"\0"), "more padding": (0x08, b"\5" + bytes(5)), "too much padding": (0x08, b"\5\0"), "no length of padding": (0x08, b""),
         "a priority": (0x20, bytes(5)), "both": (0x28, b"\0" + bytes(5)), "all flags": (0xfe, bytes(6))}


@pytest.mark.parametrize("name", EMPTY)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_frame_of_nothing_but_padding_ends_no_more_than_its_connection(world, own, method, name):
    flags, payload = EMPTY[name]
    block = head(method, "/message-frame") if method == "GET" else head(method, "/jmap/api", ("content-length", "100"))
    for kind in (DATA, HEADERS):
        with contextlib.suppress(OSError), Frames(own.port) as f:
            f.send(frame(HEADERS, 4, 1, block) + frame(kind, flags, 1, payload) + frame(SETTINGS, 1))
            f.settle()
        is_well(own, world)


def test_padding_is_no_part_of_a_body(world, own):
    body = json.dumps({"using": ["urn:ietf:params:jmap:core"], "methodCalls": [["Core/echo", {"a": "x" * 300}, "c"]]}).encode()
    block = head("POST", "/jmap/api", ("authorization", f"Bearer {world.token}"), ("content-type", "application/json"), ("content-length", str(len(body))))
    with Frames(own.port, frame(SETTINGS)) as f:
        f.send(frame(HEADERS, 0x0c, 1, b"\7" + block + bytes(7)))
        for at in range(0, len(body), 100):
            f.send(frame(DATA, 8 | (at + 100 >= len(body)), 1, b"\x20" + body[at:at + 100] + bytes(32)))
            time.sleep(0.01)
        assert json.loads(f.read_until(DATA, 1)[3])["methodResponses"][0][1] == {"a": "x" * 300}


def test_a_method_is_nothing_but_a_method(world, own):
    """It is written down as HTTP/1.1 has it: with a line end in it, it was a request line of its own."""
    for method in ("GET /jmap/session HTTP/1.1\r\nx: ", "GET /jmap/session HTTP/1.1\r\n", "GET "):
        with Frames(own.port, frame(SETTINGS)) as f:
            f.send(frame(HEADERS, 5, 1, head(method, "/message-frame", ("authorization", f"Bearer {world.token}"))))
            assert b":status\x03400" in f.read_until(HEADERS, 1)[3]
    is_well(own, world)


# ---- many streams ------------------------------------------------------------------------------------------------

AT_ONCE = 24  # of a connection


def memory(bridge):
    with open(f"/proc/{bridge.process.pid}/status") as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read())[1]) << 10


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_streams_that_are_held_take_no_room_from_others(world, own, method):
    """43 connections of one client, each with all streams that it may have: answers that wait for a window, and bodies that do not come."""
    path, more = {"GET": ("/message-frame", []), "POST": ("/jmap/upload/a1", [("authorization", f"Bearer {world.token}"), ("content-length", "1000")])}[method]
    request = head(method, path, *more, ("x-much", "x" * 100))
    with contextlib.ExitStack() as held:
        connections = [held.enter_context(Frames(own.port)) for _ in range(45)]
        is_well(own, world)
        before = memory(own)
        for f in connections:
            f.send(*(frame(HEADERS, 5 if method == "GET" else 4, stream, request) for stream in range(1, 2 * AT_ONCE, 2)))
            f.settle()
            is_well(own, world)
        assert SANITIZED or memory(own) - before < (5 if method == "GET" else 30) * MB
        with Http2(own.port, world.token) as h:
            [h.end(s) for s in [h.begin("GET", "/jmap/session") for _ in range(AT_ONCE)]]


@pytest.mark.waits
def test_an_answer_that_is_taken_bit_by_bit_is_given_up(world, tls, tmp_path):
    with Bridge(world.profile, "--patience", 2, "--tls-cert", tls.folder / "cert.pem", "--tls-key", tls.folder / "key.pem", log=tmp_path / "log") as b:
        with Http2(b.port, world.token) as h:
            blob = json.loads(h.ask("POST", "/jmap/upload/a1", bytes(100_000))[1])["blobId"]
        with Frames(b.port) as slow, Frames(b.port) as steady:
            for f in (slow, steady):
                f.send(frame(HEADERS, 5, 1, head("GET", f"/jmap/download/a1/{blob}", ("authorization", f"Bearer {world.token}"))))
                f.read_until(HEADERS, 1)
            began = time.monotonic()
            last = {}
            while time.monotonic() - began < 8:
                for f, n in ((slow, 1), (steady, 1000)):
                    f.send(frame(WINDOW_UPDATE, 0, 1, struct.pack(">I", n)), frame(PING, payload=b"are here"))
                    while (got := f.read())[0] != PING or not got[1]:
                        if got[0] == DATA:
                            last[f] = time.monotonic() - began
                time.sleep(0.4)
            assert 3 < last[slow] < 7 and last[steady] > 7, last.values()


# ---- headers that libwebsockets hands on or not ------------------------------------------------------------------

def test_the_language_of_a_page(own):
    with Http2(own.port, None) as h:
        for asked, lang in (("fr-CH, en;q=0.7", b"fr"), ("de, en;q=0.6", b"en")):
            assert b'<html lang="%s">' % lang in h.ask("GET", "/pair", authorization=None, accept_language=asked)[1]


def test_behind_a_proxy_that_speaks_http_2_the_core_hears_where_the_client_is(world, tls, tmp_path):
    secret, name = world.token_for(["read"]), f"t{world.n}"
    with Bridge(world.profile, "--behind-proxy", "--public-url", "https://mail.example.org", "--tls-cert", tls.folder / "cert.pem", "--tls-key", tls.folder / "key.pem",
                log=tmp_path / "log") as b, Http2(b.port, secret) as h:
        for place in ("2001:db8::1",):
            assert h.ask("GET", "/jmap/session", x_forwarded_for=f"198.51.100.1, {place}")[0][":status"] == "200"
            assert next(t for t in world.owner.call("Token/get")["list"] if t["name"] == name)["lastUsedFrom"] == place
        assert h.ask("GET", "/jmap/session", authorization="Bearer x", x_forwarded_for="192.0.2.9")[0][":status"] == "401"
        assert "192.0.2.9 GET /jmap/session: 401" in b.log.read_text()


def next_event(h, stream):
    """The fields of the first event; of what comes behind it nothing is kept."""
    while b"\ndata: " not in h.answers[stream][1] or not h.answers[stream][1].endswith(b"\n\n"):
        h.receive()
    return dict(line.split(": ", 1) for line in h.answers[stream][1].decode().splitlines() if ": " in line)


def test_a_stream_of_events_goes_on_where_it_was(world, own):
    path = "/jmap/events?types=Mailbox&closeafter=state&ping=1"
    with Http2(own.port, world.token) as h:
        first = next_event(h, h.begin("GET", path))
        assert first["event"] == "state"
        assert next_event(h, h.begin("GET", f"{path}&since={first['id']}"))["event"] == "ping"  # nothing is told that was known
        with world.http() as other:
            other.call("Mailbox/set", accountId="a1", create={"k": {"name": f"since {time.monotonic()}"}})
        later = next_event(h, h.begin("GET", f"{path}&since={first['id']}"))
        assert later["event"] == "state" and later["id"] != first["id"]
        assert next_event(h, h.begin("GET", f"{path}&since=nonsense"))["event"] == "state"
