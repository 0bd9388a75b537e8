"""What is refused: of requests that two readers could understand in two ways, of pages and names that are not ours, of who is slow or many."""
import contextlib
import http.client
import json
import re
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from bridge import CORE, Bridge, Http, Socket, raw, standing_still
from http2 import Http2

GET = "GET /jmap/session HTTP/1.1\r\nHost: localhost\r\n"


def status(answer):
    found = re.match(rb"HTTP/1\.1 (\d+) ", answer)
    return int(found[1]) if found else None


BAD = {
    "bare LF": ("GET /jmap/session HTTP/1.1\nHost: localhost\n\n", 400),
    "bare LF in a header": (GET + "X: a\nY: b\r\n\r\n", 400),
    "bare CR": (GET + "X: a\rY: b\r\n\r\n", 400),
    "folded header": (GET + "X: a\r\n b\r\n\r\n", 400),
    "a length behind a fold": (GET + "X: a\r\n Content-Length: 5\r\n\r\n", 400),
    "no colon": (GET + "garbage\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    "space before the colon": (GET + "Content-Length : 5\r\n\r\n", 400),
    "no name": (GET + ": x\r\n\r\n", 400),
    "NUL": (GET + "X: a\0b\r\n\r\n", 400),
    "control character": (GET + "X: a\x01b\r\n\r\n", 400),
    "two lengths": (GET.replace("GET", "POST") + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 400),
    "two equal lengths": (GET.replace("GET", "POST") + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", 400),
    "a list of lengths": (GET.replace("GET", "POST") + "Content-Length: 5, 5\r\n\r\n", 400),
    "a signed length": (GET.replace("GET", "POST") + "Content-Length: +5\r\n\r\n", 400),
    "a length of hexadecimal": (GET.replace("GET", "POST") + "Content-Length: 0x5\r\n\r\n", 400),
    "a length too long": (GET.replace("GET", "POST") + "Content-Length: 99999999999999999999\r\n\r\n", 400),
    "length and coding": (GET.replace("GET", "POST") + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    "two codings": (GET.replace("GET", "POST") + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n", 400),
    "another coding": (GET.replace("GET", "POST") + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
    "an odd coding": (GET.replace("GET", "POST") + "Transfer-Encoding: xchunked\r\n\r\n", 501),
    "coding in 1.0": ("POST /jmap/api HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    "body of a GET": (GET + "Content-Length: 5\r\n\r\nhello", 400),
    "absolute target": ("GET http://localhost/jmap/session HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "authority target": ("CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "no target": ("GET HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "two spaces": ("GET  /jmap/session HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "bytes in the target": ("GET /jmap/s\u00e9ssion HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "another version": ("GET / HTTP/2.0\r\nHost: localhost\r\n\r\n", 505),
    "no version": ("GET /\r\n\r\n", 400),
    "no host": ("GET /jmap/session HTTP/1.1\r\n\r\n", 400),
    "two hosts": (GET + "Host: evil.example\r\n\r\n", 400),
    "two credentials": (GET + "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n", 400),
    "too many headers": (GET + "".join(f"X{i}: a\r\n" for i in range(120)) + "\r\n", 431),
    "too large a head": (GET + "X: " + "a" * 20000 + "\r\n\r\n", 431),
    "too long a target": ("GET /" + "a" * 9000 + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
    "no length": ("POST /jmap/api HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\n\r\n", 411),
    "another method": ("DELETE /jmap/session HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 405),
    "TLS": ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "\n", 400),
}


@pytest.mark.parametrize("name", BAD)
def test_requests_of_two_meanings_are_refused(world, name):
    text, want = BAD[name]
    answer = raw(world.port, text.encode() + GET.encode() + b"\r\n")
    assert status(answer) == want, answer[:300]
    assert answer.count(b"HTTP/1.1 ") == 1 and b"connection: close" in answer  # what stands behind it is not taken for a request
    assert b"content-type: application/problem+json" in answer and b'"status":%d' % want in answer


@pytest.mark.parametrize("chunks", ["g\r\n", "-1\r\n", "5 \r\nhello\r\n", "5;x=y\r\nhello\r\n0\r\n\r\n", "5\nhello\r\n", "5\r\nhelloX\r\n0\r\n\r\n", "0\r\nTrailer: x\r\n\r\n", "\r\n",
                                    "ffffffffffffff\r\n"])
def test_malformed_chunks_are_refused(world, chunks):
    head = f"POST /jmap/api HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {world.token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = raw(world.port, (head + chunks + GET + "\r\n").encode())
    assert status(answer) in (400, 413) and answer.count(b"HTTP/1.1 ") == 1, answer[:300]


def test_pipelined_requests_are_answered_in_their_order(world):
    one = f"POST /jmap/api HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {world.token}\r\nContent-Type: application/json\r\nContent-Length: "
    data = b""
    for i in range(20):
        body = '{"using":["urn:ietf:params:jmap:core"],"methodCalls":[["Core/echo",{"i":%d},"a"]]}' % i
        data += (one + str(len(body)) + "\r\n\r\n" + body).encode()
    answer = raw(world.port, data + (GET + "Connection: close\r\n\r\n").encode())
    assert [int(i) for i in re.findall(rb'\{"i":(\d+)\}', answer)] == list(range(20))
    assert answer.count(b"HTTP/1.1 200") == 20 and answer.count(b"HTTP/1.1 401") == 1


def test_what_is_sent_ahead_of_a_websocket_holds_it_up_no_longer_than_its_handshake(world):
    request = Socket.frame(json.dumps({"@type": "Request", "using": [CORE], "methodCalls": [["Core/echo", {"a": "x" * 30000}, "a"]]}).encode())
    head = ("GET /jmap/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: jmap\r\nAuthorization: Bearer {world.token}\r\n\r\n").encode()
    with standing_still(world.daemon):
        s = raw(world.port, head + request * 3, keep=True)
        time.sleep(0.2)
    got = b""
    with s:
        for more in (b"", request):
            s.sendall(more)
            wanted = 4 if more else 3
            while got.count(b'"@type":"Response"') < wanted:
                got += s.recv(1 << 16)


def test_a_request_may_come_byte_by_byte_and_the_connection_is_kept(world):
    s = raw(world.port, b"", keep=True)
    for _ in range(2):
        for b in (GET + f"Authorization: Bearer {world.token}\r\n\r\n").encode():
            s.sendall(bytes([b]))
        answer = s.recv(1 << 16)
        assert status(answer) == 200 and b"connection: close" not in answer
    s.close()


def test_http_1_0_is_answered_and_closed(world):
    answer = raw(world.port, b"GET /jmap/session HTTP/1.0\r\nHost: localhost\r\n\r\n")
    assert status(answer) == 401 and b"connection: close" in answer
    assert status(raw(world.port, b"GET /jmap/session HTTP/1.0\r\n\r\n")) == 421


def test_expect_is_answered_before_the_body_comes(world):
    s = raw(world.port, f"POST /jmap/api HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {world.token}\r\nContent-Type: application/json\r\nContent-Length: 41\r\n"
                        "Expect: 100-continue\r\n\r\n".encode(), keep=True)
    assert s.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    s.sendall(b'{"using":[],"methodCalls":[]}            ')
    assert status(s.recv(4096)) == 200
    s.close()
    for length in (1, 500, 60_000, 1_000_000):  # it does not come: who asked waits for the answer
        began = time.monotonic()
        refused = raw(world.port, b"POST /jmap/upload/a1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n" % length)
        assert status(refused) == 401 and b"100 Continue" not in refused and b"connection: close" in refused
        assert time.monotonic() - began < 5


def test_a_strangers_body_is_not_read_to_its_end(world):
    """64 MiB of it, for those that read no answer before they have sent all; who is let in may send what they have announced."""
    head = f"POST /jmap/upload/a1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer nobody\r\nContent-Length: {4 << 30}\r\n\r\n"
    sent, piece = 0, bytes(1 << 20)
    with raw(world.port, head.encode(), keep=True) as s:
        with contextlib.suppress(ConnectionError):
            while sent < 200 << 20:
                s.sendall(piece)
                sent += len(piece)
    assert 60 << 20 < sent < 90 << 20, sent


# ---- names and pages ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host,want", [("localhost", 200), ("localhost:1", 200), ("x.localhost", 200), ("127.0.0.1", 200), ("10.1.2.3:80", 200), ("[::1]:8765", 200),
                                       ("mail.example.org", 200), ("MAIL.example.org:443", 200), ("evil.example", 421), ("localhost.evil.example", 421), ("127.0.0.1.evil.example", 421),
                                       ("mail.example.org.", 421), ("localhost@evil.example", 421), ("", 421), ("localhost:", 421), ("localhost:99999999", 421), ("a b", 421)])
def test_only_names_that_are_known_are_answered(http, host, want):
    a = http.get("/jmap/session", Host=host)
    assert a.status == want
    assert want == 200 or b"accounts" not in a.body


@pytest.mark.parametrize("origin,want", [("https://app.example.org", 200), ("http://localhost", 200), ("http://localhost:80", 200), ("https://localhost", 403),
                                         ("http://localhost:1", 403), ("https://evil.example", 403), ("https://app.example.org.evil.example", 403), ("null", 403), ("file://", 403), ("", 403)])
def test_only_pages_that_are_allowed_are_answered(http, origin, want):
    a = http.get("/jmap/session", Host="localhost", Origin=origin)
    assert a.status == want
    assert a.headers["access-control-allow-origin"] == (origin if want == 200 else None)
    assert a.headers["access-control-allow-credentials"] is None


def test_preflights(http):
    a = http.ask("OPTIONS", "/jmap/api", Authorization=None, Origin="https://app.example.org", Access_Control_Request_Method="POST", Access_Control_Request_Headers="authorization")
    assert a.status == 204 and a.headers["access-control-allow-origin"] == "https://app.example.org" and "POST" in a.headers["access-control-allow-methods"]
    assert "authorization" in a.headers["access-control-allow-headers"].lower() and "Origin" in a.headers["vary"]
    assert http.ask("OPTIONS", "/jmap/api", Authorization=None, Origin="https://evil.example").status == 403


# ---- the slow and the many --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def impatient(world):
    with Bridge(world.profile, "--patience", 2) as b:
        yield b


def trickle(s, first, again):
    """A little now and then, until it is closed."""
    s.sendall(first)
    s.settimeout(0.2)
    while True:
        try:
            if not s.recv(1 << 16):
                return
        except TimeoutError:
            if again:
                s.sendall(again)
        except OSError:
            return


@pytest.mark.waits
def test_who_is_slow_is_given_up(world, impatient):
    blob = big_blob(world)
    signed_in = f"Host: localhost\r\nAuthorization: Bearer {world.token}\r\n"
    post = f"POST /jmap/api HTTP/1.1\r\n{signed_in}Content-Type: application/json\r\n"
    upload = f"POST /jmap/upload/a1 HTTP/1.1\r\n{signed_in}Content-Length: 100000\r\n\r\n"
    slow = {"nothing": ("", ""), "half a head": (GET, ""), "a head that goes on": (GET, "X: a\r\n"), "no body": (post + "Content-Length: 1000\r\n\r\n", ""),
            "a body bit by bit": (post + "Content-Length: 100000\r\n\r\n", "{"), "chunks bit by bit": (post + "Transfer-Encoding: chunked\r\n\r\n", "1\r\n{\r\n"),
            "a body bit by bit that was refused": (post.replace(world.token, "").replace("Bearer ", "None") + "Content-Length: 60000\r\n\r\n", "{"),
            "half an upload": (upload + "x" * 50000, ""), "an upload bit by bit": (upload, "x"),
            "an empty line for ever": ("\r\n", "")}
    began, took = time.monotonic(), {}

    def run(name):
        first, again = slow[name]
        with socket.create_connection(("127.0.0.1", impatient.port), timeout=20) as s:
            trickle(s, first.encode(), again.encode())
        took[name] = time.monotonic() - began

    def leave_unread(path):
        with socket.create_connection(("127.0.0.1", impatient.port), timeout=20) as s:
            s.sendall(f"GET {path} HTTP/1.1\r\n{signed_in}\r\n".encode())
            time.sleep(4)
            with pytest.raises(ConnectionResetError):  # what the kernel still had for it is thrown away, too
                while s.recv(1 << 20):
                    pass
            took["a download that is not read"] = 4

    with ThreadPoolExecutor(len(slow) + 1) as pool:
        waiting = [pool.submit(run, name) for name in slow] + [pool.submit(leave_unread, f"/jmap/download/a1/{blob}")]
        with Http(impatient.port, world.token) as h:  # nobody is held up by them
            while time.monotonic() - began < 4:
                asked = time.monotonic()
                assert h.get("/jmap/session").status == 200
                assert time.monotonic() - asked < 1
                time.sleep(0.05)
        for w in waiting:
            w.result()
    assert set(took) == {*slow, "a download that is not read"}
    assert max(took.values()) < 12 and all(took[name] > 0.9 for name in slow), took


def big_blob(world):
    with world.http() as h:
        return h.ask("POST", "/jmap/upload/a1", bytes(48 << 20)).json["blobId"]


def test_connections_beyond_the_limit_are_closed_at_once(world):
    with Bridge(world.profile, "--max-connections", 5) as b:
        held = [Http(b.port, world.token) for _ in range(5)]
        assert all(h.get("/jmap/session").status == 200 for h in held)
        s = socket.create_connection(("127.0.0.1", b.port), timeout=5)
        assert s.recv(10) == b""
        s.close()
        assert all(h.get("/jmap/session").status == 200 for h in held)
        for h in held:
            h.close()
        end = time.monotonic() + 5
        while True:
            try:
                with Http(b.port, world.token) as h:
                    assert h.get("/jmap/session").status == 200
                break
            except (ConnectionError, OSError):
                assert time.monotonic() < end


@pytest.mark.parametrize("is_tls", [False, True])
def test_strangers_make_room_for_who_comes(world, tls, is_tls):
    """Connections that say nothing, and such as ask for what is everybody's, however often: another user of this machine may have any number of them."""
    more = ["--tls-cert", tls.folder / "cert.pem", "--tls-key", tls.folder / "key.pem"] if is_tls else []
    with Bridge(world.profile, "--max-connections", 20, *more, log=tls.folder / "room.log") as b, contextlib.ExitStack() as held:
        def ask(h, path="/jmap/session"):
            if is_tls:
                return int(h.ask("GET", path)[0][":status"])
            return h.get(path).status

        def come(token):
            return held.enter_context(Http2(b.port, token) if is_tls else Http(b.port, token))

        owner = come(world.token)
        assert ask(owner) == 200
        strangers = [come("facteur_o1_x") for _ in range(5)]
        assert [ask(s) for s in strangers] == [401] * 5
        time.sleep(0.1)
        silent = [held.enter_context(socket.create_connection(("127.0.0.1", b.port), timeout=5)) for _ in range(60)]
        for _ in range(3):
            phone = come(world.token)
            assert ask(phone) == 200 and ask(owner) == 200
        assert ask(phone) == 200
        with pytest.raises((ConnectionError, OSError, http.client.HTTPException)):  # they were silent for longest
            [ask(s) for s in strangers]
        with contextlib.suppress(ConnectionResetError):
            assert silent[0].recv(1) == b""
        assert "make room for others" in b.log.read_text()


def test_who_makes_room_goes_whatever_comes_from_there_then(world):
    """A request that comes just when its connection is closed: it lived, was counted as one that goes, and with 32 of those nobody was taken any more."""
    def take(s):
        with contextlib.suppress(ConnectionResetError):
            while s.recv(1 << 16):
                pass

    with Bridge(world.profile, "--max-connections", 40) as b, contextlib.ExitStack() as held:
        silent = []
        for _ in range(40):
            silent.append(held.enter_context(socket.create_connection(("127.0.0.1", b.port), timeout=5)))
            time.sleep(0.005)
        b.process.send_signal(signal.SIGSTOP)
        try:
            new = [held.enter_context(socket.socket()) for _ in range(31)]
            for s in new:
                s.setblocking(False)
                s.connect_ex(("127.0.0.1", b.port))
            for s in silent[:31]:
                s.sendall(b"GET /message-frame HTTP/1.1\r\nHost: localhost\r\n\r\n")
            time.sleep(0.1)
        finally:
            b.process.send_signal(signal.SIGCONT)
        for s in silent[:31]:
            take(s)
        with Http(b.port, world.token) as h:
            assert h.get("/jmap/session").status == 200


def test_no_secret_is_in_the_log(world, http):
    http.get("/jmap/session")
    with Http(world.port, "Bearer facteur_o1_wrongwrongwrong") as h:
        h.get("/jmap/session?access_token=verysecret")
    log = world.bridge.log.read_text()
    assert world.token not in log and "wrongwrong" not in log and "verysecret" not in log and "421" in log or "401" in log
