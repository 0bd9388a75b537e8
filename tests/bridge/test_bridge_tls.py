"""TLS, HTTP/2, and where the bridge may listen."""
import hashlib
import http.client
import json
import os
import re
import resource
import signal
import socket
import ssl
import subprocess
import time

import pytest

from bridge import BRIDGE, CORE, Bridge
from http2 import Http2, context, make_certificate


def test_https(world, tls):
    c = http.client.HTTPSConnection("127.0.0.1", tls.port, context=context(), timeout=10)
    data = os.urandom(3_000_000)
    for _ in range(3):
        c.request("GET", "/jmap/session", headers={"Authorization": f"Bearer {world.token}"})
        s = json.loads(c.getresponse().read())
        assert s["apiUrl"] == f"https://127.0.0.1:{tls.port}/jmap/api" and s["capabilities"]["urn:ietf:params:jmap:websocket"]["url"].startswith("wss://")
    c.request("POST", "/jmap/upload/a1", data, {"Authorization": f"Bearer {world.token}"})
    r = c.getresponse()
    assert r.status == 201
    blob = json.loads(r.read())["blobId"]
    c.request("GET", f"/jmap/download/a1/{blob}", headers={"Authorization": f"Bearer {world.token}"})
    assert c.getresponse().read() == data
    c.request("POST", "/jmap/api", b"x" * 2_000_000, {})
    r = c.getresponse()
    assert r.status == 401 and r.read()
    c.close()


def test_a_path_of_http_2_is_nothing_but_a_path(tls, world):
    """libwebsockets decodes it: what was "%0D%0A" must not become a header, nor "%3F" a query, nor "%2541" an "A"."""
    with Http2(tls.port, world.token) as h:
        inject = "%20HTTP/1.1%0D%0A{}:%20https://evil.example%0D%0Ax:"
        for path in [inject.format("origin"), inject.format("range"), "%20here", "%3Fcode=x", "%c3%a9"]:
            assert h.ask("GET", "/jmap/session" + path)[0][":status"] == "404", path
        assert h.ask("GET", "/jmap/session")[0][":status"] == "200"


