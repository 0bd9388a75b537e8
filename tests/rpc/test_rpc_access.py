"""Tokens: who is let in, with what, and shown out again."""
import contextlib
import datetime
import json
import os
import sqlite3
import threading
import time

import pytest

from client import Client, Daemon, RpcError
from mail import LOCAL

SCOPES = ["read", "triage", "draft", "send", "admin"]


def error_of(client, method, **params):
    with pytest.raises(RpcError) as e:
        client.call(method, **params)
    return e.value


def make(client, name=None, scopes=("read",), **more):
    """A token's object, with its secret."""
    name = name or f"t{os.urandom(6).hex()}"
    r = client.call("Token/set", create={"k": {"name": name, "scopes": list(scopes), **more}})
    assert r["notCreated"] is None, r
    return r["created"]["k"]


def signed_in(daemon, token, **more):
    c = daemon.client()
    c.call("Session/authenticate", token=token["secret"], **more)
    return c


def test_what_a_token_uploads_is_bounded_until_it_is_mail(client, daemon):
    """8 GiB: here one that is as large as that stands in the database, and takes no room."""
    sha256 = os.urandom(32)
    little, other = make(client, scopes=["draft"]), make(client, scopes=["draft"])
    number = int(little["id"][1:], 32)
    with sqlite3.connect(daemon.profile / "facteur.db", timeout=10) as db:
        db.execute("INSERT INTO blob (sha256, size, pack, offset, stored_size, expires_at) VALUES (?, ?, 0, 0, 0, unixepoch() + 90000)", (sha256, (8 << 30) - 100))
        db.execute("INSERT INTO token_upload (token_id, sha256, expires_at) VALUES (?, ?, unixepoch() + 90000)", (number, sha256))
    with signed_in(daemon, little) as c, signed_in(daemon, other) as d:
        begin = lambda size=None: (c.call("Blob/begin", accountId=LOCAL, size=size)["uploadId"], c.fds.pop())  # noqa: E731
        upload = lambda c, *texts: c.call("Blob/upload", accountId=LOCAL, create={str(i): {"data": [{"data:asText": t}]} for i, t in enumerate(texts)})  # noqa: E731
        assert error_of(c, "Blob/begin", accountId=LOCAL, size=101).type == "overQuota"
        id, fd = begin()
        os.write(fd, b"x" * 101)
        os.close(fd)
        assert error_of(c, "Blob/finish", accountId=LOCAL, uploadId=id).type == "overQuota"
        r = upload(c, "a" * 60, "b" * 60, "c" * 40)
        assert set(r["created"]) == {"0", "2"} and {k: e["type"] for k, e in r["notCreated"].items()} == {"1": "overQuota"}
        assert upload(c, "d")["notCreated"]["0"]["type"] == "overQuota" and error_of(c, "Blob/begin", accountId=LOCAL, size=1).type == "overQuota"
        assert upload(d, "e" * 1000)["notCreated"] is None and upload(client, "f" * 1000)["notCreated"] is None

        # an Email of it, and it counts no more
        inbox = client.call("Mailbox/query", accountId=LOCAL, filter={"role": "inbox"})["ids"][0]
        assert c.call("Email/import", accountId=LOCAL, emails={"k": {"blobId": r["created"]["0"]["id"], "mailboxIds": {inbox: True}}})["created"]
        wait_until(lambda: upload(c, "g" * 60)["notCreated"] is None)
        assert upload(c, "h")["notCreated"]["0"]["type"] == "overQuota"
    with sqlite3.connect(daemon.profile / "facteur.db", timeout=10) as db:
        db.execute("DELETE FROM token_upload WHERE sha256 = ?", (sha256,))
        db.execute("DELETE FROM blob WHERE sha256 = ?", (sha256,))


def test_what_the_disk_has_no_room_for_is_not_begun(client, daemon):
    most = client.call("Session/get")["capabilities"]["urn:ietf:params:jmap:core"]["maxSizeUpload"]
    disk = os.statvfs(daemon.profile)
    if disk.f_bavail * disk.f_frsize < most:
        assert error_of(client, "Blob/begin", accountId=LOCAL, size=most).type == "overQuota"
    elif disk.f_bavail * disk.f_frsize > most + (1 << 30):
        client.call("Blob/begin", accountId=LOCAL, size=most)
        os.close(client.fds.pop())


def is_closed(client):
    client.sock.settimeout(10)
    try:
        while client.sock.recv(4096):
            pass
    except ConnectionError:
        pass
    return True


def wait_until(what, seconds=10):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.01)


def later(**delta):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**delta)).strftime("%Y-%m-%dT%H:%M:%SZ")


def refused_properties(client, **token):
    r = client.call("Token/set", create={"k": {"name": "n", "scopes": ["read"], **token}})
    return r["notCreated"]["k"].get("properties")


# ---- made, seen, changed -------------------------------------------------------------------------------------------


