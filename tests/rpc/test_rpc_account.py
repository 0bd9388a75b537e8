"""Account/*, Task/*, Plugin/get, Session/get, Core/*."""
import json
import sqlite3
import time

import pytest

from client import Daemon, RpcError
from mail import LOCAL

SECRET = "hunter2-äö-secret"


def imap(port=1, **more):
    return {"address": "jane@example.org", "source": f"imap://jane@127.0.0.1:{port}?tls=none", "isEnabled": False, **more}


def create(client, **more):
    r = client.call("Account/set", create={"k": imap(**more)})
    assert r["created"], r
    return r["created"]["k"]["id"]


def test_the_local_account_is_always_there(client):
    r = client.call("Account/get")
    [a] = r["list"]
    assert a["id"] == LOCAL and a["isLocal"] and a["source"] == "local:" and a["capabilities"] == {"mayMoveEmails": True, "mayChangeMailboxes": True, "mayImport": True}
    r = client.call("Account/set", destroy=[LOCAL])
    assert r["destroyed"] is None and r["notDestroyed"][LOCAL]["type"] == "singleton"
    r = client.call("Account/set", update={LOCAL: {"name": "Here"}})
    assert r["updated"] == {LOCAL: None} and client.call("Account/get", ids=[LOCAL], properties=["name"])["list"] == [{"id": LOCAL, "name": "Here"}]
    r = client.call("Account/set", update={LOCAL: {"source": "imap://x@y.example"}})
    assert r["notUpdated"][LOCAL]["properties"] == ["source"]


def test_an_account_is_created_changed_and_removed(client):
    state = client.call("Account/get")["state"]
    id = create(client, name="Work", password=SECRET, settings={"user": "jane"}, sortOrder=3)
    a = client.call("Account/get", ids=[id, "a99"])
    assert a["notFound"] == ["a99"]
    a = a["list"][0]
    assert a["name"] == "Work" and a["settings"] == {"user": "jane"} and not a["isEnabled"] and a["syncState"]["phase"] == "disabled" and a["sortOrder"] == 3
    assert a["capabilities"] == {"mayMoveEmails": True, "mayChangeMailboxes": True, "mayImport": True}
    r = client.call("Account/set", update={id: {"name": "Play", "settings/user": "joan", "transport": "smtps://joan@smtp.example.org"}})
    assert r["updated"] == {id: None}, r
    a = client.call("Account/get", ids=[id])["list"][0]
    assert a["name"] == "Play" and a["settings"] == {"user": "joan"} and a["transport"] == "smtps://joan@smtp.example.org"
    changes = client.call("Account/changes", sinceState=state)
    assert changes["created"] == [id]
    assert client.call("Account/set", destroy=[id])["destroyed"] == [id]
    assert client.call("Account/get")["list"][0]["id"] == LOCAL
    assert id in client.call("Account/changes", sinceState=changes["newState"])["destroyed"]


def test_notices_are_told_and_dismissed(daemon, client):
    id = create(client)
    daemon.stop()
    with sqlite3.connect(daemon.profile / "facteur.db") as db:
        for text in ("one", "two"):
            db.execute("INSERT INTO notice (account_id, at, type, mailbox_id, text, server) VALUES (?, 1700000000, 'mailboxNotCreated', 9, ?, 'NO [NOPERM] no')", (int(id[1:], 32), text))
    with Daemon(daemon.profile) as again, again.client() as c:
        get = lambda: c.call("Account/get", ids=[id], properties=["notices"])["list"][0]["notices"]  # noqa: E731
        one, two = get()
        assert one == {"id": one["id"], "at": "2023-11-14T22:13:20Z", "type": "mailboxNotCreated", "description": "one", "server": "NO [NOPERM] no", "mailboxId": "m9", "emailId": None}
        state = c.call("Account/get", ids=[])["state"]
        for bad in ({"notices/" + one["id"]: {}}, {"notices/x": None}, {"notices": []}):
            assert id in c.call("Account/set", update={id: bad})["notUpdated"], bad
        assert c.call("Account/set", update={id: {"notices/" + one["id"]: None, "name": "Play"}})["updated"] == {id: None}
        assert get() == [two] and c.call("Account/get", ids=[id])["list"][0]["name"] == "Play"
        assert c.call("Account/changes", sinceState=state)["updated"] == [id]
        r = c.call("Account/set", update={id: {"notices/" + one["id"]: None}})  # another client was faster
        assert r["updated"] == {id: None} and r["oldState"] == r["newState"]


