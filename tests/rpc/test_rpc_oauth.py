"""Account/authorize, and accounts that sign in with what it gives: a strict provider of our own, a real Dovecot."""
import json
import pathlib
import re
import socket
import sys
import threading
import time
import urllib.parse

import pytest

from client import Daemon, RpcError

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from dovecot import Dovecot, free_port  # noqa: E402
from oauth_provider import Provider  # noqa: E402

pytestmark = [pytest.mark.skipif(not Dovecot.is_there() or not Dovecot.has_pop3(), reason="there is no Dovecot"), pytest.mark.xdist_group("oauth")]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """One provider and one Dovecot that asks it, for all tests."""
    with Provider() as p:
        path = tmp_path_factory.mktemp("oauth") / "oauth2.conf"
        passdb = p.dovecot(path)
        path.chmod(0o644)
        path.parent.chmod(0o755)
        with Dovecot(mechanisms="plain xoauth2 oauthbearer", pop3=True, extra=passdb) as d:
            d.deliver("alice", b"From: a@example.org\r\nSubject: one\r\n\r\nhello\r\n")
            yield p, d


@pytest.fixture
def provider(world):
    p = world[0]
    p.device_trouble = None
    p.trouble, p.pending, p.consent, p.lifetime, p.rotate, p.public, p.before_answer, p.before_code, p.user = None, [], "given", 3600, True, False, None, None, "alice"
    p.asked.clear()
    p.ended = set()
    return p


@pytest.fixture
def dovecot(world):
    return world[1]


@pytest.fixture
def daemon(tmp_path):
    with Daemon(tmp_path / "profile", "--log-level", "trace", env={"FACTEUR_TEST_DISCOVERY": json.dumps({"secondMs": 5})}) as d:
        yield d


def add(client, provider, dovecot, scheme="imaps", enabled=True, **settings):
    port = {"imaps": dovecot.imaps_port, "pop3s": dovecot.pop3s_port}[scheme]
    r = client.call("Account/set", create={"k": {"address": "alice@example.org", "source": f"{scheme}://alice@localhost:{port}", "isEnabled": enabled,
                                                 "settings": {"oauth": provider.settings(), "caFile": dovecot.ca, **settings}}})
    assert r["created"], r
    return r["created"]["k"]["id"]


def wait_for(client, task, timeout=20):
    deadline = time.monotonic() + timeout
    while True:
        t = client.call("Task/get", ids=[task], waitMs=1000)["list"][0]
        if t["state"] != "running":
            return t
        assert time.monotonic() < deadline


def consent(client, provider, account, method="browser", **more):
    begun = client.call("Account/authorize", accountId=account, by=method, **{"clientSecret": provider.SECRET, **more})
    if method == "browser":
        status, page = provider.browse(begun["url"])
        assert status == 200 and "close this page" in page
    return begun, wait_for(client, begun["taskId"])


def sync(client, account):
    t = wait_for(client, client.call("Account/sync", accountIds=[account])["taskId"])
    return t["result"]["accounts"][0]


def state(client, account):
    return client.call("Account/get", ids=[account], properties=["syncState", "notices"])["list"][0]


def no_secret_is_told(daemon, provider):
    """Stops the daemon: nothing that opens a door stands in its log or its database."""
    daemon.stop()
    log = (daemon.profile / "facteurd.log").read_bytes() + daemon.errors.encode()
    database = b"".join(p.read_bytes() for p in daemon.profile.glob("facteur.db*"))
    for secret in [*provider.access, *provider.refresh, provider.SECRET]:
        assert secret.encode() not in log and secret.encode() not in database


# ---- consent ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme,mechanism", [("imaps", "auto"), ("pop3s", "xoauth2")])
def test_consent_in_a_browser_signs_in(daemon, client, provider, dovecot, scheme, mechanism):
    account = add(client, provider, dovecot, scheme, auth=mechanism)
    r = sync(client, account)
    assert not r["ok"] and r["error"]["requiresUserAction"] and "facteur account login" in r["error"]["message"]
    begun, task = consent(client, provider, account)
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(begun["url"]).query)
    assert query["login_hint"] == ["alice@example.org"] and query["code_challenge_method"] == ["S256"] and re.fullmatch(r"http://127\.0\.0\.1:\d+/", query["redirect_uri"][0])
    assert task["state"] == "done" and begun["userCode"] is None
    r = sync(client, account)
    assert r["ok"] and client.call("Email/query", accountId=account)["ids"], r
    assert client.call("Account/check", accountId=account)["result"]["inboxMessages"] >= 1
    assert len(provider.grants("authorization_code")) == 1 and not provider.grants("refresh_token")   # one token serves all
    secrets = json.loads((daemon.profile / "secrets").read_text())
    assert len(secrets) == 1
    no_secret_is_told(daemon, provider)