def test_the_secret_is_told_once(client, daemon):
    t = make(client, "phone", ["triage"], accountIds=[LOCAL], expiresAt=later(days=1))
    assert t["secret"].startswith(f"facteur_{t['id']}_") and len(t["secret"].split("_", 2)[2]) == 43
    assert t["scopes"] == ["read", "triage"] and t["accountIds"] == [LOCAL] and t["hasPassword"] is False
    [seen] = client.call("Token/get", ids=[t["id"], "o99", "nope"])["list"]
    assert "secret" not in seen and "password" not in seen and seen["name"] == "phone" and seen["lastUsedAt"] is None
    signed_in(daemon, t, remote="192.0.2.7")
    [seen] = client.call("Token/get", ids=[t["id"]], properties=["lastUsedAt", "lastUsedFrom"])["list"]
    assert seen["lastUsedAt"] and seen["lastUsedFrom"] == "192.0.2.7"
    files = [p for p in daemon.profile.rglob("*") if p.is_file()]
    assert len(files) > 2 and not any(t["secret"].encode() in p.read_bytes() or t["secret"][-43:].encode() in p.read_bytes() for p in files)


def test_changes(client):
    state = client.call("Token/get")["state"]
    a, b = make(client), make(client)
    client.call("Token/set", update={a["id"]: {"name": "renamed"}}, destroy=[b["id"]])
    c = client.call("Token/changes", sinceState=state)
    assert c["created"] == [a["id"]] and c["updated"] == [] and c["destroyed"] == [] and not c["hasMoreChanges"]
    assert client.call("Token/changes", sinceState=c["newState"]) == {**c, "oldState": c["newState"], "created": []}


def test_errors_of_arguments(reader):
    assert error_of(reader, "Token/get", ids=["o1"] * 1001).type == "requestTooLarge"
    assert error_of(reader, "Token/get", properties=["secret"]).type == "invalidArguments"
    assert error_of(reader, "Token/changes", sinceState="x").type == "cannotCalculateChanges"
    assert error_of(reader, "Token/changes", sinceState="s0", maxChanges=0).type == "invalidArguments"
    assert error_of(reader, "Token/set", ifInState="s99").type == "stateMismatch"
    assert error_of(reader, "Token/set", destroy=["o1"] * 1001).type == "requestTooLarge"
    many = {str(i): {"name": str(i), "scopes": ["read"], "password": f"password{i}"} for i in range(11)}
    assert error_of(reader, "Token/set", create=many).type == "requestTooLarge"


@pytest.mark.parametrize("name", ["", " ", " x", "x ", "a\nb", "a\x1b[2J", "a\x7f", "a:b", "a\u0085b", "a\u202egnp", "a\u2028b", "a\u200bb", "\ufeffa", "x" * 101, "ä" * 51, None, 7])
def test_names_that_would_do_harm(reader, name):
    assert refused_properties(reader, name=name) == ["name"]


def test_names_of_people_are_kept_as_they_are(client):
    for name in ("Zoë's phone", "電話", "x" * 100, "'; DROP TABLE token; --", "{\"a\"}", "%s%n", "../../etc/passwd", "-o", "=cmd|' /C calc'!A0"):
        t = make(client, name)
        assert client.call("Token/get", ids=[t["id"]])["list"][0]["name"] == name
    r = client.call("Token/set", create={"k": {"name": "電話", "scopes": ["read"]}})
    assert r["notCreated"]["k"]["type"] == "alreadyExists"


def test_what_a_token_cannot_be(reader):
    for scopes in (None, [], ["all"], "read", ["read", 1], [["read"]]):
        assert refused_properties(reader, scopes=scopes) == ["scopes"]
    for accounts in ([], ["a99"], ["nope"], [None], "a1", [LOCAL, "m1"], ["*"]):
        assert refused_properties(reader, accountIds=accounts) == ["accountIds"]
    for at in ("2001-01-01T00:00:00Z", "tomorrow", 5, "2030-02-31T00:00:00Z", "99999-01-01T00:00:00Z"):
        assert refused_properties(reader, expiresAt=at) == ["expiresAt"]
    for password in ("short", 5, ["x"], "x" * 1025, "facteur_o1_" + "a" * 43):
        assert refused_properties(reader, password=password) == ["password"]
    for name in ("id", "secret", "createdAt", "hasPassword", "createdBy", "nonsense"):
        assert refused_properties(reader, **{name: "o1"}) == [name]


def test_there_is_an_end_to_tokens(client):
    made = 0
    for i in range(2):
        r = client.call("Token/set", create={f"k{n}": {"name": f"t{i}.{n}", "scopes": ["read"]} for n in range(600)})
        made += len(r["created"])
        refused = r["notCreated"]
    assert made == 1000 and len(refused) == 200 and {e["type"] for e in refused.values()} == {"tooLarge"}
    assert len(client.call("Token/get")["list"]) == 1000


# ---- let in --------------------------------------------------------------------------------------------------------


