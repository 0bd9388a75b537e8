"""The web application's page and files, as a browser gets them, and as somebody who wants other files does not."""
import gzip
import os
import signal
import time
import types

import pytest

from bridge import BRIDGE, Bridge, Http, raw
from http2 import Http2, make_certificate

PAGE = "<!doctype html><title>Facteur</title>"
SCRIPT = "export const words = '" + "many words " * 300 + "';"
PAGE_POLICY = {"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob: data:", "font-src 'self'", "connect-src 'self'", "frame-src 'self'",
               "manifest-src 'self'", "worker-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "object-src 'none'",
               "require-trusted-types-for 'script'", "trusted-types facteur dompurify"}
FRAME_POLICY = {"default-src 'none'", "img-src 'self' data: blob:", "style-src 'unsafe-inline'", "font-src data:", "form-action 'none'", "base-uri 'none'",
                "frame-ancestors 'self'", "sandbox allow-same-origin allow-modals"}
LINKS_FRAME_POLICY = FRAME_POLICY - {"sandbox allow-same-origin allow-modals"} | {"sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"}
FRAMES = {"/message-frame": FRAME_POLICY, "/message-frame-links": LINKS_FRAME_POLICY}
FILES = {  # path: (content, type, whether it is kept for a year)
    "assets/main-K3JX7Q2A.js": (SCRIPT, "text/javascript; charset=utf-8", True),
    "assets/main-K3JX7Q2A.js.map": ("{}", "application/json", True),
    "assets/style.0d6e4079.css": ("body {}", "text/css; charset=utf-8", True),
    "assets/messages-fr.ftl": ("a = b", "text/plain; charset=utf-8", False),
    "assets/messages.js": ("1", "text/javascript; charset=utf-8", False),
    "sw.js": ("self.x = 1", "text/javascript; charset=utf-8", False),
    "sw-K3JX7Q2A.js": ("self.x = 2", "text/javascript; charset=utf-8", False),
    "manifest.webmanifest": ("{}", "application/manifest+json", False),
    "icons/icon-192.png": ("\x89PNG", "image/png", False),
    "icons/sprite.svg": ("<svg/>", "image/svg+xml", False),
    "favicon.ico": ("i", "image/x-icon", False),
    "assets/font-K3JX7Q2A.woff2": ("f", "font/woff2", True),
}


def write(folder, path, text, zipped=False):
    at = folder / path
    at.parent.mkdir(parents=True, exist_ok=True)
    at.write_text(text, encoding="latin-1")
    if zipped:
        (folder / (path + ".gz")).write_bytes(gzip.compress(text.encode("latin-1")))


