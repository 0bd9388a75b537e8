"""Mailbox/set in an account with a server that is not reached: shown at once, waiting."""
import pathlib
import subprocess
import time

import pytest

from client import Daemon

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def account(client):
    r = client.call("Account/set", create={"k": {"address": "jane@example.org", "source": "imap://jane@127.0.0.1:1?tls=none", "isEnabled": False}})
    return r["created"]["k"]["id"]


def boxes(client, account):
    return {m["name"]: m for m in client.call("Mailbox/get", accountId=account)["list"]}


def waiting(client, account):
    return client.call("Account/get", ids=[account], properties=["pendingChanges"])["list"][0]["pendingChanges"]


def test_a_tree_is_made_changed_and_destroyed_before_the_server_hears_of_it(client, account):
    state = client.call("Mailbox/get", accountId=account, ids=[])["state"]
    r = client.call("Mailbox/set", accountId=account, create={
        "b": {"name": "Below", "parentId": "#t", "isSubscribed": False}, "t": {"name": "Top", "role": "archive"}})
    assert r["notCreated"] is None, r
    top, below = r["created"]["t"], r["created"]["b"]
    assert top["myRights"]["mayRename"] and top["myRights"]["mayDelete"] and top["myRights"]["mayCreateChild"] and top["myRights"]["mayAddItems"]
    assert boxes(client, account)["Below"]["parentId"] == top["id"] and waiting(client, account) == 2
    assert set(client.call("Mailbox/changes", accountId=account, sinceState=state)["created"]) == {top["id"], below["id"]}
    r = client.call("Mailbox/set", accountId=account, update={below["id"]: {"name": "Be\u0301low", "parentId": None}})
    assert r["updated"] == {below["id"]: {"name": "B\u00e9low"}}, r
    assert client.call("Mailbox/set", accountId=account, update={top["id"]: {"parentId": top["id"]}})["notUpdated"][top["id"]]["type"] == "invalidProperties"
    assert client.call("Mailbox/set", accountId=account, update={top["id"]: {"name": "inbox"}})["notUpdated"][top["id"]]["type"] == "alreadyExists"
    r = client.call("Mailbox/set", accountId=account, destroy=[below["id"], top["id"], "m999"])
    assert set(r["destroyed"]) == {below["id"], top["id"]} and r["notDestroyed"]["m999"]["type"] == "notFound"
    assert boxes(client, account) == {} and waiting(client, account) == 0


def test_what_waits_is_still_there_after_a_restart(daemon, client, account):
    client.call("Mailbox/set", accountId=account, create={"t": {"name": "Top"}})
    daemon.kill()
    with Daemon(daemon.profile) as again, again.client() as c:
        assert list(boxes(c, account)) == ["Top"] and waiting(c, account) == 1


def test_a_mailbox_that_holds_mail_is_destroyed_with_it_only_if_asked(client, account):
    box = client.call("Mailbox/set", accountId=account, create={"t": {"name": "Top"}})["created"]["t"]["id"]
    blob = client.call("Blob/upload", create={"b": {"data": [{"data:asText": "Subject: x\r\n\r\nx\r\n"}]}})["created"]["b"]["id"]
    r = client.call("Email/import", accountId=account, emails={"k": {"blobId": blob, "mailboxIds": {box: True}}})
    assert r["notCreated"] is None, r
    assert client.call("Mailbox/set", accountId=account, destroy=[box])["notDestroyed"][box]["type"] == "mailboxHasEmail"
    assert client.call("Mailbox/set", accountId=account, destroy=[box], onDestroyRemoveEmails=True)["destroyed"] == [box]
    assert client.call("Email/query", accountId=account)["ids"] == [] and waiting(client, account) == 0