def test_a_connection_is_narrowed_for_good(client, daemon):
    little, much = make(client), make(client, scopes=SCOPES)
    c = daemon.client()
    assert c.call("Session/authenticate", token=little["secret"]) == {"tokenId": little["id"], "name": little["name"], "scopes": ["read"], "accountIds": None, "expiresAt": None}
    for again in ({"token": much["secret"]}, {"token": little["secret"]}, {"token": "x"}):
        assert error_of(c, "Session/authenticate", **again).type == "forbidden"
    assert error_of(c, "Core/stop").data["scope"] == "admin"
    c.call("Session/get")


def test_who_is_not_let_in_has_nothing(client, daemon):
    t = make(client, "somebody")
    last = t["secret"][-1]
    wrong = [{"token": t["secret"][:-1] + ("A" if last != "A" else "B")}, {"token": t["secret"] + "A"}, {"token": t["secret"][:-1]}, {"token": ""},
             {"token": "facteur_o99_" + "a" * 43}, {"token": "x" * 100000}, {"username": "somebody", "password": ""}, {"username": "somebody", "password": t["secret"][:-1]},
             {"username": "nobody", "password": t["secret"]}, {"username": "", "password": t["secret"]}]
    said = set()
    for card in wrong:
        c = daemon.client()
        e = error_of(c, "Session/authenticate", **card)
        said.add((e.type, e.error["message"]))
        for method, params in (("Core/echo", {}), ("Session/get", {}), ("Email/query", {}), ("Token/get", {}), ("rpc.discover", {})):
            assert error_of(c, method, **params).type == "forbidden"
    assert len(said) == 1
    for card in ({}, {"username": "x"}, {"password": "x"}, {"token": "x", "username": "y", "password": "z"}, {"token": 5}, {"token": "x", "remote": 7}, {"secret": "x"}):
        c = daemon.client()
        assert error_of(c, "Session/authenticate", **card).type == "invalidArguments"
        assert error_of(c, "Session/get").type == "forbidden"
        c.call("Session/authenticate", token=t["secret"])  # a second chance on the same connection
        c.call("Session/get")
    for params in ([t["secret"]], {"#token": {"resultOf": "x", "name": "Session/get", "path": "/state"}}):
        c = daemon.client()
        c.send({"jsonrpc": "2.0", "id": "a", "method": "Session/authenticate", "params": params})
        assert "error" in c.read() and error_of(c, "Session/get").type == "forbidden"


def test_in_one_batch(client, daemon):
    t = make(client)
    c = daemon.client()
    answers = c.batch_answers(("Core/status", {}), ("Session/authenticate", {"token": t["secret"]}), ("Core/status", {}), ("Session/get", {}))
    assert ["error" in a for a in answers] == [False, False, True, False]


def test_a_connection_that_fails_too_often_is_closed(client, daemon):
    c = daemon.client()
    for _ in range(5):
        assert error_of(c, "Session/authenticate", token="x").type == "forbidden"
    assert is_closed(c)


# ---- passwords -----------------------------------------------------------------------------------------------------


def sign_in(daemon, username, password, remote=None):
    """None, or the error."""
    with daemon.client() as c:
        try:
            c.call("Session/authenticate", username=username, password=password, remote=remote)
        except RpcError as e:
            return e


def test_a_password_of_ones_own(client, daemon):
    t = make(client, "laptop", password="correct horse")
    assert t["secret"] is None and t["hasPassword"]
    assert sign_in(daemon, "laptop", "correct horse") is None
    assert sign_in(daemon, "laptop", "correct horsf").type == "forbidden"
    client.call("Token/set", update={t["id"]: {"password": "battery staple"}})
    assert sign_in(daemon, "laptop", "correct horse").type == "forbidden"
    assert sign_in(daemon, "laptop", "battery staple") is None
    s = make(client, "tablet")
    assert sign_in(daemon, "tablet", s["secret"]) is None and sign_in(daemon, "laptop", s["secret"]).type == "forbidden"
    r = client.call("Token/set", update={s["id"]: {"password": "battery staple"}})
    assert r["notUpdated"][s["id"]]["properties"] == ["password"]
    for p in daemon.profile.rglob("*"):
        assert not p.is_file() or b"battery staple" not in p.read_bytes(), p


