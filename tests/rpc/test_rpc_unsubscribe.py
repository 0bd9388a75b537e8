"""Email/unsubscribe: leaves a list with one request (RFC 8058), and sends nothing that is not asked for."""
import pathlib
import sys

import pytest

from client import BUILD, SANITIZED, Daemon, RpcError
from mail import LOCAL, import_all, message

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from discovery import Authority, Net, redirect  # noqa: E402

LIST = "list.example.test"
URL = f"https://{LIST}/leave?u=jane&x=%41"
SIGNED = "DKIM-Signature: v=1; a=rsa-sha256; d=example.test; s=k; h=From:Subject:\r\n List-Unsubscribe:List-Unsubscribe-Post; bh=AA=; b=BB=\r\n"
GOOD = "Authentication-Results: mx.example.org; dkim=pass header.d=example.test\r\n"
BAD = "Authentication-Results: mx.example.org; dkim=fail header.d=example.test\r\n"
POST = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"


class World:
    def __init__(self, folder, net, **env):
        self.net = net
        self.daemon = Daemon(folder / "profile", env={**net.env, **env}).start()
        self.client = self.daemon.client()
        self.n = 0

    def letter(self, url=URL, extra=SIGNED + POST):
        self.n += 1
        [email] = import_all(self.client, [message(id=f"u{self.n}@x", extra=f"{extra}List-Unsubscribe: <mailto:leave@{LIST}>, <{url}>\r\n")])
        return email

    def leave(self, email, client=None, **more):
        return (client or self.client).call("Email/unsubscribe", accountId=LOCAL, emailId=email, **more)

    def refused(self, email, client=None, **more):
        with pytest.raises(RpcError) as e:
            self.leave(email, client, **more)
        return e.value.type


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with Net(Authority(tmp_path_factory.mktemp("ca"))) as net:
        net.dns.add(LIST, "A", "127.0.0.1")
        w = World(tmp_path_factory.mktemp("unsubscribe"), net)
        yield w
        w.client.close()
        w.daemon.stop()


@pytest.fixture(autouse=True)
def forget(world):
    world.net.https.posted.clear()
    world.net.https.answers.clear()


def test_one_request_leaves_the_list(world):
    email = world.letter(extra=GOOD + SIGNED + POST)
    r = world.leave(email)
    assert r == {"accountId": LOCAL, "emailId": email, "urls": [f"mailto:leave@{LIST}", URL], "oneClickUrl": URL, "signature": "verified", "status": 200}
    [(host, path, headers, body)] = world.net.https.posted
    assert (host, path, body) == (LIST, "/leave?u=jane&x=%41", b"List-Unsubscribe=One-Click")
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert set(headers) == {"Host", "User-Agent", "Accept", "Content-Type", "Content-Length"}  # no cookies, no credentials, no referrer


def test_a_dry_run_sends_nothing(world):
    email = world.letter()
    r = world.leave(email, dryRun=True)
    assert r["oneClickUrl"] == URL and r["signature"] == "unverified" and r["status"] is None
    assert world.net.https.posted == [] and world.net.https.asked == []


def test_where_nobody_says_whether_a_signature_holds_the_users_word_is_enough(world):
    assert world.leave(world.letter())["signature"] == "unverified"
    assert len(world.net.https.posted) == 1


@pytest.mark.parametrize("extra,url,signature", [
    ("", URL, "none"), (SIGNED, URL, "unverified"), (POST, URL, "none"), (BAD + SIGNED + POST, URL, "failed"), (SIGNED + POST, "http://list.example.test/", "unverified"),
    (SIGNED + POST, "https://127.0.0.1/", "unverified"), (SIGNED + POST, "https://[::1]/", "unverified"), (SIGNED + POST, "https://user:pw@list.example.test/", "unverified"),
    (SIGNED + POST, "https://0x7f000001/", "unverified"), (SIGNED + POST, "https://2130706433/", "unverified"), (SIGNED + POST, "https://list.example.test/\x7f", "unverified")],
    ids=["nothing", "no-post", "unsigned", "failed", "http", "address", "address6", "user", "hex", "number", "control"])
