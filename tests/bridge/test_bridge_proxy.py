"""Remote images: links for who may read, and images from nowhere but the Internet, whatever a message and a server try."""
import base64
import contextlib
import gzip
import json
import re
import ssl
import subprocess
import threading
import time
import urllib.parse

import pytest

from bridge import BRIDGE, BUILD, OURS, SANITIZED, Bridge, Http
from http2 import Http2, make_certificate
from images import Images, answer, png, redirect

PNG = png()
NAMES = BUILD / "tests" / "preload" / "names.so"
NO_PRELOAD = pytest.mark.skipif(SANITIZED, reason="a sanitizer's runtime must be the first library")
POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"

NAMES_FILE = """
images.example 127.0.0.1
www.images.example. 127.0.0.1
private.example 10.0.0.7
metadata.example 169.254.169.254
loop.example 127.0.0.2
loop6.example ::1
mapped.example ::ffff:127.0.0.2
nat64.example 64:ff9b::7f00:2
sixtofour.example 2002:7f00:2::
both.example 127.0.0.2,127.0.0.1
127.0.0.2.nip.io 127.0.0.2
7f000002.nip.io 127.0.0.2
127.0.0.2. 127.0.0.2
loop.example. 127.0.0.2
rebinding.example 127.0.0.1
rebinding.example 127.0.0.2
silent.example -
"""


class Proxy:
    """A bridge that fetches images from 127.0.0.1, too, and from no other address of this computer."""

    def __init__(self, world, folder, *args, names=NAMES_FILE, certificate=None, **env):
        self.world = world
        self.bridge = Bridge(world.profile, *args, log=folder / "log")
        (folder / "names").write_text(names)
        self.bridge.env.update({"http_proxy": "http://127.0.0.2:1", "https_proxy": "http://127.0.0.2:1", "ALL_PROXY": "http://127.0.0.2:1", **env})
        if certificate:
            self.bridge.env["SSL_CERT_FILE"] = str(certificate)
        if not SANITIZED:
            self.bridge.env.update(LD_PRELOAD=str(NAMES), NAMES_FILE=str(folder / "names"))
        self.bridge.start()
        self.port = self.bridge.port

    def http(self, token=None):
        return Http(self.port, token or self.world.token)

    def links(self, *urls, token=None):
        with self.http(token) as h:
            a = h.ask("POST", "/jmap/proxy", json.dumps({"urls": urls}), Content_Type="application/json")
            assert a.status == 200, (a.status, a.body)
            paths = a.json["paths"]
        assert len(paths) == len(urls)
        return paths

    def link(self, url, **more):
        [path] = self.links(url, **more)
        return path

    def follow(self, path):
        with Http(self.port) as h:  # nobody: an <img> sends no credential
            return h.get(path)

    def view(self, url):
        return self.follow(self.link(url))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images-tls")
    make_certificate(folder, "images")
    return folder


@pytest.fixture(scope="module")
def proxy(world, certificate, tmp_path_factory):
    p = Proxy(world, tmp_path_factory.mktemp("proxy"), "--proxy-allow", "127.0.0.1", certificate=certificate / "cert.pem")
    yield p
    assert p.bridge.stop() == 0


@pytest.fixture
def images():
    with Images() as i:
        yield i


@pytest.fixture
def tls_images(certificate):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    with Images(tls=c) as i:
        i.context = c
        yield i


@pytest.fixture(scope="module")
def forbidden():
    """What nobody may ask: on 127.0.0.2 and ::1, where the bridge may not go, at one port."""
    with contextlib.ExitStack() as stack:
        all_of_them = [stack.enter_context(Images("127.0.0.2"))]
        with contextlib.suppress(OSError):  # there are computers without IPv6
            all_of_them.append(stack.enter_context(Images("::1", all_of_them[0].port)))
        for i in all_of_them:
            i.answers["/"] = i.answers["/a.png"] = answer(PNG)
        all_of_them[0].all_seen = lambda: [head for i in all_of_them for head in i.seen]
        yield all_of_them[0]


def refused(a, *statuses):
    """In words of our own."""
    assert a.status in statuses, (a.status, a.body)
    assert a.headers["content-type"] == "application/problem+json" and a.json["status"] == a.status and len(a.json["detail"]) < 100
    assert b"secret" not in a.body and "set-cookie" not in a.headers
    return True


# ---- what it is for ------------------------------------------------------------------------------------------