def test_guessing_becomes_slow_and_stays_so(tmp_path):
    with Daemon(tmp_path / "p") as d, d.client() as c:
        make(c, "laptop", password="correct horse")
        assert sign_in(d, "laptop", "correct horse", "192.0.2.1") is None
        errors = [sign_in(d, "laptop", f"guess {i}", "198.51.100.9") for i in range(7)]
        assert [e.type for e in errors] == ["forbidden"] * 5 + ["limit"] * 2
        assert 0 < errors[-1].data["retryAfterMs"] <= 2000
        assert sign_in(d, "laptop", "correct horse", "198.51.100.9").type == "limit"  # not even the right one
        assert sign_in(d, "laptop", "correct horse", "192.0.2.1") is None           # who was here before is not held up
        assert [sign_in(d, "nobody", f"guess {i}", "198.51.100.9").type for i in range(6)] == ["forbidden"] * 5 + ["limit"]
        assert [sign_in(d, f"nobody {i}", "guess", "198.51.100.9").type for i in range(6)] == ["forbidden"] * 5 + ["limit"]  # by one name after the other
        assert sign_in(d, "nobody 6", "guess", "198.51.100.10").type == "forbidden"
        d.kill()
    with Daemon(tmp_path / "p") as d:
        assert sign_in(d, "laptop", "correct horse", "192.0.2.1") is None
        errors = [sign_in(d, "laptop", "guess", "198.51.100.9") for _ in range(2)]
        # The two seconds may be over before the first of them, or between them: it is let try once then, and the pause is longer.
        refused = [e for e in errors if e.type == "limit"]
        assert refused and refused[0].data["retryAfterMs"] > 0


def test_guessing_from_many_places_is_slow_too_and_the_owner_hears_of_it(tmp_path):
    with Daemon(tmp_path / "p") as d, d.client() as c:
        make(c, "laptop", password="correct horse")
        token = make(c, "phone")
        assert sign_in(d, "laptop", "correct horse", "192.0.2.1") is None
        types = [sign_in(d, "laptop", f"guess {i}", f"2001:db8:0:7::{i}" if i < 6 else f"198.51.100.{i}").type for i in range(12)]
        assert types.pop(5) == "limit"  # six addresses of one network are one place
        assert types[:10] == ["forbidden"] * 10 and types[-1] == "limit"
        assert sign_in(d, "laptop", "correct horse", "192.0.2.1") is None
        assert sign_in(d, "phone", token["secret"], "198.51.100.1") is None  # a secret is never held up
        [notice] = c.call("Account/get", ids=[LOCAL])["list"][0]["notices"]
        assert notice["type"] == "signInRefused" and '"laptop"' in notice["description"] and "198.51.100." in notice["description"]
        with signed_in(d, token) as s:
            assert s.call("Account/get", ids=[LOCAL])["list"][0]["notices"] == []


def test_many_at_once_from_one_place_are_let_in(client, daemon):
    make(client, "browser", password="correct horse")
    clients = [daemon.client() for _ in range(12)]
    for c in clients:
        c.send(c.request("Session/authenticate", {"username": "browser", "password": "correct horse", "remote": "192.0.2.1"}))
    assert all("result" in c.read() for c in clients)
    for c in clients:
        c.close()


# ---- shown out -----------------------------------------------------------------------------------------------------


def test_a_revoked_token_is_shown_out_at_once(client, daemon):
    t, other = make(client), make(client)
    there = [signed_in(daemon, t) for _ in range(3)]
    stays = signed_in(daemon, other)
    there[0].call("Push/subscribe", types=["Email"])
    assert client.call("Token/set", destroy=[t["id"]])["destroyed"] == [t["id"]]
    assert all(is_closed(c) for c in there)
    stays.call("Session/get")
    with daemon.client() as c:
        assert error_of(c, "Session/authenticate", token=t["secret"]).type == "forbidden"
    assert list(client.call("Token/set", destroy=[t["id"]])["notDestroyed"].values())[0]["type"] == "notFound"


def test_one_that_waits_is_shown_out(client, daemon):
    t = make(client, scopes=["admin"])
    c = signed_in(daemon, t)
    task = client.call("Store/rebuild")["taskId"]
    c.send(c.request("Task/get", {"ids": [task, "k99"], "waitMs": 60000}))
    client.call("Token/set", destroy=[t["id"]])
    assert is_closed(c)


def test_a_changed_token_comes_back_as_it_is_now(client, daemon):
    t = make(client, scopes=SCOPES)
    c = signed_in(daemon, t)
    client.call("Token/set", update={t["id"]: {"scopes": ["read"]}})
    assert is_closed(c)
    with signed_in(daemon, t) as c:
        assert error_of(c, "Core/status").type == "forbidden"


def test_a_token_that_expires(client, daemon):
    t = make(client, expiresAt=later(seconds=2))
    c = signed_in(daemon, t)
    c.call("Session/get")
    assert is_closed(c)
    with daemon.client() as c:
        assert error_of(c, "Session/authenticate", token=t["secret"]).type == "forbidden"


def test_nothing_comes_after_the_answer_to_a_revocation(client, daemon):
    """Who writes as fast as it can has written nothing once the revocation is answered."""
    for _ in range(5):
        t = make(client, scopes=["triage"])
        c = signed_in(daemon, t)
        calls = [c.request("Mailbox/set", {"accountId": LOCAL, "create": {"k": {"name": os.urandom(6).hex()}}}) for _ in range(200)]
        c.send(calls)
        for _ in range(20):
            c.send(c.request("Mailbox/set", {"accountId": LOCAL, "create": {"k": {"name": os.urandom(6).hex()}}}))
        client.call("Token/set", destroy=[t["id"]])
        state = client.call("Mailbox/get", ids=[])["state"]
        assert is_closed(c)
        assert client.call("Mailbox/get", ids=[])["state"] == state