def test_consent_by_a_device_code(client, provider, dovecot):
    account = add(client, provider, dovecot, enabled=False)
    provider.pending = ["authorization_pending", "slow_down", "authorization_pending"]
    begun, task = consent(client, provider, account, "device")
    assert begun["userCode"] == "WDJB-MJHT" and begun["url"].endswith("/activate") and begun["completeUrl"].endswith("WDJB-MJHT")
    assert task["state"] == "done" and len(provider.grants("urn:ietf:params:oauth:grant-type:device_code")) == 4
    assert client.call("Account/check", accountId=account)["result"]["mailboxes"] >= 1


def test_a_device_code_outlives_a_provider_that_is_down(client, provider, dovecot):
    account = add(client, provider, dovecot, enabled=False)
    begun = client.call("Account/authorize", accountId=account, by="device", clientSecret=provider.SECRET)
    provider.trouble = "down"
    while not provider.grants("urn:ietf:params:oauth:grant-type:device_code"):
        time.sleep(0.005)
    provider.trouble = None
    assert wait_for(client, begun["taskId"])["state"] == "done"


@pytest.mark.parametrize("method", ["browser", "device"])
def test_denied_is_said(client, provider, dovecot, method):
    account = add(client, provider, dovecot, enabled=False)
    provider.consent = "denied"
    begun = client.call("Account/authorize", accountId=account, by=method, clientSecret=provider.SECRET)
    if method == "browser":
        provider.browse(begun["url"])
    task = wait_for(client, begun["taskId"])
    assert task["state"] == "failed" and task["error"]["requiresUserAction"] and "denied" in task["error"]["message"]


def test_who_does_not_know_the_state_changes_nothing(client, provider, dovecot):
    account = add(client, provider, dovecot, enabled=False)
    begun = client.call("Account/authorize", accountId=account, clientSecret=provider.SECRET)
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(begun["url"]).query)
    back, right = query["redirect_uri"][0], query["state"][0]
    port = urllib.parse.urlsplit(back).port
    for bad in (f"{back}?code=evil&state=guessed", f"{back}?code=evil", f"{back}favicon.ico", f"{back}?code=evil&state={right}&state={right}"):
        assert provider.browse(bad)[0] in (400, 404)
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]   # a browser keeps some open
    with socket.create_connection(("127.0.0.1", port)) as s:
        s.sendall(b"GET /?" + b"x" * 9000)
        assert s.recv(20).startswith(b"HTTP/1.1 431")
    with socket.create_connection(("127.0.0.1", port)) as s:
        s.sendall(b"POST / HTTP/1.1\r\n\r\n")
        assert s.recv(20).startswith(b"HTTP/1.1 404")
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.2", port), 1)   # of the loopback only one address listens
    assert not provider.grants("authorization_code")
    provider.browse(begun["url"])
    assert wait_for(client, begun["taskId"])["state"] == "done"
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), 1)   # closed when it is over
    [s.close() for s in idle]


def test_a_registered_address_is_used_as_it_stands(client, provider, dovecot):
    account = add(client, provider, dovecot, enabled=False)
    port = free_port()
    for redirect in (f"http://localhost:{port}", f"http://127.0.0.1:{port}/back"):
        client.call("Account/set", update={account: {"settings/oauth/redirect": redirect}})
        begun, task = consent(client, provider, account)
        assert urllib.parse.parse_qs(urllib.parse.urlsplit(begun["url"]).query)["redirect_uri"] == [redirect] and task["state"] == "done"
    with socket.create_server(("127.0.0.1", port)):   # with SO_REUSEADDR
        with pytest.raises(RpcError) as e:
            client.call("Account/authorize", accountId=account)
        assert e.value.type == "busy" and str(port) in str(e.value)


