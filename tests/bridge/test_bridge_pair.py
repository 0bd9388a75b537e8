"""A device is let in by a code; who is there; from where they are said to come."""
import base64
import hashlib
import html
import json
import os
import re
import resource
import socket

import pytest

from bridge import Bridge, Daemon, Http, Socket, raw


def invite(world, name, **more):
    return world.owner.call("Token/invite", token={"name": name, "scopes": ["read"], **more})["code"]


def pair(http, code, **headers):
    return http.ask("POST", "/pair", json.dumps({"code": code}), **{"Content_Type": "application/json", **headers})


def told(profile):
    """What the bridge says to its owner."""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(profile / "bridge.sock"))
        return json.loads(s.makefile().read())


@pytest.fixture
def nobody(world):
    with Http(world.port) as h:
        yield h


@pytest.fixture(scope="module")
def proxied(world):
    """A second bridge of the same profile, behind a proxy."""
    log = world.profile.parent / "proxied.log"
    with Bridge(world.profile, "--behind-proxy", "--public-url", "https://mail.example.org", log=log) as b:
        yield b


def test_a_program_gets_its_token_once(world, nobody):
    code = invite(world, "by program", accountIds=["a1"])
    a = pair(nobody, code)
    assert a.status == 200 and a.headers["cache-control"] == "no-store"
    assert a.json["sessionUrl"] == f"http://127.0.0.1:{world.port}/.well-known/jmap"
    token = a.json["token"]
    assert token["name"] == "by program" and token["scopes"] == ["read"] and token["accountIds"] == ["a1"]
    with world.http(token["secret"]) as h:
        assert set(h.get("/.well-known/jmap").json["accounts"]) == {"a1"}
    again = pair(nobody, code)
    assert again.status == 403 and again.headers["content-type"] == "application/problem+json" and "secret" not in again.body.decode()
    [listed] = [t for t in world.owner.call("Token/get")["list"] if t["name"] == "by program"]
    assert listed["lastUsedFrom"] == "127.0.0.1"


def test_a_person_gets_a_page_and_looking_at_it_uses_nothing_up(world, nobody):
    code = invite(world, "by <b>hand</b>")
    own = f"http://127.0.0.1:{world.port}"
    for _ in range(2):
        page = nobody.get(f"/pair?code={code.lower()}")
        assert page.status == 200 and page.headers["content-type"] == "text/html; charset=utf-8"
        assert f'value="{code.lower()}"' in page.body.decode() and "<script" not in page.body.decode()
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "form-action 'self'" in policy and "sandbox" not in policy and page.headers["referrer-policy"] == "same-origin"
    a = nobody.ask("POST", "/pair", f"code={code.lower()}", Content_Type="application/x-www-form-urlencoded", Origin=own)
    text = a.body.decode()
    assert a.status == 200 and "<b>" not in text and html.unescape("by &#60;b&#62;hand") in html.unescape(text)
    secret = re.search(r"facteur_\w+?_[\w-]{43}", text)[0]
    with world.http("Basic " + base64.b64encode(f"by <b>hand</b>:{secret}".encode()).decode()) as h:
        assert h.get("/jmap/session").status == 200
    a = nobody.ask("POST", "/pair", f"code={code}", Content_Type="application/x-www-form-urlencoded", Origin=own)
    assert a.status == 403 and "used, or is too old" in a.body.decode() and "<form" in a.body.decode()


def test_the_page_has_its_own_styles_and_no_others(nobody):
    page = nobody.get("/pair?code=K7QF-2MXT-9D4A")
    [style] = re.findall(r"<style>(.*?)</style>", page.body.decode(), re.S)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"; style-src 'sha256-{digest}'" in page.headers["content-security-policy"]
    assert "prefers-color-scheme:dark" in style and "url(" not in style and "style=" not in page.body.decode()


@pytest.mark.parametrize("asked, lang", [(None, "en"), ("fr-CH, en;q=0.7", "fr"), ("en;q=0.3, fr;q=0.4", "fr"), ("de, fr;q=0.5, en;q=0.6", "en"),
                                         ("frx", "en"), ("fr;q=0", "en"), ("fr;q", "fr"), (",;,,;q=,fr", "fr"), ("*", "en"),
                                         ("fr;q=0.512, en;q=0.51", "fr"), ("fr;q=inf", "en"), ("fr;q=nan", "en"), ("fr;q=9e999, en", "en"), ("fr;q=-1", "en"), ("fr;q=", "en")])