def test_an_update_that_changes_nothing_is_no_news(client):
    id = create(client, name="Work", settings={"user": "jane"})
    state = client.call("Account/get", ids=[])["state"]
    for patch in ({}, {"name": "Work"}, {"settings/user": "jane", "isEnabled": False}):
        r = client.call("Account/set", update={id: patch, LOCAL: {}})
        assert r["updated"] == {id: None, LOCAL: None} and r["oldState"] == r["newState"] == state, patch
    assert client.call("Account/set", update={id: {"password": SECRET}})["newState"] != state


def test_a_password_is_never_seen_again(daemon, client):
    id = create(client, password=SECRET)
    client.call("Account/set", update={id: {"password": SECRET + "2"}})
    with pytest.raises(RpcError):
        client.call("Account/check", accountId=id, account={"password": SECRET + "3"})
    seen = json.dumps(client.call("Account/get"), ensure_ascii=False)
    daemon.stop()
    for path in daemon.profile.rglob("*"):
        if path.is_file() and path.name != "secrets":
            assert SECRET.encode() not in path.read_bytes(), path
    assert SECRET not in seen and SECRET not in daemon.errors
    assert (daemon.profile / "secrets").stat().st_mode & 0o777 == 0o600


BAD = [({}, "source"), (imap(source="gopher://x@y.example"), "source"), (imap(source="imap://u:pw@h.example"), "source"), (imap(address="nobody"), "address"), (imap(name="x" * 300), "name"),
       (imap(settings=[]), "settings"), (imap(settings={"pollSeconds": "often"}), "settings"), (imap(settings={"timeoutSeconds": 0}), "settings"),
       (imap(settings={"keep": "none"}), "settings"), (imap(settings={"keep": {"bodies": {"days": 0}}}), "settings"),
       (imap(settings={"nosuch": 1}), "settings"), (imap(settings={"auth": "trust me"}), "settings"), (imap(settings={"user": ""}), "settings"), (imap(isEnabled="yes"), "isEnabled"), (imap(sortOrder=-1), "sortOrder"), (imap(password=7), "password"), (imap(password="x" * 5000), "password"),
       (imap(id="a7"), "id"), (imap(nope=1), "nope"), (imap(syncState={}), "syncState")]


@pytest.mark.parametrize("account,property", BAD, ids=[f"{i}-{p}" for i, (_, p) in enumerate(BAD)])
def test_a_bad_account_is_refused_by_property(client, account, property):
    r = client.call("Account/set", create={"k": account})
    assert r["created"] is None and r["notCreated"]["k"]["type"] == "invalidProperties", r
    assert r["notCreated"]["k"].get("properties") == [property], r
    assert len(client.call("Account/get")["list"]) == 1


def test_settings_say_what_they_may_be(client):
    good = {"user": "jane", "auth": "plain", "compress": "never", "pollSeconds": 60, "timeoutSeconds": 5, "connectTimeoutSeconds": 5,
            "keep": {"bodies": {"days": 30}, "maxBytes": None}}
    assert client.call("Account/set", create={"k": imap(settings=good, isEnabled=False)})["created"]["k"]["id"]
    r = client.call("Account/set", create={"k": imap(settings={"auth": "trust me"})})
    assert "auth must be one of: auto, scram-sha-256" in r["notCreated"]["k"]["description"]
    with pytest.raises(RpcError) as e:
        client.call("Account/check", account=imap(settings={"nosuch": 1}))
    assert "there is no nosuch; there are: user, caFile, pollSeconds" in e.value.data["description"]


def test_sets_of_accounts_tell_each_failure(client):
    id = create(client)
    r = client.call("Account/set", update={id: {"name": "x"}, "a99": {"name": "x"}, "?": {}}, destroy=[id, "a98"])
    assert r["notUpdated"][id]["type"] == "willDestroy" and r["notUpdated"]["a99"]["type"] == "notFound" and r["notUpdated"]["?"]["type"] == "notFound"
    assert r["destroyed"] == [id] and r["notDestroyed"]["a98"]["type"] == "notFound"
    with pytest.raises(RpcError) as e:
        client.call("Account/set", ifInState="s0", destroy=[])
    assert e.value.type == "stateMismatch"
    r = client.call("Account/set", update={LOCAL: {"settings/a/b": 1}})
    assert r["notUpdated"][LOCAL]["type"] == "invalidPatch"