def test_an_answer_from_another_server_is_none(client, provider, dovecot):
    """RFC 9207: mix-up."""
    account = add(client, provider, dovecot, enabled=False)
    begun = client.call("Account/authorize", accountId=account, clientSecret=provider.SECRET)
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(begun["url"]).query)
    provider.browse(f"{query['redirect_uri'][0]}?" + urllib.parse.urlencode({"code": "x", "state": query["state"][0], "iss": "https://evil.example"}))
    task = wait_for(client, begun["taskId"])
    assert task["state"] == "failed" and "another server" in task["error"]["message"] and not provider.grants("authorization_code")


def test_it_can_be_cancelled_and_begun_anew(client, provider, dovecot):
    account = add(client, provider, dovecot, enabled=False)
    one = client.call("Account/authorize", accountId=account, clientSecret=provider.SECRET)
    two = client.call("Account/authorize", accountId=account, clientSecret=provider.SECRET)
    assert client.call("Task/get", ids=[one["taskId"]])["list"][0]["state"] == "cancelled"
    client.call("Task/cancel", id=two["taskId"])
    assert wait_for(client, two["taskId"])["state"] == "cancelled"
    assert consent(client, provider, account)[1]["state"] == "done"
    three = client.call("Account/authorize", accountId=account)
    assert client.call("Account/set", destroy=[account])["destroyed"] == [account]
    assert wait_for(client, three["taskId"])["state"] == "cancelled"


def test_what_is_begun_while_the_account_goes_comes_to_nothing(daemon, client, provider, dovecot):
    account = add(client, provider, dovecot, enabled=False)
    asked, go_on = threading.Event(), threading.Event()
    provider.before_code = lambda _: (asked.set(), go_on.wait(10))

    def begin(answers):
        with daemon.client() as c:
            answers.append(c.answer("Account/authorize", {"accountId": account, "by": "device", "clientSecret": provider.SECRET}))

    def meanwhile(what):
        answers = []
        asked.clear(), go_on.clear()
        t = threading.Thread(target=begin, args=(answers,))
        t.start()
        assert asked.wait(10)
        what()
        go_on.set()
        t.join()
        return answers[0]["error"]["data"]["type"]
    assert meanwhile(lambda: client.call("Account/authorize", accountId=account)) == "busy"
    assert meanwhile(lambda: client.call("Account/set", destroy=[account])) == "accountNotFound"
    assert not provider.grants("urn:ietf:params:oauth:grant-type:device_code")   # nobody waits for a consent that nobody wants
    assert [t["state"] for t in client.call("Task/get")["list"] if t["kind"] == "authorize"] == ["cancelled"]


def test_a_wrong_client_is_said(daemon, client, provider, dovecot):
    account = add(client, provider, dovecot, enabled=False)
    begun = client.call("Account/authorize", accountId=account, clientSecret="not-the-secret")
    provider.browse(begun["url"])
    task = wait_for(client, begun["taskId"])
    assert task["state"] == "failed" and task["error"]["type"] == "auth" and task["error"]["requiresUserAction"] and "who are you" in task["error"]["server"]
    client.call("Account/set", update={account: {"settings/oauth/clientId": "another"}})
    with pytest.raises(RpcError) as e:
        client.call("Account/authorize", accountId=account, by="device")
    assert e.value.type == "auth"


def test_what_keeps_a_device_code_away_is_told(client, provider, dovecot):
    account = add(client, provider, dovecot, enabled=False)
    good = provider.settings()["deviceEndpoint"]
    for endpoint, trouble, why in ((f"http://127.0.0.1:{free_port()}/device", None, "network"), ("https://nowhere.invalid/device", None, "dns"),
                                   (f"https://localhost:{dovecot.imaps_port}/device", None, "tls"), (good, "text", "protocol"), (good, "down", "server"),
                                   (good, "denied", "userAction"), (good, "slow", "timeout")):
        provider.device_trouble = trouble
        assert client.call("Account/set", update={account: {"settings/oauth/deviceEndpoint": endpoint}})["updated"]
        with pytest.raises(RpcError) as e:
            client.call("Account/authorize", accountId=account, by="device", clientSecret=provider.SECRET)
        assert e.value.type == why, (endpoint, trouble)


