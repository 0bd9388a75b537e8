"""PushSubscription/get and /set, Web Push: RFC 8620 section 7.2, RFC 8030, 8291, 8292, 9749. The push service is the test's."""
import datetime
import json
import pathlib
import sys
import time

import pytest

from client import Daemon, RpcError

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from discovery import Authority  # noqa: E402
from push_service import PushService, UserAgent, b64, vapid_claims  # noqa: E402

pytestmark = pytest.mark.xdist_group("webpush")
VAPID = "urn:ietf:params:jmap:webpush-vapid"
numbers = iter(range(10000))


@pytest.fixture(scope="module")
def push(tmp_path_factory):
    with PushService(Authority(tmp_path_factory.mktemp("authority"))) as p:
        yield p


@pytest.fixture(scope="module")
def pushing_daemon(push, tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("webpush") / "profile", "--log-level", "trace", env=push.env) as d, d.client() as c:
        c.call("WebPush/set", privateHosts=[push.HOST])
        yield d


@pytest.fixture
def client(pushing_daemon, push):
    with pushing_daemon.client() as c:
        push.forget()
        yield c
        push.released.set()
        push.answers.clear()
        mine = [s["id"] for s in c.call("PushSubscription/get")["list"]]
        c.call("PushSubscription/set", destroy=mine)


def local(client):
    return next(iter(client.call("Session/get")["accounts"]))


def change(client):
    """Something changes: the new state of the mailboxes."""
    r = client.call("Mailbox/set", accountId=local(client), create={"k": {"name": f"box {next(numbers)}"}})
    return r["newState"]


def create(client, push, path, **more):
    described = {"deviceClientId": "d", "url": push.url(path), **more}
    r = client.call("PushSubscription/set", create={"k": described})
    assert r["created"], r
    return r["created"]["k"]


def verify(client, push, path, agent=None, **more):
    """A verified subscription; its id."""
    if agent:
        more["keys"] = agent.keys
    s = create(client, push, path, **more)
    m = push.next(path)
    code = (agent.read(m) if agent else json.loads(m.body))["verificationCode"]
    assert client.call("PushSubscription/set", update={s["id"]: {"verificationCode": code}})["updated"] == {s["id"]: None}
    return s["id"]


def ids(client):
    return [s["id"] for s in client.call("PushSubscription/get", properties=["id"])["list"]]


def wait_until(true, timeout=10):
    end = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