def test_accounts_are_found(client):
    a, b = create(client, name="Beta", sortOrder=2), create(client, name="Alpha", sortOrder=1, address="x@example.com")
    q = lambda **p: client.call("Account/query", **p)["ids"]  # noqa: E731
    assert q(filter={"isLocal": True}) == [LOCAL] and q(filter={"isEnabled": False, "text": "example"}) == [b, a]
    assert q(sort=[{"property": "name", "isAscending": False}]) == [LOCAL, a, b]
    assert q(filter={"text": "EXAMPLE.COM"}) == [b] and q(limit=1, position=1, sort=[{"property": "address"}]) == [a]
    with pytest.raises(RpcError) as e:
        q(sort=[{"property": "size"}])
    assert e.value.type == "unsupportedSort"
    with pytest.raises(RpcError) as e:
        q(anchor="a77")
    assert e.value.type == "anchorNotFound"
    for since in ("x", "s9999"):
        with pytest.raises(RpcError) as e:
            client.call("Account/changes", sinceState=since)
        assert e.value.type == "cannotCalculateChanges"


def test_a_check_says_what_is_wrong(client):
    with pytest.raises(RpcError) as e:
        client.call("Account/check", account=imap(port=1, password="x"))
    assert e.value.type == "network" and "127.0.0.1:1" in e.value.data["description"] and e.value.data["retry"] in ("later", "now")
    assert e.value.data["requiresUserAction"] is False
    id = create(client, password="x")
    with pytest.raises(RpcError) as e:
        client.call("Account/check", accountId=id)
    assert e.value.type == "network" and e.value.data["accountId"] == id
    for params, type in [({}, "invalidArguments"), ({"accountId": "a99"}, "accountNotFound"), ({"account": {"source": 7}}, "invalidArguments"), ({"accountId": id, "account": {"nope": 1}}, "invalidArguments")]:
        with pytest.raises(RpcError) as e:
            client.call("Account/check", **params)
        assert e.value.type == type, params


def test_a_sync_that_fails_is_told_by_its_task_and_by_the_account(client):
    id = create(client, isEnabled=True, password="x")
    task = client.call("Account/sync", accountIds=[id])["taskId"]
    t = client.call("Task/get", ids=[task, "k999", "x"], waitMs=20000)
    assert t["notFound"] == ["k999", "x"]
    t = t["list"][0]
    assert t["kind"] == "sync" and t["state"] in ("done", "failed") and t["endedAt"]
    end = time.monotonic() + 10
    while client.call("Account/get", ids=[id])["list"][0]["syncState"]["lastError"] is None and time.monotonic() < end:
        time.sleep(0.05)
    assert client.call("Account/get", ids=[id])["list"][0]["syncState"]["lastError"]["type"] == "network"
    assert task in [x["id"] for x in client.call("Task/get")["list"]]
    assert client.call("Task/cancel", id=task)["task"]["id"] == task
    for params, type in [({"accountIds": ["a99"]}, "accountNotFound"), ({"accountIds": ["x"]}, "accountNotFound"), ({"accountIds": []}, "invalidArguments")]:
        with pytest.raises(RpcError) as e:
            client.call("Account/sync", **params)
        assert e.value.type == type, params
    with pytest.raises(RpcError) as e:
        client.call("Task/cancel", id="k999")
    assert e.value.type == "notFound"


def test_mail_goes_into_mailboxes_of_its_account_only(client):
    id = create(client)
    r = client.call("Email/import", accountId=id, emails={"k": {"blobId": client.call("Blob/upload", create={"b": {"data": [{"data:asText": "x"}]}})["created"]["b"]["id"], "mailboxIds": {"m1": True}}})
    assert r["notCreated"]["k"]["type"] == "invalidProperties"