def test_settings_that_cannot_be_used_are_refused(client, provider, dovecot):
    good = provider.settings()
    for bad, why in (({"provider": "google"}, "clientId is missing"), ({"provider": "nobody", "clientId": "x"}, "no provider nobody"), ({**good, "tokenEndpoint": "http://example.org/token"}, "tokenEndpoint"),
                     ({**good, "tokenEndpoint": "http://127.0.0.1.example.org/"}, "tokenEndpoint"), ({**good, "clientSecret": "x"}, "no clientSecret"),
                     ({**good, "authorizationEndpoint": "http://127.0.0.1:80@example.org/"}, "authorizationEndpoint"), ({**good, "tokenEndpoint": "https://a@example.org/"}, "tokenEndpoint"),
                     ({**good, "redirect": "http://example.org/"}, "redirect"), ({**good, "scope": "a\r\nb"}, "scope"), ({"clientId": "x"}, "tokenEndpoint is missing"), (7, "oauth")):
        r = client.call("Account/set", create={"k": {"address": "a@example.org", "source": "imaps://localhost", "isEnabled": False, "settings": {"oauth": bad}}})
        assert why in r["notCreated"]["k"]["description"], (bad, r)
    account = add(client, provider, dovecot, enabled=False)
    client.call("Account/set", update={account: {"settings/oauth": None}})
    with pytest.raises(RpcError) as e:
        client.call("Account/authorize", accountId=account)
    assert e.value.type == "invalidArguments" and "password" in str(e.value)
    with pytest.raises(RpcError) as e:
        client.call("Account/authorize", accountId="a99")
    assert e.value.type == "accountNotFound"
    r = client.call("Account/set", create={"g": {"address": "a@example.org", "source": "imaps://localhost", "isEnabled": False,
                                                 "settings": {"oauth": {"provider": "google", "clientId": "mine"}}}})
    with pytest.raises(RpcError) as e:
        client.call("Account/authorize", accountId=r["created"]["g"]["id"], by="device")
    assert e.value.type == "unsupported"
    url = client.call("Account/authorize", accountId=r["created"]["g"]["id"])["url"]
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)
    assert url.startswith("https://accounts.google.com/") and query["access_type"] == ["offline"] and query["scope"] == ["https://mail.google.com/"]


# ---- refreshing ---------------------------------------------------------------------------------------------------------


def test_an_expired_token_is_renewed_once_for_all(daemon, client, provider, dovecot):
    account = add(client, provider, dovecot, enabled=False)
    provider.lifetime = 0
    consent(client, provider, account)
    provider.lifetime = 3600
    asked = threading.Event()
    provider.before_answer = lambda _: asked.wait(0.3)   # so that others come meanwhile
    clients = [daemon.client() for _ in range(4)]
    results = []
    threads = [threading.Thread(target=lambda c=c: results.append(c.answer("Account/check", {"accountId": account}))) for c in clients]
    [t.start() for t in threads]
    [t.join() for t in threads]
    [c.close() for c in clients]
    assert all("result" in r for r in results), results
    assert len(provider.grants("refresh_token")) == 1
    daemon.stop()   # and the next one begins with what is on the disk
    with Daemon(daemon.profile) as again, again.client() as c:
        assert c.call("Account/check", accountId=account)["result"]["mailboxes"] >= 1 and len(provider.grants("refresh_token")) == 2


def test_a_token_that_the_server_refuses_is_renewed(daemon, client, provider, dovecot):
    account = add(client, provider, dovecot, enabled=False)
    consent(client, provider, account)
    provider.expire_access()
    assert client.call("Account/check", accountId=account)["result"]["mailboxes"] >= 1
    assert len(provider.grants("refresh_token")) == 1
    provider.user = "mallory"   # the token is somebody else's: another one does not help, and nobody is asked without end
    provider.expire_access()
    with pytest.raises(RpcError) as e:
        client.call("Account/check", accountId=account)
    assert e.value.type == "auth" and e.value.data["requiresUserAction"] and len(provider.grants("refresh_token")) == 2
    no_secret_is_told(daemon, provider)