def test_the_page_speaks_to_whom_it_is_shown(nobody, asked, lang):
    text = nobody.ask("GET", "/pair", **({"Accept_Language": asked} if asked else {})).body.decode()
    assert f'<html lang="{lang}">' in text and ("Associer cet appareil" in text) == (lang == "fr")
    refused = nobody.ask("POST", "/pair", "", Content_Type="application/x-www-form-urlencoded", **({"Accept_Language": asked} if asked else {}))
    assert refused.status == 400 and ("Le code manque." in refused.body.decode()) == (lang == "fr")


def test_what_is_put_into_the_page_is_text(nobody):
    text = nobody.get("/pair?code=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").body.decode()
    assert "<script" not in text and "&#34;&#62;&#60;script&#62;" in text


def test_what_is_no_pairing(world, nobody):
    code = invite(world, "not yet")
    body = json.dumps({"code": code})
    for status, more in ((415, {"Content_Type": "text/plain"}), (415, {"Content_Type": None}), (403, {"Origin": "https://evil.example.com"}), (403, {"Origin": "null"})):
        assert nobody.ask("POST", "/pair", body, **{"Content_Type": "application/json", **more}).status == status, more
    assert nobody.ask("POST", "/pair", body, Content_Type="application/json", Host="evil.example.com").status == 421
    for bad in ("", "{}", "[]", '{"code": 5}', '{"code": null}', "{", '{"code": "\\ud800"}', body[:-1]):
        with Http(world.port) as h:
            assert h.ask("POST", "/pair", bad, Content_Type="application/json").status == 400, bad
    with Http(world.port) as h:
        assert h.ask("POST", "/pair", json.dumps({"code": "A" * 1100}), Content_Type="application/json").status == 413
    with Http(world.port) as h:
        assert h.ask("PUT", "/pair", body, Content_Type="application/json").status == 405
    assert pair(nobody, code).status == 200  # none of that has used it up


def test_who_sends_slowly_holds_no_place(world, nobody):
    code, body = invite(world, "not held up"), b'{"code": "x"}'
    head = f"POST /pair HTTP/1.1\r\nHost: 127.0.0.1:{world.port}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    slow = [raw(world.port, head + body[:-1], keep=True) for _ in range(8)]
    assert pair(nobody, code).status == 200
    slow[0].sendall(body[-1:])
    assert slow[0].recv(100).startswith(b"HTTP/1.1 403 ")
    for s in slow:
        s.close()


def test_a_name_that_is_taken_meanwhile(world, nobody):
    code = invite(world, "taken")
    world.owner.call("Token/set", create={"k": {"name": "taken", "scopes": ["read"]}})
    assert pair(nobody, code).status == 409


def test_who_tries_codes_waits_and_nobody_else(world, proxied):
    code = invite(world, "held up")
    with Http(proxied.port) as h:
        tried = [pair(h, "AAAA-AAAA-AAAA", X_Forwarded_For="192.0.2.66") for _ in range(12)]
        assert [a.status for a in tried] == [403] * 10 + [429] * 2 and 1 <= int(tried[-1].headers["retry-after"]) <= 2
        assert pair(h, code, X_Forwarded_For="192.0.2.7, 192.0.2.66").status == 429  # what the client wrote counts for nothing
        a = pair(h, code, X_Forwarded_For="192.0.2.66, 192.0.2.7")
        assert a.status == 200 and a.json["sessionUrl"] == "https://mail.example.org/.well-known/jmap"


def test_the_core_hears_where_the_client_is(world, proxied):
    """Not of the proxy, and of each place where one token is shown: for its log, and for its limits."""
    secret, name = world.token_for(["read", "triage", "draft"]), f"t{world.n}"
    for i, place in ((1, "192.0.2.8"), (2, "2001:db8::1"), (3, "192.0.2.8")):
        with Http(proxied.port, secret) as h:
            a = h.ask("POST", "/jmap/api", json.dumps({"using": ["urn:ietf:params:jmap:mail"], "methodCalls": [["Mailbox/set", {"accountId": "a1", "create": {"k": {"name": f"{name} {i}"}}}, "0"]]}),
                      Content_Type="application/json", X_Forwarded_For=place)
            assert a.json["methodResponses"][0][1]["created"], a.body
    token = next(t["id"] for t in world.owner.call("Token/get")["list"] if t["name"] == name)
    log = world.owner.call("Token/audit", filter={"tokenId": token})["list"]
    assert [(e["tokenName"], e["method"], e["remote"]) for e in log] == [(name, "Mailbox/set", p) for p in ("192.0.2.8", "2001:db8::1", "192.0.2.8")]
    with Http(proxied.port, secret) as h, Socket(proxied.port, secret, X_Forwarded_For="192.0.2.10") as s:
        blob = h.ask("POST", "/jmap/upload/a1", b"uploaded", Content_Type="text/plain", X_Forwarded_For="192.0.2.11").json["blobId"]
        [[_, made, _]] = s.request(("Mailbox/set", {"accountId": "a1", "create": {"k": {"name": f"{name} 5"}}}))["methodResponses"]
        [[_, refused, _]] = s.request(("Token/get", {}))["methodResponses"]
    assert refused["type"] == "forbidden"
    log = world.owner.call("Token/audit", filter={"tokenId": token})["list"][:2]
    assert {(e["method"], e["remote"], e["objectIds"][0], e["outcome"]) for e in log} == {("Mailbox/set", "192.0.2.10", made["created"]["k"]["id"], "done"), ("Blob/finish", "192.0.2.11", blob, "done")}
    with world.http(secret) as h:  # without a proxy in front nobody says where they are
        h.ask("POST", "/jmap/api", json.dumps({"using": ["urn:ietf:params:jmap:mail"], "methodCalls": [["Mailbox/set", {"accountId": "a1", "create": {"k": {"name": f"{name} 4"}}}, "0"]]}),
              Content_Type="application/json", X_Forwarded_For="192.0.2.9")
    assert world.owner.call("Token/audit", filter={"tokenId": token})["list"][0]["remote"] == "127.0.0.1"