def test_signing_in_while_it_is_revoked(client, daemon):
    """Either is first, and then the connection ends."""
    for _ in range(10):
        t = make(client)
        clients = [daemon.client() for _ in range(5)]
        for c in clients:
            c.send(c.request("Session/authenticate", {"token": t["secret"]}))
        client.call("Token/set", destroy=[t["id"]])
        for c in clients:
            try:
                answer = c.read()
            except ConnectionError:
                continue
            if "result" in answer:
                assert is_closed(c)
            else:
                assert answer["error"]["data"]["type"] == "forbidden"
            c.close()


# ---- tokens that make tokens ---------------------------------------------------------------------------------------


def test_a_token_gives_nobody_more_than_it_has(client, daemon):
    parent = make(client, "parent", ["read", "draft", "admin"], accountIds=[LOCAL], expiresAt=later(hours=1))
    make(client, "mighty", SCOPES)
    with signed_in(daemon, parent) as c:
        assert {t["name"] for t in c.call("Token/get")["list"]} == {"parent"}
        r = c.call("Token/set", create={"a": {"name": "a", "scopes": ["send"]}, "b": {"name": "b", "scopes": ["draft"], "expiresAt": later(hours=2)}, "c": {"name": "c", "scopes": ["draft"]}})
        assert {k: (e["type"], e["properties"]) for k, e in r["notCreated"].items()} == {"a": ("forbidden", ["scopes"]), "b": ("forbidden", ["expiresAt"])}
        child = r["created"]["c"]
        assert child["accountIds"] == [LOCAL] and child["expiresAt"] == parent["expiresAt"] and child["createdBy"] == parent["id"]
        mighty = [t["id"] for t in client.call("Token/get")["list"] if t["name"] == "mighty"]
        r = c.call("Token/set", update={mighty[0]: {"scopes": ["read"]}}, destroy=mighty)
        assert r["notUpdated"][mighty[0]]["type"] == "notFound" and r["notDestroyed"][mighty[0]]["type"] == "notFound"
        assert error_of(c, "Token/changes", sinceState="s0").type == "forbidden"
        grandchild = signed_in(daemon, child)
        assert client.call("Token/set", destroy=[parent["id"]])["destroyed"] == [parent["id"]]
        assert is_closed(grandchild) and is_closed(c)
    assert client.call("Token/get", ids=[child["id"]])["notFound"] == [child["id"]]


def test_a_token_does_not_live_on_in_another(client, daemon):
    """With a password that it gave to a token of somebody else it would outlive its own end."""
    other = make(client, "other", ["read"], password="first password")
    mine = make(client, "mine", ["triage", "admin"], expiresAt=later(hours=1))
    with signed_in(daemon, mine) as c:
        child = make(c, "child", ["read"], password="child password")
        for patch in ({"password": "second password"}, {"scopes": ["read", "triage", "admin"]}, {"expiresAt": None}, {"name": "renamed"}):
            r = c.call("Token/set", update={other["id"]: patch})
            assert r["notUpdated"][other["id"]]["type"] == "forbidden", patch
        r = c.call("Token/set", update={child["id"]: {"name": "child 2", "password": "second password", "scopes": ["triage"]}})
        assert r["updated"] == {child["id"]: None}
        with signed_in(daemon, make(c, "grand", ["admin"])) as g:
            grandchild = make(g, "grandchild", ["read"])
            assert g.call("Token/set", update={child["id"]: {"name": "x"}})["notUpdated"][child["id"]]["type"] in ("forbidden", "notFound")
        assert list(c.call("Token/set", update={grandchild["id"]: {"name": "x"}})["updated"]) == [grandchild["id"]]
        assert c.call("Token/set", destroy=[other["id"]])["destroyed"] == [other["id"]]
        assert list(c.call("Token/set", update={mine["id"]: {"name": "myself"}})["updated"]) == [mine["id"]]


def test_a_client_can_see_what_its_token_may(client, daemon):
    """So that it offers nothing that is refused: isReadOnly, mayCreateTopLevelMailbox, myRights (RFC 8620 section 2, RFC 8621 sections 1.3.1 and 2)."""
    def seen(*scopes):
        with signed_in(daemon, make(client, scopes=scopes)) as c:
            account = c.call("Session/get")["accounts"][LOCAL]
            box = c.call("Mailbox/get", accountId=LOCAL)["list"][0]
            return account["isReadOnly"], account["accountCapabilities"]["urn:ietf:params:jmap:mail"]["mayCreateTopLevelMailbox"], {k for k, v in box["myRights"].items() if v}

    reading, adding = {"mayReadItems"}, {"mayReadItems", "mayAddItems"}
    mine = client.call("Mailbox/get", accountId=LOCAL)["list"][0]["myRights"]
    assert seen("read") == (True, False, reading)
    assert seen("draft") == (False, False, adding)
    assert seen("send") == seen("admin") == (False, False, reading)
    assert seen("triage") == (False, True, {k for k, v in mine.items() if v})
    assert client.call("Session/get")["accounts"][LOCAL]["isReadOnly"] is False


