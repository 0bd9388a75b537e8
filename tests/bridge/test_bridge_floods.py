"""Frames of HTTP/2 that cost the server more than the client: CVE-2019-9511 to 9518 and their kin."""
import re
import socket
import time

import pytest

from http2 import CONTINUATION, DATA, HEADERS, PING, PREFACE, PRIORITY, RST_STREAM, SETTINGS, WINDOW_UPDATE, Http2, context, frame

MOST = 64 << 20  # bytes that a flood sends if nobody stops it
# GET /jmap/session, of HPACK's static table but for the path and the authority; without a credential.
REQUEST = b"\x82\x87\x04\x0d/jmap/session\x41\x09localhost"


def memory(process):
    with open(f"/proc/{process.pid}/status") as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read())[1]) << 10


def connect(port):
    s = context(["h2"]).wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=5))
    s.sendall(PREFACE + frame(SETTINGS))
    return s


FLOODS = {
    "pings": (b"", frame(PING, payload=b"12345678")),
    "settings": (b"", frame(SETTINGS, payload=b"\0\4\0\1\0\0")),
    "priorities": (frame(HEADERS, 5, 1, REQUEST), frame(PRIORITY, 0, 3, b"\0\0\0\1\x10")),
    "window updates": (b"", frame(WINDOW_UPDATE, payload=b"\0\0\0\1")),
    "empty data": (frame(HEADERS, 4, 1, REQUEST.replace(b"\x82", b"\x83")), frame(DATA, 0, 1)),
    "unknown frames": (b"", frame(0xfa, payload=bytes(1000))),
    "continuations": (frame(HEADERS, 1, 1, REQUEST), frame(CONTINUATION, 0, 1, b"\0\1x\1y" * 200)),
    "continuations that fill the table": (frame(HEADERS, 1, 1, REQUEST), frame(CONTINUATION, 0, 1, b"\x40\1x\1y" * 200)),
    "empty continuations": (frame(HEADERS, 1, 1, REQUEST), frame(CONTINUATION, 0, 1)),
    "headers too long": (frame(HEADERS, 1, 1, REQUEST), frame(CONTINUATION, 0, 1, b"\x0f\x2b\x7f\x81\1" + b"a" * 256)),
    "requests that are reset": (b"", None),
}


def pieces(name):
    first, again = FLOODS[name]
    yield first
    stream = 1
    while True:
        if again:
            yield again * (1 + (64 << 10) // len(again))
        else:
            yield b"".join(frame(HEADERS, 5, i, REQUEST) + frame(RST_STREAM, 0, i, b"\0\0\0\x08") for i in range(stream, stream + 200, 2))
            stream += 200


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_is_ended_and_holds_up_nobody(world, tls, name):
    with Http2(tls.port, world.token) as other, connect(tls.port) as s:
        other.ask("GET", "/jmap/session")
        before, sent, worst = memory(tls.process), 0, 0
        try:
            for piece in pieces(name):
                s.sendall(piece)
                sent += len(piece)
                assert sent < MOST, "nobody ended it"
                if sent & (1 << 20) or sent < 1 << 17:
                    began = time.monotonic()
                    assert other.ask("GET", "/jmap/session")[0][":status"] == "200"
                    worst = max(worst, time.monotonic() - began)
        except TimeoutError:
            pytest.fail("it is not read any more, and not closed")
        except OSError:
            pass  # closed
        assert other.ask("GET", "/jmap/session")[0][":status"] == "200"
        assert worst < 1, worst
        assert memory(tls.process) - before < 24 << 20


@pytest.mark.parametrize("resized", [b"\x20", b"\x20\x3f\xe1\x1f", b"\x3f\xe1\x1f"])
def test_a_table_of_headers_that_is_resized_and_used_again(world, tls, resized):
    """RFC 7541 section 6.3, and what no encoder does: it refers to what is gone with that."""
    with connect(tls.port) as s:
        s.sendall(frame(HEADERS, 5, 1, REQUEST + b"\x40\1x\1y") + frame(HEADERS, 5, 3, resized + REQUEST[:-11] + b"\xbe") + frame(PING, payload=b"are here"))
        try:
            while b"are here" not in s.recv(4096):
                pass
        except ConnectionError:
            pass
    with Http2(tls.port, world.token) as other:
        assert other.ask("GET", "/jmap/session")[0][":status"] == "200"
    assert tls.process.poll() is None