def test_the_session_tells_limits_and_accounts(client):
    s = client.call("Session/get")
    core = s["capabilities"]["urn:ietf:params:jmap:core"]
    assert core["maxSizeRequest"] == 10 << 20 and core["maxObjectsInGet"] >= 500 and core["maxCallsInRequest"] >= 16
    assert s["accounts"][LOCAL]["name"] == "On this computer" and s["primaryAccounts"]["urn:ietf:params:jmap:mail"] == LOCAL
    assert "receivedAt" in s["accounts"][LOCAL]["accountCapabilities"]["urn:ietf:params:jmap:mail"]["emailQuerySortOptions"]
    before = s["state"]
    server = create(client)
    after = client.call("Session/get")
    assert after["state"] != before
    may = {id: a["accountCapabilities"]["urn:ietf:params:jmap:mail"]["mayCreateTopLevelMailbox"] for id, a in after["accounts"].items()}
    assert may == {LOCAL: True, server: True}


def test_the_session_is_what_rfc_8620_and_the_others_ask_for(client):
    s = client.call("Session/get")
    assert set(s) == {"capabilities", "accounts", "primaryAccounts", "username", "state"}
    assert set(s["capabilities"]["urn:ietf:params:jmap:core"]) >= {
        "maxSizeUpload", "maxConcurrentUpload", "maxSizeRequest", "maxConcurrentRequests", "maxCallsInRequest", "maxObjectsInGet", "maxObjectsInSet", "collationAlgorithms"}
    served = set(s["capabilities"]) - {"urn:ietf:params:jmap:core", "urn:ietf:params:jmap:webpush-vapid"}
    assert served >= {"urn:facteur:core"} | {f"urn:ietf:params:jmap:{c}" for c in ("mail", "submission", "vacationresponse", "mdn", "blob", "quota")}
    assert all(s["capabilities"][c] == {} for c in served - {"urn:facteur:core", "urn:ietf:params:jmap:webpush-vapid"})
    for a in s["accounts"].values():
        assert set(a) == {"name", "isPersonal", "isReadOnly", "accountCapabilities"} and set(a["accountCapabilities"]) == served
        of = {c.rpartition(":")[2]: v for c, v in a["accountCapabilities"].items()}
        assert set(of["mail"]) == {"maxMailboxesPerEmail", "maxMailboxDepth", "maxSizeMailboxName", "maxSizeAttachmentsPerEmail", "emailQuerySortOptions", "mayCreateTopLevelMailbox"}
        assert of["mail"]["maxSizeMailboxName"] >= 100 and of["mdn"] == {}
        assert of["submission"]["maxDelayedSend"] > 0 and all(isinstance(v, list) for v in of["submission"]["submissionExtensions"].values())
        assert set(of["blob"]) == {"maxSizeBlobSet", "maxDataSources", "supportedTypeNames", "supportedDigestAlgorithms"} and of["blob"]["maxDataSources"] >= 64
    assert set(s["primaryAccounts"]) == served and set(s["primaryAccounts"].values()) <= set(s["accounts"])


def test_the_state_of_the_session_changes_with_what_it_says_and_not_otherwise(client):
    def state():
        return client.call("Session/get")["state"]
    before = state()
    id = create(client)
    made = state()
    client.call("Account/set", update={id: {"settings": {"pollSeconds": 1234}}})
    assert state() == made != before, "the session says nothing of settings"
    client.call("Account/set", update={id: {"name": "of another name"}})
    assert state() not in (before, made)
    client.call("Account/set", destroy=[id])
    assert state() == before


def test_plugins_are_listed(client):
    r = client.call("Plugin/get", ids=None)
    assert "imap" in [p["id"] for p in r["list"]]
    r = client.call("Plugin/get", ids=["imap", "nope"])
    assert [p["id"] for p in r["list"]] == ["imap"] and r["notFound"] == ["nope"]
    assert r["list"][0]["schemes"] == ["imap", "imaps"] and r["list"][0]["state"] == "loaded"


def test_echo_status_and_discovery(reader, document):
    assert reader.call("Core/echo", a=[1, {"b": None}], c="ü") == {"a": [1, {"b": None}], "c": "ü"}
    s = reader.call("Core/status")
    assert s["residentBytes"] > 0 and s["store"]["databaseBytes"] > 0 and any(f["name"] == "facteurd" for f in s["fibers"])
    assert reader.call("rpc.discover") == document


def test_core_stop_answers_and_ends_the_daemon(tmp_path):
    with Daemon(tmp_path / "p") as d, d.client() as c:
        assert c.call("Core/stop")["pid"] == d.process.pid
        assert c.read_line(timeout=10) is None
        assert d.process.wait(10) == 0
        assert not d.socket.exists()