def test_what_a_token_loses_those_that_it_made_lose_too(client, daemon):
    second = client.call("Account/set", create={"k": {"address": "a@example.org", "source": "pop3://a@127.0.0.1:1?tls=none"}})["created"]["k"]["id"]
    top = make(client, "top", ["triage", "send", "admin"])
    with signed_in(daemon, top) as c:
        middle = make(c, "middle", ["send", "admin"])
        few = make(c, "few", ["send"], accountIds=[LOCAL, second])
        with signed_in(daemon, middle) as m:
            low = make(m, "low", ["send"])
    held = signed_in(daemon, low)
    soon = later(days=1)
    client.call("Token/set", update={top["id"]: {"scopes": ["triage", "admin"], "accountIds": [LOCAL], "expiresAt": soon}})
    assert is_closed(held)  # it comes back with what it has now
    got = {t["name"]: t for t in client.call("Token/get")["list"]}
    assert got["middle"]["scopes"] == ["read", "admin"] and got["low"]["scopes"] == got["few"]["scopes"] == ["read"]
    assert all(t["accountIds"] == [LOCAL] and t["expiresAt"] == soon for t in got.values())
    client.call("Token/set", update={top["id"]: {"scopes": ["triage", "send", "admin"], "accountIds": None, "expiresAt": None}})
    assert {t["name"]: t for t in client.call("Token/get")["list"]}["low"] == got["low"]  # what it is given is its own
    client.call("Token/set", update={low["id"]: {"scopes": ["send"]}})  # as the owner likes
    client.call("Token/set", update={top["id"]: {"name": "still top"}})
    assert client.call("Token/get", ids=[low["id"]])["list"][0]["scopes"] == ["read", "send"]


def test_nothing_is_made_by_a_token_that_is_being_revoked(client, daemon):
    """A call that is under way while its token goes must not leave another token, or a push subscription, behind."""
    for i in range(6):
        t = make(client, scopes=["admin"])
        c = signed_in(daemon, t)
        made = [c.request("Token/set", {"create": {"k": {"name": f"{t['name']} {n}", "scopes": ["read"]}}}) for n in range(400)]
        if i % 2:
            made = [c.request("PushSubscription/set", {"create": {"k": {"deviceClientId": "d", "url": f"https://x{n}.invalid/"}}}) for n in range(25)]
        c.send_raw(b"".join(json.dumps(r).encode() + b"\n" for r in made))
        for _ in range(3):
            c.read()
        assert client.call("Token/set", destroy=[t["id"]])["destroyed"] == [t["id"]]
        assert client.call("Token/get")["list"] == []
        c.close()
    with sqlite3.connect(f"file:{daemon.profile}/facteur.db?mode=ro", uri=True) as db:
        assert db.execute("SELECT count(*) FROM push_subscription").fetchone() == (0,)


def test_one_that_revokes_itself_is_told_so(client, daemon):
    t = make(client, scopes=["admin"])
    c = signed_in(daemon, t)
    assert c.call("Token/set", destroy=[t["id"]])["destroyed"] == [t["id"]]
    assert is_closed(c)


def test_two_that_revoke_each_other(client, daemon):
    a, b = make(client, scopes=["admin"]), make(client, scopes=["admin"])
    ca, cb = signed_in(daemon, a), signed_in(daemon, b)
    ca.send(ca.request("Token/set", {"destroy": [b["id"]]}))
    with contextlib.suppress(BrokenPipeError):  # it was out already
        cb.send(cb.request("Token/set", {"destroy": [a["id"]]}))
    wait_until(lambda: len(client.call("Token/get")["list"]) == 1)  # whoever came first: the other one is nobody by then
    [left] = [t["id"] for t in client.call("Token/get")["list"]]
    winner, loser = (ca, cb) if left == a["id"] else (cb, ca)
    assert is_closed(loser)
    assert winner.read()["result"]["destroyed"] == [b["id"] if winner is ca else a["id"]]
    assert [t["id"] for t in winner.call("Token/get")["list"]] == [left]


# ---- pairing -------------------------------------------------------------------------------------------------------


