"""Signing in by consent (OAuth 2.0), as a user does it: a browser that opens, a code that is typed elsewhere, a consent that ends."""
import json
import stat
import sys

import pytest

from dovecot import Dovecot, free_port
from e2e import wait_until
from oauth_provider import Provider
from postfix import Postfix, auth_listener

pytestmark = [pytest.mark.skipif(not Dovecot.is_there(), reason="there is no Dovecot"), pytest.mark.xdist_group("oauth")]


@pytest.fixture(scope="module")
def world(certificates, tmp_path_factory):
    """A provider, a Dovecot that asks it, and a Postfix that asks that."""
    with Provider() as p:
        path = tmp_path_factory.mktemp("oauth") / "oauth2.conf"
        passdb = p.dovecot(path)
        path.chmod(0o644)
        path.parent.chmod(0o755)
        port = free_port()
        with Dovecot(certs=certificates, mechanisms="plain xoauth2 oauthbearer", extra=passdb + auth_listener(port)) as d:
            d.deliver("alice", b"From: a@example.org\r\nSubject: one\r\n\r\nhello\r\n")
            if not Postfix.is_there():
                yield p, d, None
                return
            with Postfix(certificates, port) as postfix:
                yield p, d, postfix


@pytest.fixture
def user(facteur, world, tmp_path):
    """A user who consents in his browser."""
    facteur.browser = tmp_path / "browser"
    facteur.browser.write_text(f"#!{sys.executable}\nimport sys, urllib.request\nurllib.request.urlopen(sys.argv[1])\n")
    facteur.browser.chmod(facteur.browser.stat().st_mode | stat.S_IXUSR)
    facteur.env["BROWSER"] = str(facteur.browser)
    facteur.env["FACTEUR_TEST_DISCOVERY"] = json.dumps({"secondMs": 5})
    (tmp_path / "secret").write_text(Provider.SECRET + "\n")
    facteur.secret = tmp_path / "secret"
    world[0].consent, world[0].pending = "given", []
    return facteur


def add(user, world, *more, status=0):
    provider, dovecot, postfix = world
    return user.run("account", "add", "alice@example.org", "--user", "alice", "--source", f"imaps://localhost:{dovecot.imaps_port}", "--ca", dovecot.ca,
                    "--set", "oauth=" + json.dumps(provider.settings()), "--client-secret-file", user.secret, *more, status=status)


def test_one_command_adds_and_one_renews(user, world):
    provider, dovecot, postfix = world
    more = ["--transport", f"smtp://alice@localhost:{postfix.starttls_port}"] if postfix else []
    done = add(user, world, *more)
    assert "Sign in in the browser" in done.stderr and provider.url in done.stderr and "added as" in done.stdout, (done.stdout, done.stderr)
    user.run("sync")
    assert user.count("subject:one") == 1
    if postfix:
        [s] = user.json("send", "--raw", "--wait", "30", input="From: alice@example.org\nTo: bob@example.net\nSubject: two\n\nHello.\n")
        assert s["state"] == "sent", s
        wait_until(lambda: len(postfix.delivered()) == 1)
        assert "sasl_method=OAUTHBEARER" in postfix.log() and "sasl_username=alice" in postfix.log()

    provider.revoke()
    dovecot.kill_connections()
    for _ in range(5):
        done = user.run("sync", status=None)
    assert done.returncode == 1 and "facteur account login" in done.stderr, done.stderr
    checked = user.run("account", "check", "alice@example.org", status=1).stderr
    assert "withdrawn" in checked and checked.count("account alice@example.org") == 1, checked
    unknown = user.run("account", "login", "alice@example.org", "--oauth", "nosuch", status=1).stderr
    assert "nosuch" in unknown and "google, " in unknown and "microsoft" in unknown, unknown
    shown = user.out("account", "show", "alice@example.org")
    assert "withdrawn" in shown and "Notices" in shown
    done = user.run("account", "login", "alice@example.org")
    assert "signed in to localhost" in done.stdout
    user.run("sync")
    assert "Notices" not in user.out("account", "show", "alice@example.org")
    log = user.log()
    assert not any(s in log or s in done.stderr for s in [*provider.access, *provider.refresh, provider.SECRET])


def test_a_code_is_typed_elsewhere(user, world):
    provider = world[0]
    provider.pending = ["authorization_pending", "slow_down"]
    lines = [json.loads(line) for line in user.out("--json", "account", "login", "alice", status=None).splitlines()]
    assert lines == []   # there is no such account yet
    done = add(user, world, "--device")
    assert "type WDJB-MJHT there" in done.stderr and f"{provider.url}/activate" in done.stderr and "added as" in done.stdout
    begun, found = user.json("account", "login", "alice", "--device")
    assert begun["userCode"] == "WDJB-MJHT" and found["mailboxes"] >= 1


def test_without_consent_nothing_is_added(user, world):
    world[0].consent = "denied"
    done = add(user, world, status=1)
    assert "denied" in done.stderr and "was not added" in done.stderr
    assert [a["address"] for a in user.json("account", "list")] == [""]


def test_who_has_a_password_can_change_over(user, world):
    provider, dovecot, _ = world
    user.add_account(dovecot, "alice")
    done = user.run("account", "login", "alice", status=1)
    assert "signs in with a password" in done.stderr
    done = user.run("account", "login", "alice", "--oauth", "google", status=1)
    assert "clientId is missing" in done.stderr
    user.run("account", "set", "alice", "--no-check", "--set", "oauth=" + json.dumps(provider.settings(clientId="nobody")))
    done = user.run("account", "login", "alice", "--client-id", provider.CLIENT, "--client-secret-file", user.secret)
    assert "signed in" in done.stdout
    assert user.run("account", "login", "alice", "--client-secret-file", "/nonexistent", status=1).stderr