def test_a_large_mailbox_is_destroyed_in_pieces(client, account):
    box = client.call("Mailbox/set", accountId=account, create={"t": {"name": "Top"}})["created"]["t"]["id"]
    n = 1100
    for at in range(0, n, 100):
        blobs = client.call("Blob/upload", create={f"b{i}": {"data": [{"data:asText": f"Subject: {at + i}\r\n\r\nx\r\n"}]} for i in range(100)})["created"]
        r = client.call("Email/import", accountId=account, emails={k: {"blobId": b["id"], "mailboxIds": {box: True}} for k, b in blobs.items()})
        assert r["notCreated"] is None, r
    assert boxes(client, account)["Top"]["totalEmails"] == n == waiting(client, account) - 1
    assert client.call("Mailbox/set", accountId=account, destroy=[box], onDestroyRemoveEmails=True)["destroyed"] == [box]
    assert client.call("Email/query", accountId=account, calculateTotal=True)["total"] == 0 == waiting(client, account)


def test_a_source_whose_mailboxes_stay_as_they_are(tmp_path):
    (tmp_path / "plugins").mkdir()
    subprocess.run(["cc", "-shared", "-fPIC", f"-I{ROOT}/api/include", f"{ROOT}/plugins/template/plugin.c", "-o", tmp_path / "plugins" / "welcome.so"], check=True)
    with Daemon(tmp_path / "profile", "--plugins", tmp_path / "plugins") as daemon, daemon.client() as c:
        r = c.call("Account/set", create={"k": {"address": "jane@example.org", "source": "welcome://somewhere"}})
        account = r["created"]["k"]["id"]
        until = time.monotonic() + 20
        while not c.call("Mailbox/get", accountId=account)["list"] and time.monotonic() < until:
            time.sleep(0.05)
        [a] = c.call("Account/get", ids=[account], properties=["capabilities"])["list"]
        assert a["capabilities"] == {"mayMoveEmails": False, "mayChangeMailboxes": False, "mayImport": False}
        assert c.call("Session/get")["accounts"][account]["accountCapabilities"]["urn:ietf:params:jmap:mail"]["mayCreateTopLevelMailbox"] is False
        [inbox] = c.call("Mailbox/get", accountId=account)["list"]
        r = c.call("Mailbox/set", accountId=account, create={"t": {"name": "Top"}}, update={inbox["id"]: {"isSubscribed": not inbox["isSubscribed"]}},
                   destroy=[])
        assert r["notCreated"]["t"]["type"] == r["notUpdated"][inbox["id"]]["type"] == "forbidden"
        rights = inbox["myRights"]
        assert rights.pop("mayReadItems") and not any(rights.values()), rights
        until = time.monotonic() + 20
        while not (ids := c.call("Email/query", accountId=account)["ids"]) and time.monotonic() < until:
            time.sleep(0.05)
        blob = c.call("Blob/upload", create={"b": {"data": [{"data:asText": "Subject: x\r\n\r\nx\r\n"}]}})["created"]["b"]["id"]
        into = {"mailboxIds": {inbox["id"]: True}}
        r = c.call("Email/set", accountId=account, create={"k": into}, update={ids[0]: {"keywords/$seen": True}}, destroy=ids[:1])
        assert r["notCreated"]["k"]["type"] == r["notDestroyed"][ids[0]]["type"] == "forbidden"
        assert c.call("Email/set", accountId=account, update={ids[0]: {"keywords/$seen": True}})["notUpdated"][ids[0]]["type"] == "forbidden"
        assert c.call("Email/import", accountId=account, emails={"k": {"blobId": blob, **into}})["notCreated"]["k"]["type"] == "forbidden"
        assert c.call("Email/snooze", accountId=account, ids=ids[:1], until="2090-01-01T00:00:00Z")["notUpdated"][ids[0]]["type"] == "forbidden"
        local = c.call("Mailbox/query", accountId="a1", filter={"role": "inbox"})["ids"][0]
        r = c.call("Email/copy", fromAccountId=account, accountId="a1", create={"k": {"id": ids[0], "mailboxIds": {local: True}}}, onSuccessDestroyOriginal=True)
        assert r["created"]["k"]["id"] and r["implicit"][0][1]["notDestroyed"][ids[0]]["type"] == "forbidden"
        r = c.call("Email/copy", fromAccountId="a1", accountId=account, create={"k": {"id": r["created"]["k"]["id"], **into}})
        assert r["notCreated"]["k"]["type"] == "forbidden"
        assert c.call("Mailbox/set", accountId=account, update={inbox["id"]: {"sortOrder": 3}})["notUpdated"] is None
        assert waiting(c, account) == 0