def test_a_device_is_paired_by_a_code(client, daemon):
    asked = {"name": "new phone", "scopes": ["triage", "draft"], "accountIds": [LOCAL], "expiresAt": later(days=30)}
    invited = client.call("Token/invite", token=asked)
    code = invited["code"]
    assert len(code.split("-")) == 3 and later(seconds=280) < invited["expiresAt"] <= later(seconds=301)
    assert client.call("Token/get")["list"] == []
    with daemon.client() as front:
        typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
        t = front.call("Token/pair", code=typed)["token"]
        assert t["name"] == "new phone" and t["scopes"] == ["read", "triage", "draft"] and t["accountIds"] == [LOCAL] and t["expiresAt"] == asked["expiresAt"]
        assert error_of(front, "Token/pair", code=code).type == "forbidden"  # once
    with signed_in(daemon, t) as c:
        assert c.call("Session/get")["accounts"].keys() == {LOCAL}
    for bad in ({"name": "x", "scopes": []}, {"scopes": ["read"]}, {"name": "a\nb", "scopes": ["read"]}, {"name": "x", "scopes": ["read"], "password": "12345678"}, {"name": "x", "scopes": ["read"], "accountIds": ["a99"]}):
        assert error_of(client, "Token/invite", token=bad).type == "invalidArguments"
    assert error_of(client, "Token/invite", token=asked).type == "alreadyExists"


def test_a_code_gives_what_its_maker_has_while_it_has_it(client, daemon):
    maker = make(client, scopes=["admin"], accountIds=[LOCAL])
    with signed_in(daemon, maker) as c:
        assert error_of(c, "Token/invite", token={"name": "x", "scopes": ["send"]}).type == "forbidden"
        first, second = (c.call("Token/invite", token={"name": n, "scopes": ["read"]})["code"] for n in "ab")
        t = client.call("Token/pair", code=first)["token"]
        assert t["createdBy"] == maker["id"] and t["accountIds"] == [LOCAL]
    client.call("Token/set", destroy=[maker["id"]])
    assert error_of(client, "Token/pair", code=second).type == "forbidden"
    assert client.call("Token/get", ids=[t["id"]])["notFound"] == [t["id"]]


def test_a_code_gives_no_more_than_its_maker_has_by_then(client, daemon):
    maker = make(client, scopes=["send", "admin"])
    with signed_in(daemon, maker) as c:
        code = c.call("Token/invite", token={"name": "a", "scopes": ["send"]})["code"]
    client.call("Token/set", update={maker["id"]: {"scopes": ["admin"]}})
    assert error_of(client, "Token/pair", code=code).type == "forbidden"
    assert [t["id"] for t in client.call("Token/get")["list"]] == [maker["id"]]


def test_codes_are_not_tried_out(client, daemon):
    code = client.call("Token/invite", token={"name": "phone", "scopes": ["read"]})["code"]
    wrong = ["", "x", code[:-1], code + "A", "0000-0000-0000", "A" * 5000] + ["ZZZZ-ZZZZ-ZZZ%X" % i for i in range(4)]
    assert {error_of(client, "Token/pair", code=w).type for w in wrong} == {"forbidden"}
    e = error_of(client, "Token/pair", code=code)
    assert e.type == "limit" and 0 < e.data["retryAfterMs"] <= 2000
    time.sleep(e.data["retryAfterMs"] / 1000 + 0.01)
    assert client.call("Token/pair", code=code)["token"]["name"] == "phone"  # who has it waits, and comes in
    for i in range(16):
        client.call("Token/invite", token={"name": f"n{i}", "scopes": ["read"]})
    assert error_of(client, "Token/invite", token={"name": "one more", "scopes": ["read"]}).type == "limit"


def test_who_tries_codes_holds_up_the_same_place_alone(client):
    code = client.call("Token/invite", token={"name": "phone", "scopes": ["read"]})["code"]
    assert [error_of(client, "Token/pair", code="x", remote="192.0.2.1").type for _ in range(12)] == ["forbidden"] * 10 + ["limit"] * 2
    assert error_of(client, "Token/pair", code=code, remote="192.0.2.1").type == "limit"
    assert client.call("Token/pair", code=code, remote="192.0.2.2")["token"]["name"] == "phone"
    tried = [error_of(client, "Token/pair", code="x", remote=f"198.51.100.{i}") for i in range(200)]  # from everywhere: there is an end to that, too
    first = next(i for i, e in enumerate(tried) if e.type == "limit")
    assert first == 190 and {e.type for e in tried[:first]} == {"forbidden"} and 0 < tried[first].data["retryAfterMs"] <= 2000


def test_two_may_not_have_one_name_by_pairing(client):
    code = client.call("Token/invite", token={"name": "phone", "scopes": ["read"]})["code"]
    make(client, "phone")
    assert error_of(client, "Token/pair", code=code).type == "alreadyExists"


# ---- the audit log -------------------------------------------------------------------------------------------------


def audit(client, **asked):
    limit = asked.pop("limit", 100)
    return client.call("Token/audit", filter=asked, limit=limit)["list"]