@pytest.fixture(scope="module")
def app(world, tmp_path_factory):
    top = tmp_path_factory.mktemp("app")
    folder = top / "web"
    write(folder, "index.html", PAGE, True)
    for path, (text, _, _) in FILES.items():
        write(folder, path, text, path.endswith((".js", ".css")))
    (top / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(top / "secret.txt")
    (folder / "assets" / "link-K3JX7Q2A.js").symlink_to(folder / "sw.js")
    (folder / "out").symlink_to(top)
    os.mkfifo(folder / "pipe.txt")
    for path in (".hidden.txt", "a b.txt", "jmap/session.txt", "pair", "meta.json", "unknown.exe", "a/b/c/deep.txt", "a/b/two.txt", "assets/index.html", "é.txt"):
        write(folder, path, "x")
    write(folder, "n" * 117 + ".txt", "x")
    with (folder / "large.txt").open("wb") as f:
        f.truncate((32 << 20) + 1)
    with Bridge(world.profile, "--web", folder, log=top / "log") as b:
        yield types.SimpleNamespace(folder=folder, port=b.port, bridge=b, log=top / "log")


@pytest.fixture
def browser(app):
    with Http(app.port) as h:
        yield h


def policy(answer):
    [header] = answer.headers.get_all("content-security-policy")
    return {p.strip() for p in header.split(";")}


@pytest.mark.parametrize("path", ["/", "/index.html", "/?x=1", "/mail", "/mail/", "/mail/all/m1/t%20x/..%2f..", "/compose?to=a%40example.org", "/settings", "/settings/keys", "/setup", "/statistics/senders"])
def test_each_place_of_the_application_is_its_page(app, browser, path):
    a = browser.get(path)
    assert a.status == 200 and a.body.decode() == PAGE and a.headers["content-type"] == "text/html; charset=utf-8"
    assert policy(a) == PAGE_POLICY and a.headers["x-dns-prefetch-control"] == "off"
    assert a.headers["cache-control"] == "no-cache" and a.headers["etag"] and a.headers["x-content-type-options"] == "nosniff"
    assert a.headers["referrer-policy"] == "no-referrer" and a.headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/mailbox", "/mail2/x", "/settings.txt", "/Mail", "//mail", "/%6dail", "/index.htm", "/index.html/", "/assets", "/assets/", "/icons", "/assets/index.html"])
def test_what_only_looks_like_a_place_is_none(browser, path):
    assert browser.get(path).status == 404


@pytest.mark.parametrize("path", FILES)
def test_a_file_has_its_type_and_stays_as_long_as_its_name_says(browser, path):
    text, kind, is_lasting = FILES[path]
    a = browser.get(f"/{path}")
    assert a.status == 200 and a.body == text.encode("latin-1") and a.headers["content-type"] == kind and "content-encoding" not in a.headers
    assert a.headers["cache-control"] == ("public, max-age=31536000, immutable" if is_lasting else "no-cache")
    assert a.headers["x-content-type-options"] == "nosniff" and a.headers["cross-origin-resource-policy"] == "same-origin"
    p = policy(a)
    if kind.startswith("text/javascript"):  # a worker is under the policy of its own script: it has to reach the bridge
        assert {"default-src 'none'", "script-src 'self'", "connect-src 'self'", "require-trusted-types-for 'script'"} <= p and "sandbox" not in p
    else:
        assert p == {"default-src 'none'", "frame-ancestors 'none'", "sandbox"}


def test_what_the_browser_has_is_not_sent_again(browser):
    for path in ("/", "/mail/x", "/sw.js", "/assets/main-K3JX7Q2A.js", "/message-frame", "/message-frame-links"):
        a = browser.get(path)
        again = browser.get(path, If_None_Match=f'"other", W/{a.headers["etag"]}')
        assert again.status == 304 and again.body == b"" and "content-length" not in again.headers
        for name in ("etag", "cache-control", "vary", "content-security-policy"):  # RFC 9110 section 15.4.5
            assert again.headers[name] == a.headers[name], (path, name)
        assert browser.get(path, If_None_Match='"other"').status == 200
        assert browser.get(path, If_None_Match="*").status == 304


def test_the_packed_form_goes_to_those_who_take_it(app, browser):
    plain, packed = browser.get("/assets/main-K3JX7Q2A.js"), browser.get("/assets/main-K3JX7Q2A.js", Accept_Encoding="br, gzip;q=0.5")
    assert packed.headers["content-encoding"] == "gzip" and gzip.decompress(packed.body) == plain.body and len(packed.body) < len(plain.body)
    assert int(packed.headers["content-length"]) == len(packed.body) and packed.headers["content-type"] == plain.headers["content-type"]
    assert packed.headers["etag"] != plain.headers["etag"] and "Accept-Encoding" in packed.headers["vary"]
    assert browser.get("/assets/main-K3JX7Q2A.js", Accept_Encoding="gzip", If_None_Match=packed.headers["etag"]).status == 304
    assert browser.get("/assets/main-K3JX7Q2A.js", If_None_Match=packed.headers["etag"]).status == 200
    for refused in ("gzip;q=0", "br", "identity"):
        assert "content-encoding" not in browser.get("/assets/main-K3JX7Q2A.js", Accept_Encoding=refused).headers
    assert browser.get("/icons/icon-192.png", Accept_Encoding="gzip").body == FILES["icons/icon-192.png"][0].encode("latin-1")
    assert browser.get("/assets/main-K3JX7Q2A.js.gz").status == 404
    os.utime(app.folder / "sw.js.gz", (1, 1))  # of a build before
    assert "content-encoding" not in browser.get("/sw.js", Accept_Encoding="gzip").headers


def test_head_says_what_get_would(browser):
    for path in ("/", "/mail/x", "/assets/main-K3JX7Q2A.js", "/message-frame", "/message-frame-links"):
        get, head = browser.get(path), browser.ask("HEAD", path)
        assert head.status == 200 and head.body == b"" and head.headers.items() == get.headers.items(), path


def test_what_is_not_asked_for_by_get(browser):
    for path in ("/", "/sw.js", "/message-frame", "/message-frame-links"):
        a = browser.ask("POST", path, b"")
        assert a.status == 405 and a.headers["allow"] == "GET, HEAD, OPTIONS"
        assert browser.ask("OPTIONS", path).status == 204


def test_names_and_origins_are_checked_before_anything_else(app, browser):
    own = f"http://127.0.0.1:{app.port}"
    for path in ("/", "/sw.js", "/assets/main-K3JX7Q2A.js", "/message-frame", "/message-frame-links"):
        with Http(app.port) as h:
            assert h.get(path, Host="evil.example.com").status == 421
        assert browser.get(path, Origin="https://evil.example.com").status == 403
        assert browser.get(path, Origin="null").status == 403
        assert browser.get(path, Origin=own).status == 200


HOSTILE = ["/../secret.txt", "/assets/../../secret.txt", "/assets/../index.html", "/..%2fsecret.txt", "/%2e%2e/secret.txt", "/%2e%2e%2fsecret.txt", "/assets/..%5c..%5csecret.txt", "/assets//main-K3JX7Q2A.js",
           "//secret.txt", "/./sw.js", "/assets/./main-K3JX7Q2A.js", "/sw.js/", "/sw.js/../sw.js", "/sw.js%00.txt", "/%00", "/link.txt", "/assets/link-K3JX7Q2A.js", "/out/secret.txt", "/out", "/pipe.txt",
           "/.hidden.txt", "/%2ehidden.txt", "/a%20b.txt", "/%C3%A9.txt", "/unknown.exe", "/meta.json", "/a/b/c/deep.txt", "/large.txt", "/" + "n" * 117 + ".txt", "/" + "n/" * 3000, "/proc/self/environ",
           "/etc/passwd", "/%2fetc%2fpasswd", "/sw%2ejs", "/s%77.js", "/index.html.gz"]


@pytest.mark.parametrize("path", HOSTILE)
def test_nothing_else_is_served(app, path):
    with Http(app.port) as h:
        a = h.get(path)
        assert a.status == 404 and a.headers["content-type"] == "application/problem+json" and b"secret" not in a.body
        assert h.get("/a/b/two.txt").status == 200


def test_a_target_that_is_no_path_is_refused(app):
    for target in (rb"..\secret.txt", rb"/assets\..\..\secret.txt", b"http://127.0.0.1/sw.js", b"sw.js", b"/sw.js\x00"):
        answer = raw(app.port, b"GET " + target + f" HTTP/1.1\r\nHost: 127.0.0.1:{app.port}\r\nConnection: close\r\n\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 400 "), target


def test_our_own_paths_come_first(world, app, browser):
    assert "code" in browser.get("/pair").body.decode() and browser.get("/jmap/session").status == 401
    with Http(app.port, world.token) as h:
        assert h.get("/jmap/session").json["apiUrl"] == f"http://127.0.0.1:{app.port}/jmap/api"


def test_who_pairs_may_read_mail_right_here(app, browser):
    """What a phone opens that has scanned the code: the page signs in with what stands behind '#'."""
    assert '<a class="button" href="/#pair=K7QF-2MXT-9D4A">' in browser.get("/pair?code=K7QF-2MXT-9D4A").body.decode()
    assert '<a class="button" href="/#pair=%22%3E%3Cb%26%C3%A9">' in browser.get("/pair?code=%22%3E%3Cb%26%C3%A9").body.decode()
    assert "<a " not in browser.get("/pair").body.decode()
    with Bridge(app.folder.parent / "nobody", "--no-start", "--no-web", log=app.log.with_name("log3")) as b, Http(b.port) as h:
        assert "<a " not in h.get("/pair?code=K7QF-2MXT-9D4A").body.decode()


@pytest.mark.parametrize("path", FRAMES)
def test_the_frame_of_messages_is_empty_and_runs_nothing(browser, path):
    a = browser.get(path)
    assert a.status == 200 and a.headers["content-type"] == "text/html; charset=utf-8"
    assert a.body.decode() == "<!doctype html><html><head></head><body></body></html>\n"
    assert policy(a) == FRAMES[path] and "allow-scripts" not in a.headers["content-security-policy"]
    assert a.headers["referrer-policy"] == "no-referrer" and a.headers["x-dns-prefetch-control"] == "off" and a.headers["cache-control"] == "max-age=3600" and a.headers["x-content-type-options"] == "nosniff"
    assert browser.get(f"{path}/x").status == 404 and browser.get(f"{path}x").status == 404


def test_over_http_2(world, app, tmp_path):
    make_certificate(tmp_path, "app")
    with Bridge(world.profile, "--tls-cert", tmp_path / "cert.pem", "--tls-key", tmp_path / "key.pem", "--web", app.folder, log=tmp_path / "log") as b, Http2(b.port, "none") as h:
        def ask(path, **more):
            return h.ask("GET", path, authorization=None, **more)
        headers, body = ask("/mail/x?y=z")
        assert headers[":status"] == "200" and body.decode() == PAGE and {p.strip() for p in headers["content-security-policy"].split(";")} == PAGE_POLICY
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert ask("/mail/x", if_none_match=headers["etag"])[0][":status"] == "304"
        headers, body = ask("/assets/main-K3JX7Q2A.js", accept_encoding="gzip, br")
        assert headers["content-encoding"] == "gzip" and gzip.decompress(body).decode() == SCRIPT and "immutable" in headers["cache-control"]
        for path, expected in FRAMES.items():
            assert {p.strip() for p in ask(path)[0]["content-security-policy"].split(";")} == expected
        headers, body = h.ask("HEAD", "/sw.js", authorization=None)
        assert headers[":status"] == "200" and headers["content-length"] == str(len(FILES["sw.js"][0])) and body == b""
        streams = [h.begin("GET", f"/{path}", authorization=None) for path in FILES]
        assert [h.end(s)[1].decode("latin-1") for s in streams] == [text for text, _, _ in FILES.values()]
        for path in HOSTILE:  # libwebsockets decodes a path and takes out its dots: what is left is a file of ours, or nothing; some it answers by hanging up
            try:
                with Http2(b.port, "none") as one:
                    headers, body = one.ask("GET", path, authorization=None)
            except ConnectionError:
                continue
            assert headers[":status"] in ("404", "400") or body.decode() in (PAGE, SCRIPT, FILES["sw.js"][0]), path


def test_what_is_replaced_meanwhile_is_served_with_the_next_page(app, browser):
    """An update of the package, or a build: no restart, and no name of before that leads elsewhere."""
    before = browser.get("/").headers["etag"]
    assert browser.get("/assets/late-K3JX7Q2A.js").status == 404
    write(app.folder, "assets/late-K3JX7Q2A.js", "late")
    assert browser.get("/assets/late-K3JX7Q2A.js").status == 404  # not before a page is opened: nothing is looked up for a stranger
    (app.folder / "index.html.gz").unlink()
    (app.folder / "index.new").write_text(PAGE + "2")
    (app.folder / "index.new").rename(app.folder / "index.html")
    a = browser.get("/", Accept_Encoding="gzip", If_None_Match=before)
    assert a.status == 200 and a.body.decode() == PAGE + "2"
    assert browser.get("/assets/late-K3JX7Q2A.js").body == b"late"
    (app.folder / "assets" / "late-K3JX7Q2A.js").unlink()
    assert browser.get("/assets/late-K3JX7Q2A.js").status == 404
    (app.folder / "favicon.ico").rename(app.folder / "favicon.txt")
    (app.folder / "favicon.ico").symlink_to(app.folder.parent / "secret.txt")
    assert browser.get("/favicon.ico").status == 404
    (app.folder / "favicon.ico").unlink()
    (app.folder / "favicon.txt").rename(app.folder / "favicon.ico")
    write(app.folder, "index.html", PAGE, True)
    assert browser.get("/", Accept_Encoding="gzip").headers["content-encoding"] == "gzip"


def test_changes_in_one_step_of_the_clock(app, browser):
    """The system's times go in steps of some milliseconds; a page and two changes fit into one."""
    for i in range(50):
        names = [f"step{i}-{n}.txt" for n in range(3)]
        for name in names:
            write(app.folder, name, name)
            assert browser.get("/").status == 200
            assert browser.get("/" + name).status == 200, name
        for name in names:
            (app.folder / name).unlink()
    assert browser.get("/").status == 200


def test_sighup_reads_the_folder_again(app, browser):
    write(app.folder, "told.txt", "told")
    app.bridge.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 10
    while browser.get("/told.txt").status != 200:
        assert time.monotonic() < deadline, app.log.read_text()
        time.sleep(0.01)
    (app.folder / "told.txt").unlink()


def test_a_folder_whose_place_something_else_takes(app, browser):
    (app.folder / "assets").rename(app.folder.parent / "assets")
    (app.folder / "assets").symlink_to(app.folder.parent / "assets")
    for _ in range(2):
        assert browser.get("/assets/main-K3JX7Q2A.js").status == 404
        assert browser.get("/").status == 200
    (app.folder / "assets").unlink()
    (app.folder.parent / "assets").rename(app.folder / "assets")
    assert browser.get("/").status == 200 and browser.get("/assets/main-K3JX7Q2A.js").status == 200


def test_without_the_application_the_bridge_is_as_useful(world, tmp_path):
    folder = tmp_path / "web"
    with Bridge(world.profile, "--web", folder, log=tmp_path / "log") as b, Http(b.port, world.token) as h:
        a = h.get("/mail/x")
        assert a.status == 404 and a.headers["content-type"] == "text/html; charset=utf-8" and "not installed" in a.body.decode() and str(tmp_path) not in a.body.decode()
        assert "default-src 'none'" in policy(a) and h.get("/message-frame").status == 200 and h.get("/sw.js").status == 404
        assert h.get("/jmap/session").status == 200 and f"--web {folder}: there is no index.html in it" in (tmp_path / "log").read_text()
        write(folder, "index.html", PAGE)  # it is installed now
        assert h.get("/").body.decode() == PAGE
        (folder / "index.html").unlink()
        assert h.get("/").status == 404
        (folder / "index.html").symlink_to(tmp_path / "log")
        assert h.get("/").status == 404
    with Bridge(world.profile, "--no-web", log=tmp_path / "log2") as b, Http(b.port, world.token) as h:
        for path in ("/", "/mail", "/message-frame", "/message-frame-links", "/sw.js"):
            a = h.get(path)
            assert a.status == 404 and a.headers["content-type"] == "application/problem+json"
        assert h.get("/jmap/session").status == 200


def test_where_it_is_looked_for(world, tmp_path):
    """Beside the build's bin, else where an installation has it."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "facteur-bridge"
    program.write_bytes(BRIDGE.read_bytes())
    program.chmod(0o755)

    def served():
        b = Bridge(world.profile, log=tmp_path / "log")
        b.args[0] = str(program)
        with b, Http(b.port) as h:
            return h.get("/").body.decode()
    assert "not installed" in served()
    write(tmp_path / "share" / "facteur" / "web", "index.html", "installed")
    assert served() == "installed"
    write(tmp_path / "web", "index.html", "built")
    assert served() == "built"


def test_more_files_than_it_takes(world, tmp_path):
    folder = tmp_path / "web"
    write(folder, "index.html", PAGE)
    (folder / "z").mkdir()
    for i in range(2100):
        (folder / "z" / f"{i}.txt").touch()
    with Bridge(world.profile, "--web", folder, log=tmp_path / "log") as b, Http(b.port) as h:
        assert h.get("/").status == 200 and "only 2000 of its files" in (tmp_path / "log").read_text()