def test_a_withdrawn_consent_needs_the_user_and_one_command(client, provider, dovecot):
    account = add(client, provider, dovecot)
    consent(client, provider, account)
    assert sync(client, account)["ok"]
    provider.revoke()
    dovecot.kill_connections()
    r = sync(client, account)
    for _ in range(3):   # the connection that was cut is no answer yet
        r = r if not r["ok"] else sync(client, account)
    assert not r["ok"] and r["error"]["type"] == "userAction" and r["error"]["requiresUserAction"], r
    assert "invalid_grant" in r["error"]["server"]
    sync(client, account)
    s = state(client, account)
    assert s["syncState"]["phase"] == "failed" and s["syncState"]["waitsFor"] == "user"
    assert [n["type"] for n in s["notices"]] == ["consentExpired"] and "facteur account login" in s["notices"][0]["description"]
    asked = len(provider.grants("refresh_token"))
    begun, task = consent(client, provider, account, clientSecret=None)   # the secret was kept
    assert task["state"] == "done"
    assert sync(client, account)["ok"] and state(client, account)["notices"] == [] and len(provider.grants("refresh_token")) == asked


TROUBLE = {"huge": "larger than", "text": "nothing that is understood", "redirect": "redirects", "down": "cannot say now", "not an object": "nothing that is understood", "echo": "refuses this client", "echo as it came": "refuses this client", "no token": "no token"}


def test_a_bad_provider_ends_nothing_for_good(daemon, client, provider, dovecot, monkeypatch):
    monkeypatch.setattr(provider, "SECRET", "test/secret+1")
    account = add(client, provider, dovecot, enabled=False)
    provider.lifetime = 0   # so that each check asks for another
    consent(client, provider, account)
    for trouble, words in TROUBLE.items():
        provider.trouble = trouble
        with pytest.raises(RpcError) as e:
            client.call("Account/check", accountId=account)
        assert words in str(e.value) and state(client, account)["notices"] == [], trouble
        assert not any(s in str(e.value) for s in [*provider.refresh, provider.SECRET, urllib.parse.quote_plus(provider.SECRET)])
    provider.trouble = None
    provider.lifetime = 3600
    assert client.call("Account/check", accountId=account)["result"]["mailboxes"] >= 1
    no_secret_is_told(daemon, provider)


def test_a_consent_is_not_shown_to_another_server(client, provider, dovecot):
    account = add(client, provider, dovecot, enabled=False)
    consent(client, provider, account)
    with Provider() as other:
        client.call("Account/set", update={account: {"settings/oauth": other.settings()}})
        with pytest.raises(RpcError) as e:
            client.call("Account/check", accountId=account)
        assert e.value.type == "userAction" and "another client or server" in str(e.value) and not other.asked


def test_killed_anywhere_it_is_never_locked_out(tmp_path, provider, dovecot):
    """The provider takes a refresh token back when it gives the next. Killed when the answer is on its way that one may be lost, which no
    client can help; killed at any moment after it came, it is on the disk: the mail server has not seen the new access token before."""
    seen = []
    with Daemon(tmp_path / "p") as d, d.client() as c:
        account = add(c, provider, dovecot, enabled=False)
        consent(c, provider, account)
    original = provider._introspect

    def introspect(form):
        refresh = [t for t in provider.refresh if t not in provider.used][-1]
        seen.append(refresh in (tmp_path / "p" / "secrets").read_text())
        daemon.process.kill()
        return original(form)

    for _ in range(4):
        provider.expire_access()
        provider._introspect = introspect
        with Daemon(tmp_path / "p") as daemon, daemon.client() as c:
            with pytest.raises((ConnectionError, AssertionError, OSError)):
                c.call("Account/check", accountId=account)
            daemon.kill()
        provider._introspect = original
    assert seen == [True] * 4
    with Daemon(tmp_path / "p") as d, d.client() as c:
        assert c.call("Account/check", accountId=account)["result"]["mailboxes"] >= 1
    assert not provider.ended


def test_a_consent_is_kept_where_the_account_has_its_secrets(daemon, client, provider, dovecot):
    client.call("Secrets/unlock", passphrase="correct horse", isNew=True)
    account = add(client, provider, dovecot, enabled=False, secrets="encrypted")
    provider.lifetime = 0   # the first check asks for another
    consent(client, provider, account)
    provider.lifetime = 3600
    client.call("Account/set", update={account: {"settings/secrets": "file"}})
    assert client.call("Account/check", accountId=account)["result"]["mailboxes"] >= 1   # a new refresh token was written there
    client.call("Account/set", update={account: {"settings/secrets": "encrypted"}})
    assert not any(t in (daemon.profile / "secrets").read_text() for t in provider.refresh)
    client.call("Secrets/lock")
    provider.expire_access()
    with pytest.raises(RpcError) as e:
        client.call("Account/check", accountId=account)
    assert e.value.data["requiresUserAction"] and len(provider.grants("refresh_token")) == 1
    client.call("Secrets/unlock", passphrase="correct horse")
    assert client.call("Account/check", accountId=account)["result"]["mailboxes"] >= 1
    no_secret_is_told(daemon, provider)