def test_what_cannot_be_left_so(world, extra, url, signature):
    email = world.letter(url, extra)
    r = world.leave(email, dryRun=True)
    assert r["oneClickUrl"] is None and r["signature"] == signature and len(r["urls"]) == 2
    assert world.refused(email) == "cannotUnsubscribe"
    assert world.net.https.posted == []


def test_a_message_without_a_list_has_none(world):
    [email] = import_all(world.client, [message(id="plain@x")])
    assert world.leave(email, dryRun=True)["urls"] == [] and world.refused(email) == "cannotUnsubscribe"


def test_what_the_lists_server_answers(world):
    email = world.letter()
    for status in (202, 204, 299):
        world.net.https.answers[LIST, "/leave"] = status
        assert world.leave(email)["status"] == status
    for status in (400, 403, 404, 410):
        world.net.https.answers[LIST, "/leave"] = status
        assert world.refused(email) == "cannotUnsubscribe"
    for status in (429, 500, 503):
        world.net.https.answers[LIST, "/leave"] = status
        assert world.refused(email) == "serverUnavailable"


def test_no_redirect_is_followed(world):
    world.net.https.answers[LIST, "/leave"] = redirect(f"https://{LIST}/elsewhere")
    assert world.refused(world.letter()) == "cannotUnsubscribe"
    assert len(world.net.https.posted) == 1 and world.net.https.asked == []


def test_a_server_that_is_not_there_or_cannot_be_trusted(world):
    assert world.refused(world.letter("https://nobody.example.test/")) == "serverUnavailable"
    world.net.dns.add("forged.example.test", "A", "127.0.0.1")
    world.net.https.certificate["forged.example.test"] = LIST
    assert world.refused(world.letter("https://forged.example.test/")) == "serverUnavailable"
    world.net.dns.add("deaf.example.test", "A", "127.0.0.1")
    assert world.refused(world.letter("https://deaf.example.test:1/")) == "serverUnavailable"
    assert world.net.https.posted == []


def test_it_takes_the_right_to_send_and_a_dry_run_to_read(world):
    email = world.letter()
    secret = world.client.call("Token/set", create={"k": {"name": "reader", "scopes": ["read", "triage"]}})["created"]["k"]["secret"]
    with world.daemon.client() as reader:
        reader.call("Session/authenticate", token=secret)
        assert world.leave(email, reader, dryRun=True)["oneClickUrl"] == URL
        assert world.refused(email, reader) == "forbidden"
    assert world.net.https.posted == []


def test_others_emails_are_none(world):
    for email in ("e0", "e99999", "nonsense", "#k", "m1"):
        assert world.refused(email) == "notFound" and world.refused(email, dryRun=True) == "notFound"


def test_a_private_address_gets_no_request(tmp_path):
    """As it is in earnest: names lead to public addresses only."""
    with Net(Authority(tmp_path / "ca"), allow_private=False) as net:
        net.dns.add(LIST, "A", "127.0.0.1", "10.0.0.1")
        w = World(tmp_path, net)
        email = w.letter()
        assert w.leave(email, dryRun=True)["oneClickUrl"] == URL  # nothing is looked up unasked
        assert (LIST, 1) not in net.dns.asked
        assert w.refused(email) == "cannotUnsubscribe" and net.https.posted == [] and (LIST, 1) in net.dns.asked
        w.client.close()
        w.daemon.stop()


@pytest.mark.skipif(SANITIZED, reason="a sanitizer's runtime must be the first library")
def test_a_neighbour_gets_no_request_though_its_address_is_public(tmp_path):
    with Net(Authority(tmp_path / "ca"), allow_private=False) as net:
        net.dns.add(LIST, "A", "8.8.4.2")
        w = World(tmp_path, net, LD_PRELOAD=str(BUILD / "tests" / "preload" / "names.so"), NEAR_ADDRESS="8.8.4.1")
        assert w.refused(w.letter()) == "cannotUnsubscribe"
        w.client.close()
        w.daemon.stop()