def test_an_image_is_fetched_and_nothing_else_comes_with_it(proxy, images):
    images.answers["/a.png?x=1&y=%20"] = answer(PNG, Content_Type="text/html", Set_Cookie="secret=1", X_Secret="secret", Refresh="0; url=/", ETag='"secret"')
    path = proxy.link(f"{images.base}/a.png?x=1&y=%20#fragment")
    assert re.fullmatch(r"/proxy/[\w-]{43}\?until=\d+&by=[\w-]+&url=[\w-]+", path)
    a = proxy.follow(path)
    assert (a.status, a.body) == (200, PNG)
    assert a.headers["content-type"] == "image/png" and a.headers["content-length"] == str(len(PNG))
    assert a.headers["x-content-type-options"] == "nosniff" and a.headers["content-security-policy"] == POLICY
    assert a.headers["cross-origin-resource-policy"] == "same-origin" and a.headers["cache-control"] == "private, max-age=86400"
    assert "secret" not in str(a.headers) and a.headers["refresh"] is None


def test_what_goes_out_says_nothing_of_who_reads(proxy, images):
    images.answers["/a.png"] = answer(PNG)
    path = proxy.link(f"{images.base}/a.png")
    with proxy.http() as h:
        a = h.get(path, Cookie="session=secret", Referer="http://127.0.0.1/mail/secret", User_Agent="secret", Accept_Language="fr", X_Forwarded_For="192.0.2.9",
                  If_None_Match='"secret"', Range="bytes=0-3", Accept="text/html")
    assert (a.status, a.body) == (200, PNG)
    [head] = images.seen
    lines = head.strip().split("\r\n")
    assert lines[0] == "GET /a.png HTTP/1.1"
    assert sorted(lines[1:]) == ["Accept-Encoding: identity", "Accept: image/*", f"Host: 127.0.0.1:{images.port}", "User-Agent: Mozilla/5.0 (compatible; image proxy)"]


def test_the_same_link_is_given_out_again(proxy, images):
    """So the browser's cache has the image, when the message is read again."""
    url = f"{images.base}/a.png"
    first, second = proxy.link(url), proxy.link(url)
    if first != second:  # a quarter of an hour has begun between them
        assert proxy.link(url) == second


def test_cookies_are_not_kept(proxy, images):
    images.answers["/a.png"] = answer(PNG, Set_Cookie="id=1; Path=/")
    images.answers["/b.png"] = redirect("/a.png")
    images.answers["/c.png"] = redirect("/a.png?c")
    images.answers["/a.png?c"] = answer(PNG)
    for path in ("/a.png", "/b.png", "/c.png"):
        assert proxy.view(images.base + path).status == 200
    assert len(images.seen) == 5 and not any("ookie" in head or "eferer" in head for head in images.seen)


def test_the_sender_does_not_hear_of_each_time(world, proxy, images):
    """An image is kept for a day, whatever the server says of that; a failure is not, and each token has its own."""
    images.answers["/a.png"] = answer(PNG, Cache_Control="no-store", Expires="0", Pragma="no-cache", Vary="*")
    for _ in range(3):
        a = proxy.view(f"{images.base}/a.png")
        assert (a.status, a.body, a.headers["content-type"], a.headers["cache-control"]) == (200, PNG, "image/png", "private, max-age=86400")
        assert a.headers["content-security-policy"] == POLICY and a.headers["cross-origin-resource-policy"] == "same-origin"
    assert len(images.seen) == 1
    assert proxy.follow(proxy.link(f"{images.base}/a.png", token=world.token_for(["read"]))).body == PNG
    assert len(images.seen) == 2
    images.answers["/b.png"] = answer(b"", "503 Later")
    assert refused(proxy.view(f"{images.base}/b.png"), 502)
    images.answers["/b.png"] = answer(PNG)
    assert proxy.view(f"{images.base}/b.png").body == PNG


def test_a_token_is_the_same_however_it_is_shown(world, proxy, images):
    images.answers["/a.png"] = answer(PNG)
    paths = {proxy.link(f"{images.base}/a.png", token=f"{scheme} {world.token}").split("?")[1] for scheme in ("Bearer", "bearer", "BEARER")}
    assert len(paths) <= 2  # a quarter of an hour may have begun between them
    assert len({p.split("&")[1] for p in paths}) == 1