def test_where_tokens_are_does_not_change_under_a_refresh(daemon, client, provider, dovecot):
    """What is written to the old store after it was copied from there would be lost, and with it the only refresh token that is good."""
    client.call("Secrets/unlock", passphrase="correct horse", isNew=True)
    account = add(client, provider, dovecot, enabled=False, secrets="command", passwordCommand="printf unused")
    provider.lifetime = 0
    consent(client, provider, account)
    provider.lifetime = 3600
    asked, go_on, answers, moved = threading.Event(), threading.Event(), [], []
    provider.before_answer = lambda _: (asked.set(), go_on.wait(10))

    def call(to, method, **params):
        with daemon.client() as c:
            to.append(c.answer(method, params))
    threads = [threading.Thread(target=call, args=(answers, "Account/check"), kwargs={"accountId": account}),
               threading.Thread(target=call, args=(moved, "Secrets/set"), kwargs={"defaultStore": "encrypted"})]
    threads[0].start()
    assert asked.wait(10)
    threads[1].start()
    threads[1].join(0.1)
    assert not moved
    go_on.set()
    [t.join() for t in threads]
    assert "result" in answers[0] and "result" in moved[0], (answers, moved)
    assert not any(t in (daemon.profile / "secrets").read_text() for t in provider.refresh)
    provider.expire_access()
    assert client.call("Account/check", accountId=account)["result"]["mailboxes"] >= 1 and not provider.ended


def test_what_is_tried_out_does_not_take_anothers_answer(daemon, client, provider, dovecot):
    account = add(client, provider, dovecot, enabled=False)
    provider.lifetime = 0
    consent(client, provider, account)
    provider.lifetime = 3600
    asked, go_on, answers = threading.Event(), threading.Event(), {}
    provider.before_answer = lambda _: (asked.set(), go_on.wait(10))
    stored = client.call("Account/get", ids=[account], properties=["settings"])["list"][0]["settings"]
    other = {**stored, "oauth": {**provider.settings(), "clientId": "another"}}

    def check(name, **params):
        with daemon.client() as c:
            answers[name] = c.answer("Account/check", {"accountId": account, **params})
    threads = [threading.Thread(target=check, args=("its own",)), threading.Thread(target=check, args=("another",), kwargs={"account": {"settings": other}})]
    threads[0].start()
    assert asked.wait(10)
    threads[1].start()
    threads[1].join(0.1)   # it waits for the refresh, which is not its own
    go_on.set()
    [t.join() for t in threads]
    assert "result" in answers["its own"], answers
    assert "another client or server" in answers["another"]["error"]["message"], answers


def test_a_token_that_the_disk_did_not_take_is_written_at_the_end(daemon, client, provider, dovecot):
    account = add(client, provider, dovecot, enabled=False)
    consent(client, provider, account)
    provider.expire_access()
    in_the_way = daemon.profile / "secrets.new"   # nothing can be written while it is there
    in_the_way.mkdir()
    with pytest.raises(RpcError) as e:
        client.call("Account/check", accountId=account)
    assert "cannot be kept" in str(e.value)
    in_the_way.rmdir()
    daemon.stop()
    with Daemon(daemon.profile) as again, again.client() as c:
        assert c.call("Account/check", accountId=account)["result"]["mailboxes"] >= 1 and not provider.ended


def test_a_certificate_that_nobody_vouches_for(client, dovecot):
    """Account/check says which it was, so that a front end can show it (Certificate)."""
    account = {"address": "alice@example.org", "source": f"imaps://alice@localhost:{dovecot.imaps_port}", "password": dovecot.password}
    with pytest.raises(RpcError) as e:
        client.call("Account/check", account=account)
    assert e.value.type == "tls" and e.value.data["certificate"]["host"] == "localhost" and e.value.data["retry"] == "never"
    assert client.call("Account/check", account={**account, "settings": {"caFile": dovecot.ca}})["result"]["tls"] == "implicit"