def test_old_tls_and_plain_http_are_refused(tls):
    old = context()
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", tls.port), timeout=10) as s, pytest.raises((ssl.SSLError, OSError)):
        old.wrap_socket(s)
    with socket.create_connection(("127.0.0.1", tls.port), timeout=10) as s:
        s.sendall(b"GET /jmap/session HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            assert b"HTTP/1.1" not in s.recv(100)
        except ConnectionResetError:
            pass


def test_http_2(world, tls):
    with Http2(tls.port, world.token) as h:
        headers, body = h.ask("GET", "/jmap/session")
        assert headers[":status"] == "200" and json.loads(body)["apiUrl"] == "https://localhost/jmap/api"
        headers, body = h.ask("POST", "/jmap/api", json.dumps({"using": [CORE], "methodCalls": [["Core/echo", {"a": "é"}, "x"]]}).encode(), content_type="application/json")
        assert json.loads(body)["methodResponses"] == [["Core/echo", {"a": "é"}, "x"]]
        assert h.ask("GET", "/jmap/session", authorization=None)[0][":status"] == "401"
        assert h.ask("GET", "/jmap/session", **{":authority": "evil.example"})[0][":status"] == "421"
        assert h.ask("GET", "/jmap/session", origin="https://evil.example")[0][":status"] == "403"
        assert h.ask("GET", "/nothing")[0][":status"] == "404"
        assert h.ask("POST", "/jmap/api", b"{}", content_type="application/json", content_length=None)[0][":status"] == "411"
        streams = [h.begin("POST", "/jmap/api", json.dumps({"using": [CORE], "methodCalls": [["Core/echo", {"i": i}, "x"]]}).encode(), content_type="application/json") for i in range(6)]
        assert [json.loads(h.end(s)[1])["methodResponses"][0][1]["i"] for s in streams] == list(range(6))


def test_a_websocket_over_http_2_is_told_to_come_by_http_1(world, tls):
    """RFC 9113 section 8.2.2: a header of a connection, as Upgrade is, MUST NOT be in a response."""
    with Http2(tls.port, world.token) as h:
        headers, body = h.ask("GET", "/jmap/ws", sec_websocket_version="13", sec_websocket_protocol="jmap")
        assert headers[":status"] == "400" and b"HTTP/1.1" in body and "upgrade" not in headers


def test_the_same_request_again_over_http_2(world, tls):
    """With a query, and with headers that a table of HPACK's would have (RFC 7541 section 2.3.2) and that fill it."""
    data = os.urandom(1000)
    with Http2(tls.port, world.token) as h:
        headers, body = h.ask("POST", "/jmap/upload/a1", data)
        path = f"/jmap/download/a1/{json.loads(body)['blobId']}?name=a%26b%3Dc.bin&type=image%2Fpng"
        for i in range(5):
            headers, body = h.ask("GET", path)
            assert headers[":status"] == "200" and body == data and headers["content-type"] == "image/png" and "a&b=c.bin" in headers["content-disposition"]
        assert h.h2.remote_settings.header_table_size == 0
    with Http2(tls.port, world.token) as h:  # the query is in the very first request
        for i in range(5):
            assert h.ask("GET", path, cookie=f"c={'x' * 3000}{i // 2}", x_many="y" * 2000)[1] == data
            assert h.ask("POST", "/jmap/api", json.dumps({"using": [CORE], "methodCalls": [["Core/echo", {"i": i}, "x"]]}).encode(), content_type="application/json", cookie="d=" + "z" * 3000)[0][":status"] == "200"
    with Http2(tls.port, world.token) as h:  # before our settings are read, with a table as every connection begins with
        streams = [h.begin("GET", "/jmap/session", cookie="c=" + "x" * 500, x_one="1") for _ in range(6)]
        assert {h.end(s)[0][":status"] for s in streams} == {"200"}


@pytest.mark.parametrize("settings_first", [True, False])
def test_http_2_moves_large_bodies_both_ways(world, tls, settings_first):
    """Also where the client uses the window that it has before our settings come (RFC 9113 section 6.9.2)."""
    data = os.urandom(2_000_000)
    with Http2(tls.port, world.token) as h:
        if settings_first:
            h.receive()
        headers, body = h.ask("POST", "/jmap/upload/a1", data, content_type="image/png")
        assert headers[":status"] == "201" and json.loads(body)["blobId"] == "b" + hashlib.sha256(data).hexdigest()
        headers, body = h.ask("GET", f"/jmap/download/a1/{json.loads(body)['blobId']}?name=a%26b%3Dc.png&type=image%2Fpng")
        assert headers[":status"] == "200" and body == data and headers["content-type"] == "image/png" and "a&b=c.png" in headers["content-disposition"]
        headers, body = h.ask("HEAD", f"/jmap/download/a1/b{hashlib.sha256(data).hexdigest()}", range="bytes=0-9")
        assert headers[":status"] == "206" and body == b"" and headers["content-length"] == "10"


def test_an_upload_over_http_2_that_fails_is_answered_and_the_connection_stays(world, tls):
    """What is answered before its body has ended keeps its stream until then: more of it would end the connection otherwise."""
    before = resource.prlimit(tls.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(tls.process.pid, resource.RLIMIT_FSIZE, (1 << 20, before[1]))
    try:
        with Http2(tls.port, world.token) as h:
            headers, body = h.ask("POST", "/jmap/upload/a1", bytes(12 << 20))
            assert headers[":status"] == "507" and headers["content-type"] == "application/problem+json" and json.loads(body)["status"] == 507
            headers, body = h.ask("POST", "/jmap/upload/a1", bytes(4 << 20), authorization=None)
            assert headers[":status"] == "401" and json.loads(body)["status"] == 401
            assert h.ask("GET", "/jmap/session")[0][":status"] == "200"
    finally:
        resource.prlimit(tls.process.pid, resource.RLIMIT_FSIZE, before)


def test_http_2_streams_events(world, tls):
    with Http2(tls.port, world.token) as h:
        stream = h.begin("GET", "/jmap/events?types=Mailbox&closeafter=no&ping=0")
        while b"event: state" not in h.answers[stream][1]:
            h.receive()
        with world.http() as other:
            other.call("Mailbox/set", accountId="a1", create={"k": {"name": "over h2"}})
        while h.answers[stream][1].count(b"event: state") < 2:
            h.receive()
        assert h.ask("GET", "/jmap/session")[0][":status"] == "200"


@pytest.mark.waits
def test_connections_outlive_the_time_for_a_handshake(world, tls):
    """Streams, and an upload whose client takes its time: longer than a head, or TLS, may take (half of --patience)."""
    key = {"Authorization": f"Bearer {world.token}"}
    with Bridge(world.profile, "--patience", 2, "--tls-cert", tls.folder / "cert.pem", "--tls-key", tls.folder / "key.pem", log=tls.folder / "patience.log") as b, Http2(b.port, world.token) as h:
        one, other, idle = (http.client.HTTPSConnection("127.0.0.1", b.port, context=context(), timeout=10) for _ in range(3))
        idle.request("GET", "/jmap/session", headers=key)
        assert json.loads(idle.getresponse().read())
        one.request("GET", "/jmap/events?types=*&closeafter=no&ping=1", headers=key)
        events, stream = one.getresponse(), h.begin("GET", "/jmap/events?types=*&closeafter=no&ping=1")

        def slowly():
            for _ in range(4):
                yield b"x" * 1000
                text = b""
                while not text.startswith(b"event: ping"):
                    text = events.readline()
                    assert text, "the stream has ended"

        other.request("POST", "/jmap/upload/a1", slowly(), {**key, "Content-Length": "4000"})
        assert other.getresponse().status == 201
        while h.answers[stream][1].count(b"event: ping") < 4:
            assert not h.answers[stream][2]
            h.receive()
        idle.request("GET", "/jmap/session", headers=key)
        assert json.loads(idle.getresponse().read())
        for c in (one, other, idle):
            c.close()


def test_a_new_certificate_is_taken_on_sighup_and_a_bad_one_is_not(tls):
    def name():
        with socket.create_connection(("127.0.0.1", tls.port), timeout=10) as s, context().wrap_socket(s) as t:
            return re.findall(rb"first|second", t.getpeercert(True))[0]

    assert name() == b"first"
    make_certificate(tls.folder, "second")
    tls.process.send_signal(signal.SIGHUP)
    end = time.monotonic() + 5
    while name() != b"second":
        assert time.monotonic() < end
    (tls.folder / "key.pem").write_text("nonsense")
    tls.process.send_signal(signal.SIGHUP)
    while "key.pem: " not in tls.log.read_text():
        assert time.monotonic() < end
    assert name() == b"second"


def run(*args):
    return subprocess.run([BRIDGE, *map(str, args)], capture_output=True, text=True, timeout=20)


def test_beyond_this_machine_it_needs_tls(world, tls):
    r = run("--profile", world.profile, "--listen", "0.0.0.0:0")
    assert r.returncode == 2 and "--tls-cert" in r.stderr and "--behind-proxy" in r.stderr
    r = run("--profile", world.profile, "--listen", "0.0.0.0:0", "--behind-proxy")
    assert r.returncode == 2 and "--public-url" in r.stderr
    with Bridge(world.profile, "--behind-proxy", "--public-url", "https://mail.example.net/", listen="0.0.0.0:0", log=tls.folder / "proxy.log") as b:
        c = http.client.HTTPConnection("127.0.0.1", b.port, timeout=10)
        c.request("GET", "/.well-known/jmap", headers={"Host": "mail.example.net", "Authorization": f"Bearer {world.token}"})
        assert json.loads(c.getresponse().read())["apiUrl"] == "https://mail.example.net/jmap/api"
        c.close()


@pytest.mark.parametrize("args,word", [
    (["--tls-cert", "x"], "--tls-key"), (["--tls-cert", "/nonexistent", "--tls-key", "/nonexistent"], "/nonexistent"), (["--listen", "nowhere"], "ADDR:PORT"), (["--listen", "::1:80"], "in brackets"),
    (["--listen", "127.0.0.1:99999"], "'99999' is no port: it is 0 (any that is free) to 65535"), (["--listen", "127.0.0.1:"], "'' is no port"), (["--listen", "127.0.0.1:+1"], "no port"),
    (["--listen", "mail.example.org:80"], "'mail.example.org' is no address: it is like 127.0.0.1"), (["--listen", "[::g]:80"], "'::g' is no address"), (["--listen", "192.0.2.77:0", "--behind-proxy", "--public-url", "https://a"], "none of this machine's"),
    (["--allow-origin", "app"], "such as https://app.example.org, without a path"), (["--allow-host", "a/b"], "a name such as"), (["--public-url", "mail"], "like https://mail.example.org"),
    (["--max-connections", "12x"], "a number, 1 to"), (["--max-connections", "-1"], "a number, 1 to"), (["--max-connections", "99999999999"], "a number, 1 to"), (["--patience", "1s"], "1 to 3600"),
    (["--nonsense"], "--help"), (["word"], "word"), (["--max-connections", "0"], "--max-connections"), (["--patience", "0"], "--patience"), (["--log-level", "loud"], "--log-level")])
def test_options_that_are_wrong_are_told(world, args, word):
    r = run("--profile", world.profile, *args)
    assert r.returncode in (1, 2) and word in r.stderr and not r.stdout


def test_a_port_that_is_taken_is_told_with_what_to_do(world):
    r = run("--profile", world.profile, "--listen", f"127.0.0.1:{world.port}")
    assert r.returncode == 1 and f"port {world.port}: Address already in use" in r.stderr and "another facteur-bridge" in r.stderr and "--listen" in r.stderr


def test_help_and_version():
    assert run("--version").stdout.startswith("facteur-bridge ")
    r = run("--help")
    assert r.returncode == 0 and max(map(len, r.stdout.splitlines())) <= 120 and "--listen" in r.stdout