def test_where_the_disk_is_full_a_password_is_not_called_wrong(tmp_path):
    """An attempt is written down first: who is asked for the password again would type it in vain."""
    with Daemon(tmp_path / "profile") as daemon, Bridge(tmp_path / "profile", "--no-start", log=tmp_path / "log") as b:
        with daemon.client() as c:
            c.call("Token/set", create={"k": {"name": "phone", "scopes": ["read"], "password": "correct horse"}})
        with Http(b.port, "Basic " + base64.b64encode(b"phone:correct horse").decode()) as h:
            before = resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (1, before[1]))
            a = h.get("/jmap/session")
            resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, before)
            assert (a.status, a.headers["retry-after"]) == (503, "1"), a.body
            assert h.get("/jmap/session").status == 200


def test_passwords_are_guessed_slowly_over_http_too(world, proxied):
    world.owner.call("Token/set", create={"k": {"name": "by password", "scopes": ["read"], "password": "correct horse"}})

    def ask(h, password, place):
        a = h.get("/jmap/session", Authorization="Basic " + base64.b64encode(f"by password:{password}".encode()).decode(), X_Forwarded_For=place)
        assert a.status != 429 or 1 <= int(a.headers["retry-after"]) <= 2  # as facteurd says
        return a.status
    with Http(proxied.port) as h:
        assert ask(h, "correct horse", "192.0.2.20") == 200
        assert [ask(h, f"wrong {i}", "192.0.2.21") for i in range(7)] == [401] * 5 + [429] * 2
        assert ask(h, "correct horse", "192.0.2.21") == 429  # the right one does not get past it
        assert ask(h, "correct horse", "192.0.2.20") == 200


def test_a_credential_that_is_no_text_is_refused_as_any_other(world):
    for credential in (b"\xff:x", b"user:\xc3", b"a:b\0c", b"no colon", b""):
        with Http(world.port, "Basic " + (base64.b64encode(credential).decode() or "=")) as h:
            assert h.get("/jmap/session").status == 401, credential


def test_the_owner_is_told_how_it_stands(world, proxied):
    path = world.profile / "bridge.sock"
    assert path.stat().st_mode & 0o077 == 0
    with world.http(world.token_for(["read"])) as h:
        assert h.get("/jmap/session").status == 200
        s = told(world.profile)
    assert s["pid"] == world.bridge.process.pid  # of two the first
    assert s["url"] == f"http://127.0.0.1:{world.port}" and s["listen"] == f"127.0.0.1:{world.port}" and not s["isTls"] and s["hasCore"]
    assert s["connections"] >= 1 and {"name": f"t{world.n}", "remote": "127.0.0.1"}.items() <= next(c for c in s["clients"] if c["name"] == f"t{world.n}").items()
    assert world.token not in json.dumps(s)


def test_one_that_was_killed_leaves_nothing_in_the_way(world, tmp_path):
    profile = tmp_path / ("long " * 25) / "profile"
    profile.mkdir(parents=True)
    first = Bridge(profile, "--no-start", log=tmp_path / "log").start()
    first.kill()
    with Bridge(profile, "--no-start", log=tmp_path / "log") as b:
        with socket.socket(socket.AF_UNIX) as s:
            fd = os.open(profile, os.O_RDONLY)
            s.connect(f"/proc/self/fd/{fd}/bridge.sock")
            os.close(fd)
            said = json.loads(s.makefile().read())
        assert said["pid"] == b.process.pid and said["hasCore"] is False and said["clients"] == []
    assert not (profile / "bridge.sock").exists()