@pytest.mark.parametrize("body,kind", [
    (PNG, "image/png"),
    (b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(20), "image/jpeg"),
    (b"GIF87a" + bytes(20), "image/gif"),
    (b"GIF89a\1\0\1\0\0\0\0;", "image/gif"),
    (b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0" + bytes(16), "image/webp"),
    (b"\0\0\0\x20ftypavif\0\0\0\0avifmif1miaf" + bytes(80), "image/avif"),
    (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif" + bytes(80), "image/avif"),
    (b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0" + bytes(40), "image/bmp"),
    (b"\0\0\1\0\1\0\1\1\0\0\1\0\x20\0\x30\0\0\0\x16\0\0\0" + bytes(40), "image/x-icon")], ids=["png", "jpeg", "gif87", "gif89", "webp", "avif", "mif1", "bmp", "ico"])
def test_its_first_bytes_say_what_it_is(proxy, images, body, kind):
    images.answers["/a"] = answer(body, Content_Type="image/svg+xml")
    a = proxy.view(f"{images.base}/a")
    assert (a.status, a.headers["content-type"], a.body) == (200, kind, body)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>secret</script></svg>'


NO_IMAGES = [
    SVG, b'<?xml version="1.0"?>' + SVG, b"\xef\xbb\xbf" + SVG, SVG.decode().encode("utf-16"), b" \n" + SVG, gzip.compress(SVG), gzip.compress(PNG),
    b"<!doctype html><script>secret</script>", b"<html>", b"%PDF-1.7 secret", b"GIF88a" + bytes(20), b" " + PNG, PNG[:7], b"", b"BM" + bytes(60), b"BM secret text is no bitmap" * 3,
    b"RIFF\x1a\0\0\0WAVEfmt " + bytes(40), b"\0\0\0\x20ftypisom\0\0\2\0isomiso2mp41" + bytes(40), b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + bytes(40),
    b"\0\0\1\0\0\0" + bytes(40), b"\0\0\0\x0cftypmif1avif" + bytes(40), b"MZ" + bytes(100), b"II*\0" + bytes(40), b"8BPS" + bytes(40), b"\x1aE\xdf\xa3" + bytes(40)]


@pytest.mark.parametrize("body", NO_IMAGES, ids=range(len(NO_IMAGES)))
def test_what_is_no_image_is_not_given(proxy, images, body):
    images.answers["/a.png"] = answer(body, Content_Type="image/png")
    assert refused(proxy.view(f"{images.base}/a.png"), 415)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip"])
def test_nothing_is_unpacked(proxy, images, encoding):
    """The identity was asked for; 10 MB of a bomb would be 10 GB."""
    images.answers["/a.png"] = answer(gzip.compress(PNG + bytes(1 << 20)), Content_Type="image/png", Content_Encoding=encoding)
    assert refused(proxy.view(f"{images.base}/a.png"), 415)


@pytest.mark.parametrize("status", ["201 Created", "203 Changed", "204 None", "206 Part", "300 Many", "304 Same", "400 Bad", "401 Who", "403 No", "404 None", "407 Proxy", "429 Slow", "500 Broken"])
def test_another_status_is_no_image(proxy, images, status):
    images.answers["/a.png"] = answer(b"" if status[:3] in ("204", "304") else PNG, status, WWW_Authenticate='Basic realm="secret"', Proxy_Authenticate="Basic")
    assert refused(proxy.view(f"{images.base}/a.png"), 502)


# ---- hostile addresses ---------------------------------------------------------------------------------------

HOSTILE_HOSTS = [
    "127.0.0.2", "127.0.0.2.", "127.2", "127.0.2", "0x7f.0.0.2", "0x7f000002", "0177.0.0.2", "017700000002", "2130706434", "0x7F.2", "127.0.0.0x2", "0177.0x0.2",
    "%31%32%37.0.0.2", "127%2e0.0.2", "[::1]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::ffff:127.0.0.2]", "[::ffff:7f00:2]", "[::127.0.0.2]", "[64:ff9b::127.0.0.2]",
    "[64:ff9b::7f00:2]", "[2002:7f00:2::]", "[2002:7f00:2::1]", "[2001::7f00:2]", "[::]", "[fe80::1]", "[fe80::1%25lo]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]",
    "[2001:db8::1]", "[3fff::1]", "0.0.0.0", "0", "0.0.0.1", "00.0.0.0", "10.0.0.1", "10.255.255.255", "012.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "0xc0a80101", "3232235777", "169.254.169.254", "0xa9fea9fe", "2852039166", "169.254.170.2", "100.64.0.1", "100.100.100.200", "192.0.0.192", "192.0.2.1", "198.18.0.1",
    "198.51.100.7", "203.0.113.9", "192.88.99.1", "224.0.0.251", "239.255.255.250", "240.0.0.1", "255.255.255.255", "168.63.129.16", "localhost", "LOCALHOST", "localhost.",
    "x.localhost"]
HOSTILE_NAMES = ["private.example", "metadata.example", "loop.example", "loop.example.", "LOOP.example", "loop6.example", "mapped.example", "nat64.example", "sixtofour.example",
                 "127.0.0.2.nip.io", "7f000002.nip.io"]


def answers_to(proxy, urls):
    """What becomes of each: null, or the status."""
    return [path and proxy.follow(path).status for path in proxy.links(*urls)]


def test_hostile_addresses_are_refused_however_they_are_spelt(proxy, forbidden):
    forbidden_before = len(forbidden.all_seen())
    hosts = HOSTILE_HOSTS if not SANITIZED else [h for h in HOSTILE_HOSTS if not h.endswith(".")]
    assert len(hosts) >= 50
    for port in ("", f":{forbidden.port}"):
        got = dict(zip(hosts, answers_to(proxy, [f"http://{h}{port}/a.png" for h in hosts])))
        # Where the resolver is asked, it may know no such name.
        assert {h: s for h, s in got.items() if s not in (None, 403) and not (s == 502 and h.endswith("."))} == {}
        got = answers_to(proxy, [f"https://{h}{port}/a.png" for h in hosts])
        assert set(got) <= {None, 403, 502}
    assert len(forbidden.all_seen()) == forbidden_before


@NO_PRELOAD
def test_names_of_hostile_addresses_are_refused(proxy, forbidden):
    got = dict(zip(HOSTILE_NAMES, answers_to(proxy, [f"http://{h}:{forbidden.port}/a.png" for h in HOSTILE_NAMES])))
    assert got == {h: 403 for h in HOSTILE_NAMES} and forbidden.all_seen() == []
    assert refused(proxy.view("http://nobody.example/"), 502)


@NO_PRELOAD
def test_of_a_names_addresses_the_good_ones_are_used(proxy, forbidden):
    with Images(port=forbidden.port) as images:
        images.answers["/a.png"] = answer(PNG)
        assert proxy.view(f"http://both.example:{images.port}/a.png").status == 200
        assert len(images.seen) == 1 and forbidden.all_seen() == []


@NO_PRELOAD
def test_a_name_that_changes_its_address_gains_nothing(proxy, forbidden):
    """DNS rebinding: what was looked up for one request says nothing about the next, and the address that is judged is the one that is connected to."""
    with Images(port=forbidden.port) as images:
        images.answers["/a.png"] = answer(PNG)
        images.answers["/b.png"] = redirect(f"http://rebinding.example:{images.port}/a.png")
        path = proxy.link(f"http://rebinding.example:{images.port}/b.png")
        proxy.follow(path)
        for _ in range(3):
            proxy.follow(path)
            proxy.follow(proxy.link(f"http://rebinding.example:{images.port}/a.png"))
        assert len(images.seen) >= 1 and forbidden.all_seen() == []


@NO_PRELOAD
def test_neighbours_are_refused_though_their_addresses_are_public(world, tmp_path):
    p = Proxy(world, tmp_path, names="neighbour.example 8.8.4.2\nitself.example 8.8.4.1\n", NEAR_ADDRESS="8.8.4.1")
    for name in ("neighbour.example", "itself.example"):
        assert refused(p.view(f"http://{name}/a.png"), 403)
    assert p.links("http://8.8.4.200/", "https://8.8.4.1/") == [None, None] and all(p.links("http://8.8.5.1/", "https://8.8.3.255/"))
    assert p.bridge.stop() == 0


def hostile_targets(forbidden):
    urls = [f"http://{h}:{forbidden.port}/a.png" for h in HOSTILE_HOSTS if not h.endswith(".") and "%" not in h]
    return urls + [f"//127.0.0.2:{forbidden.port}/a.png", f"http://user:pw@127.0.0.1:{forbidden.port}/a.png", "file:///etc/passwd", "ftp://127.0.0.1/a.png", "gopher://127.0.0.1:70/_x",
                   "dict://127.0.0.1/x", "javascript:alert(1)", "data:image/png;base64," + base64.b64encode(PNG).decode(), "http:///a.png", "http://127.0.0.1:99999/"]


def test_redirects_to_hostile_addresses_are_refused(proxy, images, forbidden):
    targets = hostile_targets(forbidden)
    for i, target in enumerate(targets):
        images.answers[f"/{i}"] = redirect(target, ("301 M", "302 F", "303 S", "307 T", "308 P")[i % 5])
    got = dict(zip(targets, answers_to(proxy, [f"{images.base}/{i}" for i in range(len(targets))])))
    assert {t: s for t, s in got.items() if s not in (403, 502)} == {}
    assert [t for t, s in got.items() if s == 502 and t not in ("http:///a.png", "http://127.0.0.1:99999/")] == []
    assert len(images.seen) == len(targets) and forbidden.all_seen() == []


def test_redirects_are_followed_four_times(proxy, images):
    images.answers["/0"] = answer(PNG)
    for i in range(1, 7):
        images.answers[f"/{i}"] = redirect(f"/{i - 1}", "307 Again")
    images.answers["/loop"] = redirect("/loop")
    assert proxy.view(f"{images.base}/4").body == PNG
    assert refused(proxy.view(f"{images.base}/5"), 502)
    assert len(images.seen) == 5 + 5
    assert refused(proxy.view(f"{images.base}/loop"), 502)


def test_a_redirect_leaves_no_referrer(proxy, images):
    with Images() as other:
        images.answers["/a"] = redirect(f"{other.base}/b?c#fragment")
        other.answers["/b?c"] = answer(PNG)
        assert proxy.view(f"{images.base}/a").status == 200
        assert other.seen[0].startswith("GET /b?c HTTP/1.1\r\n") and "eferer" not in other.seen[0] and str(images.port) not in other.seen[0]


# ---- TLS, HTTP/2 ---------------------------------------------------------------------------------------------


def test_https_is_verified(proxy, tls_images, certificate, world, tmp_path):
    tls_images.answers["/a.png"] = answer(PNG)
    assert proxy.view(f"{tls_images.base}/a.png").body == PNG
    with Images() as plain:
        plain.answers["/a.png"] = redirect(f"{tls_images.base}/a.png")  # up is good
        assert proxy.view(f"{plain.base}/a.png").body == PNG
    before = len(tls_images.seen)
    p = Proxy(world, tmp_path, "--proxy-allow", "127.0.0.1")  # believes the system's certificates, none of which is ours
    assert refused(p.view(f"{tls_images.base}/a.png"), 502) and len(tls_images.seen) == before
    assert p.bridge.stop() == 0


def test_https_never_becomes_http(proxy, tls_images, images):
    images.answers["/a.png"] = answer(PNG)
    tls_images.answers["/a.png"] = redirect(f"{images.base}/a.png")
    assert refused(proxy.view(f"{tls_images.base}/a.png"), 403) and images.seen == []


def test_images_come_over_http2(proxy, tls_images):
    tls_images.context.set_alpn_protocols(["h2"])
    tls_images.answers["/a.png"] = PNG
    tls_images.answers["/b.png"] = SVG
    a = proxy.view(f"{tls_images.base}/a.png")
    assert (a.status, a.body, a.headers["content-type"]) == (200, PNG, "image/png")
    assert refused(proxy.view(f"{tls_images.base}/b.png"), 415)
    assert {line.split(": ")[0] for line in tls_images.seen[0].split("\r\n")} == {":method", ":path", ":scheme", ":authority", "user-agent", "accept", "accept-encoding"}


def test_images_are_given_over_http2(world, tls):
    """The link is long, and comes through a parser that decodes it."""
    url = "https://localhost/" + "%26a=b/" * 584
    with Http2(tls.port, world.token) as h:
        head, body = h.ask("POST", "/jmap/proxy", json.dumps({"urls": [url[:4096], url[:4090] + "#" + "x" * 5]}).encode(), content_type="application/json")
        paths = json.loads(body)["paths"]
        assert head[":status"] == "200" and all(len(p) > 5400 for p in paths)
        wrong = paths[0][:-1] + ("A" if paths[0][-1] != "A" else "B")
        head, body = h.ask("GET", wrong, authorization=None)
        assert head[":status"] == "403" and b"no link" in body
        for path in paths:  # a link of that length is whole: it is tried
            head, body = h.ask("GET", path, authorization=None)
            assert head[":status"] == "403" and b"from that address" in body


# ---- limits --------------------------------------------------------------------------------------------------

LIMIT = 10 << 20


def test_ten_mebibytes_are_the_limit(proxy, images):
    images.answers["/most"] = answer(PNG + bytes(LIMIT - len(PNG)))
    images.answers["/more"] = answer(PNG + bytes(LIMIT - len(PNG) + 1))
    images.answers["/chunked"] = answer(PNG, Content_Length=None, Transfer_Encoding="chunked")[:-len(PNG)] + b"".join(b"80000\r\n" + (PNG + bytes(0x80000))[:0x80000] + b"\r\n" for _ in range(21)) + b"0\r\n\r\n"
    images.answers["/lie"] = answer(PNG, Content_Length=10 ** 15)
    assert len(proxy.view(f"{images.base}/most").body) == LIMIT
    for path in ("/more", "/chunked", "/lie"):
        assert refused(proxy.view(images.base + path), 413)


def endless(start, piece):
    def serve(s):
        s.sendall(start)
        while True:
            s.sendall(piece)
            serve.sent += len(piece)
    serve.sent = 0
    return serve


def test_what_never_ends_is_given_up(proxy, images):
    ok = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    images.answers["/body"] = endless(ok + PNG, bytes(1 << 16))
    images.answers["/no-image"] = no_image = endless(ok + SVG, b" " * (1 << 16))
    images.answers["/head"] = endless(b"HTTP/1.1 200 OK\r\n", b"X-Filler: " + b"x" * 1000 + b"\r\n")
    images.answers["/line"] = endless(b"HTTP/1.1 200 OK\r\nX-Filler: ", b"x" * 1000)
    images.answers["/continue"] = endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
    images.answers["/error"] = endless(b"HTTP/1.1 404 No\r\n\r\n", b"x" * (1 << 16))
    images.answers["/redirect"] = endless(b"HTTP/1.1 302 No\r\nLocation: /body\r\n\r\n", b"x" * (1 << 16))
    for path, status in (("/body", 413), ("/no-image", 415), ("/head", 502), ("/line", 502), ("/continue", 502), ("/error", 502), ("/redirect", 502)):
        assert refused(proxy.view(images.base + path), status), path
    assert no_image.sent < 16 << 20


def test_what_breaks_off_is_no_image(proxy, images):
    images.answers["/short"] = answer(PNG, Content_Length=len(PNG) + 1)
    images.answers["/nothing"] = b""
    images.answers["/0.9"] = PNG
    images.answers["/no-http"] = b"220 mail.example ESMTP\r\n"
    for path in ("/short", "/nothing", "/0.9", "/no-http"):
        assert refused(proxy.view(images.base + path), 502), path


@NO_PRELOAD
def test_what_stands_still_is_given_up(world, tmp_path):
    """By a clock that runs ten times as fast: 15 s in all, 5 s of silence, 5 s for a connection."""
    def drip(s):
        s.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + PNG + bytes(64))
        while True:
            s.sendall(bytes(1000))
            hold.wait(0.05)
    hold = threading.Event()
    p = Proxy(world, tmp_path, "--proxy-allow", "127.0.0.1", FAST_CLOCK="10")
    with Images() as images:
        images.answers.update({"/silent": lambda s: hold.wait(), "/head": lambda s: s.sendall(b"HTTP/1.1 200 OK\r\n") or hold.wait(),
                               "/body": lambda s: s.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + PNG) or hold.wait(), "/drip": drip})
        paths = p.links(*(images.base + path for path in ("/silent", "/head", "/body", "/drip")), "http://silent.example/")
        connections = [Http(p.port) for _ in paths]
        for h, path in zip(connections, paths):
            h.connection.request("GET", path)
        with p.http() as other:  # nobody else waits for them
            assert other.get("/jmap/session").status == 200
        for h in connections:
            r = h.connection.getresponse()
            assert (r.status, json.loads(r.read())["detail"]) == (504, "its server does not answer in time")
            h.close()
        hold.set()
    began = time.monotonic()
    assert p.bridge.stop() == 0  # though a look-up goes on
    assert time.monotonic() - began < 2


def hold_all(proxy, paths):
    """Each on a connection of its own, asked and not answered."""
    held = [Http(proxy.port) for _ in paths]
    for h, path in zip(held, paths):
        h.connection.request("GET", path)
    return held


def wait_for(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_so_many_at_once_and_the_others_wait(world, proxy, images):
    """32 in all, 24 of one token; another token's image does not wait behind those of one that asks for many."""
    go = threading.Event()
    for i in range(90):
        images.answers[f"/{i}"] = lambda s: go.wait(10) and s.sendall(answer(PNG))
    other = world.token_for(["read"])
    many = hold_all(proxy, proxy.links(*(f"{images.base}/{i}" for i in range(60))))
    wait_for(lambda: len(images.seen) >= 24)
    late = hold_all(proxy, proxy.links(*(f"{images.base}/{i}" for i in range(60, 80)), token=other))
    wait_for(lambda: len(images.seen) >= 32)
    with proxy.http() as h:
        assert h.get("/jmap/session").status == 200
    assert len(images.seen) == 32 and sum(int(head.split()[1][1:]) >= 60 for head in images.seen) == 8
    for h in many[:10] + many[40:50]:  # who goes away makes room, whether it was begun or waits
        h.close()
    wait_for(lambda: len(images.seen) >= 42)
    go.set()
    for h in many[10:40] + many[50:] + late:
        r = h.connection.getresponse()
        assert r.status == 200 and r.read() == PNG
        h.close()


def test_those_who_wait_are_limited(proxy, images):
    go = threading.Event()
    images.answers["/a"] = lambda s: go.wait(20) and s.sendall(answer(PNG))
    path = proxy.link(f"{images.base}/a")
    held = hold_all(proxy, [path] * (24 + 256))
    wait_for(lambda: len(images.seen) >= 24)
    with Http(proxy.port) as h:
        wait_for(lambda: refused_now(h, path))
    go.set()
    for h in held:
        r = h.connection.getresponse()
        assert r.status == 200 and r.read() == PNG
        h.close()


def refused_now(h, path):
    """One more is asked for, and answered at once: all places are taken."""
    h.connection.request("GET", path)
    h.connection.sock.settimeout(0.3)
    try:
        r = h.connection.getresponse()
        assert r.status == 503 and r.headers["retry-after"] == "1" and b"too many images" in r.read()
        return True
    except TimeoutError:
        h.close()
        return False


# ---- links ---------------------------------------------------------------------------------------------------


def test_a_link_is_good_as_it_is_and_not_otherwise(proxy, images):
    images.answers["/a"] = images.answers["/b"] = answer(PNG)
    a, b = proxy.links(f"{images.base}/a", f"{images.base}/b")
    signature, query = a[len("/proxy/"):].split("?")
    until, by, url = query.split("&")
    other_url = b.split("&")[-1]
    later = "until=" + str(int(until[6:]) + 900)
    wrong = [b.split("?")[0] + "?" + query, f"/proxy/{signature}?{until}&{by}&{other_url}", f"/proxy/{signature}?{later}&{by}&{url}", f"/proxy/{signature}?{until}0&{by}&{url}",
             f"/proxy/{signature}?{until}&{by}x&{url}", f"/proxy/{signature}?{until}&{url}", f"/proxy/{signature}?{by}&{url}", f"/proxy/{signature}?{until}&{by}",
             f"/proxy/{signature}?until=-1&{by}&{url}", f"/proxy/{signature}?until=&{by}&{url}", f"/proxy/{signature}?until=9999999999999999999&{by}&{url}", f"/proxy/?{query}",
             f"/proxy/{signature}x?{query}", f"/proxy/{signature[:-1]}?{query}", f"/proxy/{signature}/?{query}", f"/proxy/{signature.swapcase()}?{query}", f"/proxy/{signature}",
             f"/proxy/{'A' * 43}?{query}", f"/proxy/{'%00' * 43}?{query}", f"/proxy/{signature}?{until}&{by}&{url}=", f"/proxy/{signature}?{until}&{by}&url=!!!!", f"/proxy/{signature}?{until}&{by}&url=",
             f"/proxy/{signature}?{until}&by=%0A&{url}", f"/proxy/{signature}?{until}&{by}&url={urllib.parse.quote(images.base + '/a', '')}"]
    for path in wrong:
        assert refused(proxy.follow(path), 403), path
    for i in range(len(signature)):
        flipped = signature[:i] + ("A" if signature[i] != "A" else "B") + signature[i + 1:]
        assert refused(proxy.follow(f"/proxy/{flipped}?{query}"), 403)
    assert images.seen == []
    assert proxy.follow(f"/proxy/{signature}?{url}&{until}&{by}").status == 200
    with proxy.http() as h:
        for method in ("HEAD", "POST", "PUT", "DELETE"):
            r = h.ask(method, a, b"" if method != "HEAD" else None)
            assert r.status == 405 and r.headers["allow"] == "GET, OPTIONS"
    assert len(images.seen) == 1


def test_a_link_of_another_bridge_is_none(world, proxy, images, tmp_path):
    """The key is made at each start."""
    images.answers["/a"] = answer(PNG)
    p = Proxy(world, tmp_path, "--proxy-allow", "127.0.0.1")
    path = p.link(f"{images.base}/a")
    assert p.follow(path).status == 200 and refused(proxy.follow(path), 403)
    assert p.bridge.stop() == 0
    p.bridge.start()
    p.port = p.bridge.port
    assert refused(p.follow(path), 403)
    assert p.bridge.stop() == 0


@NO_PRELOAD
def test_a_link_grows_old(world, images, tmp_path):
    images.answers["/a"] = answer(PNG)
    p = Proxy(world, tmp_path, "--proxy-allow", "127.0.0.1", AHEAD_FILE=str(tmp_path / "ahead"))
    path = p.link(f"{images.base}/a")
    for seconds, status in ((0, 200), (3590, 200), (4600, 410)):
        (tmp_path / "ahead").write_text(str(seconds))
        assert p.follow(path).status == status
    assert p.link(f"{images.base}/a") != path
    assert p.bridge.stop() == 0


REFUSED_URLS = ["", "x", "/a.png", "//example.org/a.png", "http:", "http:/", "http://", "http:///a.png", "http:example.org", "ftp://example.org/a.png", "file:///etc/passwd", "data:image/png;base64,AA",
                "javascript:alert(1)", "cid:a@b", "blob:http://x/y", "ws://example.org/", "gopher://example.org/", "http://user@example.org/", "http://user:pw@example.org/", "http://@example.org/",
                "http://:@example.org/", "https://example.org:22/", "http://example.org:8080/", "http://example.org:0/", "http://example.org:65536/", "http://example.org:x/", "http://example.org:-1/",
                "http://exa mple.org/", "http://example.org/a b", "http://example.org/\n", "http://example.org/\t", "\thttp://example.org/", " http://example.org/", "http://example.org\\@127.0.0.1/",
                "http:\\\\example.org\\", "http://example.org/a\\b", "http://exämple.org/", "http://example.org/ä", "http://exa%00mple.org/", "http://exa%6", "http://[::1", "http://::1/", "http://[g::1]/",
                "http://[127.0.0.1]/", "http://[v1.x]/", "http://a..b/", "http://.example.org/", "http://" + "a" * 254 + "/", "http://example.org/" + "a" * 4096, "http://ex<ample.org/",
                "http://example.org/\"", "http://{}/", "http://a;b/", "http://a&b/", "http://a'b/", "http://a`b/", "http://10.0.0.1/", "http://127.0.0.1/", "http://[::1]/", "http://[fe80::1%25eth0]/",
                "http://0x7f000001/", "https://169.254.169.254/latest/meta-data/"]


def test_what_cannot_be_fetched_gets_no_link(world, http):
    """Of a bridge as it is by default: it goes to no port but those of the web."""
    a = http.ask("POST", "/jmap/proxy", json.dumps({"urls": REFUSED_URLS}), Content_Type="application/json")
    assert a.status == 200 and [u for u, p in zip(REFUSED_URLS, a.json["paths"]) if p] == []
    good = ["http://example.org", "HTTPS://EXAMPLE.org:443/a.png?b#c", "http://example.org:80/?a=b&c=%41;d", "https://xn--exmple-cua.org/", "http://8.8.8.8/", "http://[2001:4860:4860::8888]/a", "https://a_b.example/",
            "http://example.org./", "http://example.org/" + "a" * 4000]
    a = http.ask("POST", "/jmap/proxy", json.dumps({"urls": good}), Content_Type="application/json")
    assert all(a.json["paths"]), a.json


def test_links_are_for_those_who_may_read(world, http):
    body, kind = json.dumps({"urls": ["https://example.org/"]}), {"Content_Type": "application/json"}
    with Http(world.port) as h:
        assert h.ask("POST", "/jmap/proxy", body, **kind).status == 401
    with world.http("fct_wrong_token") as h:
        assert h.ask("POST", "/jmap/proxy", body, **kind).status == 401
    secret = world.token_for(["read"])
    with world.http(secret) as h:
        assert h.ask("POST", "/jmap/proxy", body, **kind).status == 200
        world.owner.call("Token/set", destroy=[secret.split("_")[1]])
        assert h.ask("POST", "/jmap/proxy", body, **kind).status == 401
    assert http.ask("POST", "/jmap/proxy", body, **kind, Origin="https://evil.example").status == 403
    assert http.ask("POST", "/jmap/proxy", body, Content_Type="text/plain").status == 415
    assert http.get("/jmap/proxy").status == 405


def test_what_is_no_request_for_links(http):
    def status(body):
        a = http.ask("POST", "/jmap/proxy", body if isinstance(body, bytes) else json.dumps(body), Content_Type="application/json")
        return a.status
    assert status({"urls": []}) == 200
    for wrong in (b"", b"{", b"[]", b"null", {}, {"urls": None}, {"urls": "http://example.org/"}, {"urls": {"0": "x"}}, {"urls": [1]}, {"urls": [None]}, {"urls": [["x"]]}, b'{"urls": ["a\\u0000b"]}',
                  b'{"urls": ["\xff"]}', b'{"urls": [], "urls": []}', b"[" * 1000, {"urls": ["x"] * 257}):
        assert status(wrong) == 400, wrong
    url = "https://example.org/" + "a" * 4000
    a = http.ask("POST", "/jmap/proxy", json.dumps({"urls": [url] * 256}), Content_Type="application/json")
    assert a.status == 200 and len(a.json["paths"]) == 256 and all(a.json["paths"])
    assert http.ask("POST", "/jmap/proxy", json.dumps({"urls": ["x" * 3_000_000]}), Content_Type="application/json").status in (400, 413)


def test_the_session_says_whether_images_are_fetched(world, http, tmp_path):
    assert http.get("/jmap/session").json["capabilities"][OURS]["imageProxy"] is True
    [path] = http.ask("POST", "/jmap/proxy", json.dumps({"urls": ["https://example.org/"]}), Content_Type="application/json").json["paths"]
    with Bridge(world.profile, "--no-proxy-images", log=tmp_path / "log") as b, Http(b.port, world.token) as h:
        assert h.get("/jmap/session").json["capabilities"][OURS]["imageProxy"] is False
        assert h.ask("POST", "/jmap/proxy", json.dumps({"urls": []}), Content_Type="application/json").status == 404
        assert h.get(path).status == 404


def test_networks_that_are_none_are_not_allowed(world):
    for network in ("", "10.0.0.0/33", "10.0.0.1/8", "example.org", "::/-1"):
        r = subprocess.run([BRIDGE, "--profile", world.profile, "--proxy-allow", network], capture_output=True, text=True, timeout=20)
        assert r.returncode == 2 and "it is a network" in r.stderr


def test_the_log_says_no_url(proxy, images):
    time.sleep(1.1)  # the tests before may have taken all the lines that a second has
    proxy.view(f"{images.base}/not-there?secret-url")
    lines = proxy.bridge.log.read_text().splitlines()
    assert re.search(r"GET /proxy/[\w-]{43}: 502$", lines[-1]) and not any("not-there" in line or "url=" in line for line in lines)
