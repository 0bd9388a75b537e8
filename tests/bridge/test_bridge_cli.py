"""facteur bridge: a phone is paired from a terminal, and the owner sees who is there."""
import json
import pathlib
import re
import sys

import pytest

import qr
from bridge import Bridge, Http

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from e2e import Dialogue, Facteur  # noqa: E402


@pytest.fixture
def facteur(world):
    return Facteur(world.profile.parent)


def redeem(port, code, **headers):
    with Http(port) as h:
        return h.ask("POST", "/pair", json.dumps({"code": code}), Content_Type="application/json", **headers)


def test_a_phone_scans_the_code_and_reads_mail(world, facteur):
    d = Dialogue(facteur, "bridge", "pair", "my phone", "--account", "a1", "--expires", "30d")
    d.wait_for("asks for a code")
    url = qr.read(d.out)
    assert url == f"http://127.0.0.1:{world.port}/pair?code={url[-14:]}" and f"\n{url}\r\n" in d.out and url[-14:] in d.out.rpartition("asks for a code")[2]
    assert "this computer alone" in d.out  # http://127.0.0.1 helps no phone, and that is said
    with Http(world.port) as phone:  # what it does with a link that was scanned
        page = phone.get(url[url.index("/pair"):]).body.decode()
        code = re.search(r'name="code"[^>]* value="([^"]+)"', page)[1]
        text = phone.ask("POST", "/pair", f"code={code}", Content_Type="application/x-www-form-urlencoded", Origin=f"http://127.0.0.1:{world.port}").body.decode()
    secret = re.search(r"facteur_\w+?_[\w-]{43}", text)[0]
    assert d.end() == 0 and "my phone is paired" in d.out
    with world.http(secret) as h:
        assert set(h.get("/jmap/session").json["accounts"]) == {"a1"}
        assert h.call("Mailbox/get", accountId="a1")["list"]
        shown = facteur.out("bridge", "status")
        assert re.search(r"^my phone +127\.0\.0\.1 +\d+$", shown, re.M) and f"http://127.0.0.1:{world.port}\n" in shown and "without TLS" in shown
    [token] = [t for t in facteur.json("token", "list") if t["name"] == "my phone"]
    assert token["scopes"] == ["read", "triage", "draft", "send"] and token["accountIds"] == ["a1"]
    assert facteur.out("token", "revoke", "my phone") == "my phone: revoked\n"
    with world.http(secret) as h:
        assert h.get("/jmap/session").status == 401


def test_without_a_picture(world, facteur):
    [said] = facteur.json("bridge", "pair", "--scope", "read", "--url", "https://mail.example.org/")
    assert said["bridge"] == "https://mail.example.org" and said["url"] == f"https://mail.example.org/pair?code={said['code']}"
    assert said["token"] == {"name": "phone", "scopes": ["read"], "accountIds": None, "expiresAt": None} and said["expiresAt"].endswith("Z")
    done = facteur.run("bridge", "pair")
    assert re.fullmatch(rf"http://127\.0\.0\.1:{world.port}/pair\?code=[0-9A-Z]{{4}}-[0-9A-Z]{{4}}-[0-9A-Z]{{4}}\n", done.stdout)
    assert redeem(world.port, done.stdout[-15:-1]).json["token"]["name"] == "phone"
    d = Dialogue(facteur, "bridge", "pair", "--no-qr")
    d.wait_for("asks for a code")
    assert "▀" not in d.out and "phone 2: read, triage, draft, send" in d.out
    assert redeem(world.port, re.search(r"code=(\S+)", d.out)[1]).status == 200
    assert d.end() == 0 and "phone 2 is paired" in d.out
    facteur.run("token", "revoke", "phone", "phone 2")


def test_a_terminal_that_cannot_show_it_gets_the_address(world, facteur):
    assert redeem(world.port, facteur.json("bridge", "pair", "narrow")[0]["code"]).status == 200
    assert "there is a token of that name" in facteur.run("bridge", "pair", "narrow", status=1).stderr
    dumb = Facteur(world.profile.parent)
    dumb.program, dumb.command = "/usr/bin/env", lambda *args: ["env", "TERM=dumb", *facteur.command(*args)]
    for f, name, columns in ((facteur, "thirty columns", 30), (dumb, "no colours", 80)):
        d = Dialogue(f, "bridge", "pair", name, columns=columns)
        d.wait_for("asks for a code")
        assert "\x1b" not in d.out and ("too narrow" in d.out) == (columns == 30)
        assert redeem(world.port, re.search(r"/pair\?code=(\S+)", d.out)[1]).status == 200
        assert d.end() == 0 and f"{name} is paired" in d.out


def test_what_is_refused(world, facteur, tmp_path):
    for status, said, args in ((2, "like https://", ["pair", "--url", "mail.example.org"]), (2, "like https://", ["pair", "--url", "https://a b"]), (2, "like 12h", ["pair", "--expires", "soon"]),
                               (1, "no account", ["pair", "--account", "nobody"]), (1, "read, triage, draft, send and admin", ["pair", "--scope", "all"]), (2, "one name", ["pair", "a", "b"]),
                               (1, "control characters", ["pair", "a\x1b[31m"]), (2, "no argument", ["status", "x"])):
        done = facteur.run("bridge", *args, status=status)
        assert said in done.stderr and "\x1b" not in done.stderr, (args, done.stderr)
    other = Facteur(tmp_path)
    assert "no facteur-bridge runs" in other.run("bridge", "status", status=1).stderr
    assert "no facteur-bridge runs" in other.run("--no-start", "bridge", "pair", status=1).stderr
    assert not other.profile.exists()
    other.profile.mkdir()
    with Bridge(other.profile, "--no-start", "--behind-proxy", "--public-url", "https://mail.example.org", listen="0.0.0.0:0", log=tmp_path / "log"):
        shown = other.out("bridge", "status")
        assert "https://mail.example.org" in shown and "behind a proxy" in shown and "facteurd does not answer it" in shown