def test_what_a_token_changed_is_written_down(client, daemon):
    t = make(client, "phone", SCOPES)
    c = signed_in(daemon, t, remote="192.0.2.7")
    box = c.call("Mailbox/set", accountId=LOCAL, create={"k": {"name": "a secret name"}})["created"]["k"]["id"]
    c.call("Mailbox/get")
    made = c.call("Email/set", accountId=LOCAL, create={"k": {"mailboxIds": {box: True}, "subject": "a secret subject"}})["created"]["k"]["id"]
    c.call("Email/set", accountId=LOCAL, update={made: {"keywords/secret": True}}, destroy=["e99"])
    c.call("Email/set", accountId=LOCAL, update={"nonsense here": {"keywords/x": True}})
    c.call("Undo/apply", accountId=LOCAL)
    child = c.call("Token/set", create={"k": {"name": "child", "scopes": ["read"], "password": "a secret password"}})["created"]["k"]["id"]
    with pytest.raises(RpcError):
        c.call("Mailbox/set", accountId="a99", create={})
    c.batch(("Mailbox/set", {"accountId": LOCAL, "create": {"b": {"name": "batch"}}}), ("Mailbox/set", {"accountId": LOCAL, "update": {"#b": {"name": "batch 2"}}}))
    client.call("Mailbox/set", accountId=LOCAL, create={"k": {"name": "by the owner"}})
    log = audit(client)
    refused = [e for e in log if e["outcome"] not in ("done", "notFound")]  # written a moment later: there is no change that it must not lag behind
    assert [(e["method"], e["accountId"], e["objectIds"], e["outcome"]) for e in refused] == [("Mailbox/set", "a99", [], "accountNotFound")]
    changes = [e for e in log if e not in refused]
    batch = changes[0]["objectIds"]
    undo = next(e for e in log if e["method"] == "Undo/apply")
    assert undo["outcome"] == "done" and made in undo["objectIds"]
    assert [(e["method"], e["accountId"], e["objectIds"], e["outcome"]) for e in reversed(changes) if e["method"] != "Undo/apply"] == [
        ("Mailbox/set", LOCAL, [box], "done"), ("Email/set", LOCAL, [made], "done"), ("Email/set", LOCAL, [made], "done"), ("Email/set", LOCAL, [], "notFound"),
        ("Token/set", None, [child], "done"), ("Mailbox/set", LOCAL, batch, "done"), ("Mailbox/set", LOCAL, batch, "done")]
    assert {(e["tokenId"], e["tokenName"], e["remote"]) for e in log} == {(t["id"], "phone", "192.0.2.7")}
    assert "secret" not in str(log) and t["secret"] not in str(log)
    assert [e["id"] for e in log] == sorted((e["id"] for e in log), key=lambda i: int(i[1:], 32), reverse=True)
    client.call("Token/set", destroy=[t["id"]])
    assert audit(client, tokenId=t["id"]) == log and audit(client, tokenId="o99") == [] and audit(client, accountId="a98") == []
    assert audit(client, since=later(hours=1)) == [] and audit(client, until=later(hours=1)) == log


def test_refusals_are_written_down_and_paged(client, daemon):
    t = make(client, "reader", ["read"])
    c = signed_in(daemon, t)
    for _ in range(5):
        with pytest.raises(RpcError):
            c.call("Email/set", accountId=LOCAL, destroy=["e1"])
    c.answer("Session/get")
    page = client.call("Token/audit", limit=2)
    assert page["hasMore"] and {e["outcome"] for e in page["list"]} == {"forbidden"}
    rest = client.call("Token/audit", before=page["list"][-1]["id"])
    assert not rest["hasMore"] and len(rest["list"]) == 3
    for wrong in ({"filter": {"tokenId": "x"}}, {"filter": {"accountId": "o1"}}, {"before": "e1"}, {"filter": {"since": "x"}}, {"filter": {"until": "x"}}, {"filter": {"x": 1}}, {"limit": 0}, {"limit": 1001}):
        assert error_of(client, "Token/audit", **wrong).type == "invalidArguments"
    assert error_of(c, "Token/audit").type == "forbidden"


def test_a_flood_of_refusals_does_not_push_out_the_changes(client, daemon):
    t, other = make(client, "flood", ["triage"]), make(client, "other", ["triage"])
    for one in (t, other):
        with signed_in(daemon, one) as c:
            c.call("Mailbox/set", accountId=LOCAL, create={"k": {"name": one["name"]}})
    with signed_in(daemon, t) as c:
        for _ in range(10):
            c.batch_answers(*[("Email/import", {"accountId": LOCAL, "emails": {}})] * 100)
    log = audit(client, limit=1000)
    done = [e for e in log if e["outcome"] == "done"]
    assert {e["tokenName"] for e in done} == {"flood", "other"} and 200 <= len(log) - len(done) < 300


def test_the_log_knows_of_what_was_done_before_a_kill(client, daemon):
    t = make(client, "phone", ["triage"])
    c = signed_in(daemon, t)
    box = c.call("Mailbox/set", accountId=LOCAL, create={"k": {"name": "x"}})["created"]["k"]["id"]
    c.call("Mailbox/set", accountId=LOCAL, update={box: {"name": "y"}})
    daemon.kill()
    daemon.start()
    with daemon.client() as again:
        log = audit(again)
        assert [e["method"] for e in log] == ["Mailbox/set"] * 2 and log[0]["objectIds"] == [box] and {e["outcome"] for e in log} <= {None, "done"}