def utc(seconds):
    return datetime.datetime.fromtimestamp(time.time() + seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


# ---- what is pushed -----------------------------------------------------------------------------------------------------


def test_a_change_reaches_the_user_agent_and_nobody_else(client, push):
    agent, other = UserAgent(), UserAgent()
    s = create(client, push, "/whole", keys=agent.keys, types=None)
    assert set(s) == {"id", "expires", "verificationCode"} and s["verificationCode"] is None
    first = push.next("/whole")
    verification = agent.read(first)
    assert not other.can_read(first)
    assert verification["@type"] == "PushVerification" and verification["pushSubscriptionId"] == s["id"] and len(verification["verificationCode"]) >= 32
    assert int(first.headers["ttl"]) > 0 and first.headers["urgency"] == "high"

    change(client)      # told to nobody yet
    wrong = verification["verificationCode"][:-1] + ("A" if verification["verificationCode"][-1] != "A" else "B")
    r = client.call("PushSubscription/set", update={s["id"]: {"verificationCode": wrong}})
    assert r["notUpdated"][s["id"]]["type"] == "invalidProperties" and r["notUpdated"][s["id"]]["properties"] == ["verificationCode"]
    assert client.call("PushSubscription/get", ids=[s["id"]])["list"][0]["verificationCode"] is None
    assert push.messages.empty()
    assert client.call("PushSubscription/set", update={s["id"]: {"verificationCode": verification["verificationCode"]}})["updated"] == {s["id"]: None}
    shown = client.call("PushSubscription/get", ids=[s["id"]])["list"][0]
    assert shown == {"id": s["id"], "deviceClientId": "d", "verificationCode": verification["verificationCode"], "expires": s["expires"], "types": None}

    agent.read(push.next("/whole"))     # what changed since it was made
    state = change(client)
    m = push.next("/whole")
    told = agent.read(m)
    assert told == {"@type": "StateChange", "changed": {local(client): {"Mailbox": state}}}
    assert int(m.headers["ttl"]) > 0 and m.headers["urgency"] == "normal" and "topic" not in m.headers
    assert client.call("Mailbox/get", accountId=local(client), ids=[])["state"] == state


def test_push_services_know_the_core_by_its_key(client, push):
    agent = UserAgent()
    client.call("WebPush/set", contact="mailto:owner@example.org")
    key = client.call("Session/get")["capabilities"][VAPID]["applicationServerKey"]
    assert client.call("WebPush/get") == {"applicationServerKey": key, "contact": "mailto:owner@example.org", "privateHosts": [push.HOST]}
    create(client, push, "/vapid", keys=agent.keys)
    claims = vapid_claims(push.next("/vapid"), key)
    assert claims["aud"] == f"https://{push.HOST}:{push.port}" and claims["sub"] == "mailto:owner@example.org"
    assert time.time() < claims["exp"] <= time.time() + 86400
    assert client.call("WebPush/set", contact="")["contact"] is None
    create(client, push, "/vapid2")
    assert "sub" not in vapid_claims(push.next("/vapid2"), key)


def test_without_keys_the_object_is_the_body(client, push):
    s = create(client, push, "/plain")
    assert s["keys"] is None and s["types"] is None
    m = push.next("/plain")
    assert m.headers["content-type"] == "application/json" and "content-encoding" not in m.headers
    assert json.loads(m.body)["pushSubscriptionId"] == s["id"]


def test_only_what_is_asked_for_is_told(client, push):
    verify(client, push, "/none", types=["CalendarEvent"])
    verify(client, push, "/undo", types=["EmailDelivery", "Undo"])
    s = verify(client, push, "/mailbox", types=["Mailbox", "CalendarEvent"])
    state = change(client)
    assert json.loads(push.next("/mailbox").body)["changed"] == {local(client): {"Mailbox": state}}
    assert client.call("PushSubscription/set", update={s: {"types": []}})["updated"] == {s: None}
    verify(client, push, "/last")
    change(client)
    assert push.next().path == "/last"  # and nothing before it
    assert push.messages.empty()


def test_what_comes_while_a_message_is_on_its_way_goes_with_the_next(client, push):
    verify(client, push, "/many", types=["Mailbox"])
    push.released.clear()
    change(client)
    push.next("/many")
    for _ in range(20):
        state = change(client)
    assert push.messages.empty()
    push.released.set()
    assert json.loads(push.next("/many").body)["changed"] == {local(client): {"Mailbox": state}}
    last = change(client)
    assert json.loads(push.next("/many").body)["changed"] == {local(client): {"Mailbox": last}}


# ---- what push services answer --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", [(429, {"Retry-After": "20"}), (503, {}), (500, {}), (302, {"Location": "/elsewhere"})])
def test_a_push_that_failed_is_made_again(client, push, trouble):
    verify(client, push, "/again", types=["Mailbox"])
    push.answers[:] = [trouble, trouble]
    state = change(client)
    for _ in range(3):
        m = push.next()
        assert m.path == "/again" and json.loads(m.body)["changed"] == {local(client): {"Mailbox": state}}
    assert len(ids(client)) == 1


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_is_gone_there_is_gone_here(client, push, status):
    verify(client, push, "/gone")
    push.answers[:] = [(status, {})]
    change(client)
    push.next("/gone")
    wait_until(lambda: not ids(client))
    change(client)
    verify(client, push, "/alive")
    assert push.messages.empty()


def test_one_that_cannot_be_verified_is_given_up(client, push):
    push.answers[:] = [(400, {})] * 6
    create(client, push, "/refused")
    wait_until(lambda: not ids(client))
    assert not push.answers


# ---- where to ---------------------------------------------------------------------------------------------------------------


def test_private_networks_are_not_connected_to(client, push, pushing_daemon):
    push.dns.add("near.example.test", "A", "127.0.0.1")
    push.dns.add("lan.example.test", "A", "10.1.2.3")
    for host in ("near.example.test", "lan.example.test"):
        create(client, push, "", url=push.url("/private", host))
    wait_until(lambda: not ids(client))
    assert push.messages.empty()
    log = (pushing_daemon.profile / "facteurd.log").read_text()
    assert "near.example.test: its address is one of a private network" in log and "/private" not in log
    for url in ("http://push.example.test/x", "https://127.0.0.1/x", "https://[::1]/x", "https://0x7f.1/x", "https://u:p@push.example.test/x", "push.example.test", "",
                "ftp://push.example.test/", "https://push.example.test/\r\nX: y", "https://push.example.test/ü", f"https://push.example.test/{'x' * 2048}", 7, None):
        r = client.call("PushSubscription/set", create={"k": {"deviceClientId": "d", "url": url}})
        if isinstance(url, str) and (url.startswith("https://127") or url.startswith("https://[::1]") or url.startswith("https://0x7f")):
            continue    # refused when it comes to sending, as the owner may have named them
        assert r["notCreated"]["k"]["type"] == "invalidProperties" and r["notCreated"]["k"]["properties"] == ["url"], url
    wait_until(lambda: not ids(client))


def test_ones_own_distributor_may_be_near(client, push, tmp_path):
    assert client.call("WebPush/set", privateHosts=[push.HOST, "127.0.0.1"])["privateHosts"] == [push.HOST, "127.0.0.1"]
    with PushService(Authority(tmp_path), tls=False) as plain:
        create(client, plain, "/up", url=f"http://127.0.0.1:{plain.port}/up")
        assert json.loads(plain.next("/up").body)["@type"] == "PushVerification"
    assert client.call("WebPush/set", privateHosts=[push.HOST])["privateHosts"] == [push.HOST]
    for bad in ({"privateHosts": ["a/b"]}, {"privateHosts": [""]}, {"privateHosts": ["x y"]}, {"contact": "tel:1"}, {"contact": "mailto:a b"}):
        with pytest.raises(RpcError) as e:
            client.call("WebPush/set", **bad)
        assert e.value.type == "invalidArguments" and e.value.data["properties"] == list(bad), bad


# ---- the objects ----------------------------------------------------------------------------------------------------------------


def test_what_is_told_of_subscriptions(client, push):
    s = create(client, push, "/get", keys=UserAgent().keys, types=["Email"])
    push.next("/get")
    assert client.call("PushSubscription/get", ids=[s["id"], "w999", "e1"], properties=["types"]) == {
        "list": [{"id": s["id"], "types": ["Email"]}], "notFound": ["w999", "e1"]}
    for properties in (["url"], ["id", "keys"]):
        with pytest.raises(RpcError) as e:
            client.call("PushSubscription/get", properties=properties)
        assert e.value.type == "forbidden"
    for bad, kind in (({"properties": ["nonsense"]}, "invalidArguments"), ({"ids": ["x"] * 1001}, "requestTooLarge"), ({"accountId": "a1"}, "invalidArguments")):
        with pytest.raises(RpcError) as e:
            client.call("PushSubscription/get", **bad)
        assert e.value.type == kind
    with pytest.raises(RpcError) as e:
        client.call("PushSubscription/set", destroy=[f"w{i}" for i in range(1001)])
    assert e.value.type == "requestTooLarge"


def test_what_cannot_be_created(client, push):
    agent = UserAgent()
    off_curve = b64(agent.public[:-1] + bytes([agent.public[-1] ^ 1]))
    good = {"deviceClientId": "d", "url": push.url("/x")}
    for change_, at in (({"deviceClientId": None}, "deviceClientId"), ({"deviceClientId": "x" * 256}, "deviceClientId"), ({"deviceClientId": ""}, "deviceClientId"),
                        ({"verificationCode": "x"}, "verificationCode"), ({"id": "w1"}, "id"), ({"nonsense": 1}, "nonsense"),
                        ({"types": "Email"}, "types"), ({"types": [1]}, "types"), ({"types": ["a b"]}, "types"), ({"types": ["Email"] * 65}, "types"),
                        ({"expires": utc(-5)}, "expires"), ({"expires": "soon"}, "expires"), ({"expires": 5}, "expires"),
                        ({"keys": {}}, "keys"), ({"keys": "x"}, "keys"), ({"keys": {**agent.keys, "more": 1}}, "keys"),
                        ({"keys": {**agent.keys, "p256dh": off_curve}}, "keys"), ({"keys": {**agent.keys, "auth": b64(b"short")}}, "keys")):
        r = client.call("PushSubscription/set", create={"k": {**good, **change_}})
        assert r["notCreated"]["k"]["type"] == "invalidProperties" and r["notCreated"]["k"]["properties"] == [at], change_
    assert ids(client) == [] and push.messages.empty()


def test_what_can_be_changed(client, push):
    s = create(client, push, "/set", expires=utc(3600))["id"]
    push.next("/set")
    far = client.call("PushSubscription/set", update={s: {"expires": utc(400 * 86400)}})["updated"][s]["expires"]
    assert utc(29 * 86400) < far <= utc(30 * 86400 + 5)
    near = utc(7200)
    assert client.call("PushSubscription/set", update={s: {"expires": near, "deviceClientId": "d", "types": ["Email"]}})["updated"] == {s: None}
    assert client.call("PushSubscription/get")["list"][0]["expires"] == near
    assert utc(29 * 86400) < client.call("PushSubscription/set", update={s: {"expires": None}})["updated"][s]["expires"]
    for patch, kind in (({"url": push.url("/other")}, "invalidProperties"), ({"keys": None}, "invalidProperties"), ({"deviceClientId": "e"}, "invalidProperties"),
                        ({"expires": utc(-1)}, "invalidProperties"), ({"types/0": "x"}, "invalidPatch"), ({"verificationCode": 5}, "invalidProperties")):
        assert client.call("PushSubscription/set", update={s: patch})["notUpdated"][s]["type"] == kind, patch
    r = client.call("PushSubscription/set", update={s: {"types": None}, "w999": {}}, destroy=[s, "nonsense"])
    assert r["notUpdated"][s]["type"] == "willDestroy" and r["notUpdated"]["w999"]["type"] == "notFound"
    assert r["destroyed"] == [s] and r["notDestroyed"]["nonsense"]["type"] == "notFound"
    assert push.messages.empty()


def test_a_subscription_ends_when_it_expires(client, push):
    verify(client, push, "/expires", expires=utc(2))
    wait_until(lambda: not ids(client))
    change(client)
    verify(client, push, "/after")
    assert push.messages.empty()


# ---- over restarts ----------------------------------------------------------------------------------------------------------------


def test_what_was_not_told_is_told_after_a_restart_and_another_key_ends_all(push, tmp_path):
    profile = tmp_path / "profile"
    with Daemon(profile, env=push.env) as d, d.client() as c:
        c.call("WebPush/set", privateHosts=[push.HOST])
        key = c.call("Session/get")["capabilities"][VAPID]["applicationServerKey"]
        s = verify(c, push, "/restart")
        push.released.clear()
        state = change(c)
        push.next("/restart")
        d.kill()
    push.released.set()
    with Daemon(profile, env=push.env) as d, d.client() as c:
        m = push.next("/restart")
        assert json.loads(m.body)["changed"] == {local(c): {"Mailbox": state}}
        assert vapid_claims(m, key)
        before = c.call("Session/get")
        assert before["capabilities"][VAPID]["applicationServerKey"] == key and ids(c) == [s]
        new = c.call("WebPush/set", rotateKey=True)["applicationServerKey"]
        after = c.call("Session/get")
        assert new != key and after["capabilities"][VAPID]["applicationServerKey"] == new and after["state"] != before["state"]
        assert ids(c) == []
        verify(c, push, "/rotated")
    # A key that was lost is another one, too.
    (profile / "secrets").unlink()
    with Daemon(profile, env=push.env) as d, d.client() as c:
        lost = c.call("Session/get")
        assert lost["capabilities"][VAPID]["applicationServerKey"] not in (key, new) and lost["state"] != after["state"] and ids(c) == []


def test_no_address_and_no_key_is_in_the_log_or_left_on_the_disk(push, tmp_path):
    agent = UserAgent()
    with Daemon(tmp_path / "profile", "--log-level", "trace", env=push.env) as d, d.client() as c:
        c.call("WebPush/set", privateHosts=[push.HOST])
        push.answers[:] = [(500, {}), (201, {})]
        s = create(c, push, "/s3cret-path", keys=agent.keys)["id"]
        code = [agent.read(push.next("/s3cret-path")) for _ in range(2)][1]["verificationCode"]
        c.call("PushSubscription/set", update={s: {"verificationCode": code}})
        c.call("PushSubscription/set", destroy=[s])
    log = (d.profile / "facteurd.log").read_text() + d.errors
    assert "tried again" in log and "s3cret-path" not in log and code not in log
    database = (d.profile / "facteur.db").read_bytes()
    assert b"s3cret-path" not in database and agent.auth not in database and agent.public not in database


def test_the_rate_of_new_ones_is_limited(push, tmp_path):
    with Daemon(tmp_path / "profile", env=push.env) as d, d.client() as c:
        for i in range(30):
            made = c.call("PushSubscription/set", create={"k": {"deviceClientId": "d", "url": push.url("/rate")}})["created"]["k"]["id"]
            c.call("PushSubscription/set", destroy=[made])
        r = c.call("PushSubscription/set", create={"k": {"deviceClientId": "d", "url": push.url("/rate")}})
        assert r["notCreated"]["k"]["type"] == "rateLimit"
