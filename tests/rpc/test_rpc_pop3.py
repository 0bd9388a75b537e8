"""An account whose mail is picked up, through the socket: what it says of itself, what can be done in it."""
import pathlib
import sys
import time

import pytest

from client import RpcError

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from bad_pop3 import BadPop3  # noqa: E402


def letter(i):
    return (f"Received: from a by b; Tue, 2 Jan 2024 12:00:0{i} +0100\r\nFrom: Jane <jane@example.org>\r\nSubject: Letter {i}\r\n"
            f"Message-ID: <{i}@pop3.example>\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\n\r\nThe body of number {i}.\r\n").encode()


@pytest.fixture
def server():
    with BadPop3() as s:
        s.deliver(*(letter(i) for i in range(3)))
        yield s


def wait_for_sync(client, account):
    task = client.call("Account/sync", accountIds=[account])["taskId"]
    deadline = time.monotonic() + 20
    while client.call("Task/get", ids=[task])["list"][0]["state"] == "running":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return client.call("Task/get", ids=[task])["list"][0]["result"]["accounts"][0]


def test_an_account_whose_mail_is_picked_up(client, server):
    found = client.call("Account/check", account={"address": "alice@example.org", "source": server.url, "password": "pass"})["result"]
    assert found["inboxMessages"] == 3 and found["mailboxes"] == 1 and not found["push"]

    settings = {"leaveOnServer": {"messages": 1}, "deleteOnServer": False}
    account = client.call("Account/set", create={"k": {"address": "alice@example.org", "source": server.url, "password": "pass",
                                                       "settings": settings}})["created"]["k"]["id"]
    assert wait_for_sync(client, account)["ok"]
    shown = client.call("Account/get", ids=[account])["list"][0]
    assert shown["settings"] == settings and not shown["isLocal"] and shown["pendingChanges"] == 0
    assert shown["capabilities"] == {**shown["capabilities"], "mayMoveEmails": True, "mayChangeMailboxes": True, "mayImport": True}
    assert [m.data for m in server.messages] == [letter(2)]

    boxes = {m["role"]: m["id"] for m in client.call("Mailbox/get", accountId=account)["list"]}
    assert set(boxes) == {"inbox", "drafts", "sent", "archive", "junk", "trash"}
    ids = client.call("Email/query", accountId=account, filter={"inMailbox": boxes["inbox"]}, sort=[{"property": "receivedAt"}])["ids"]
    emails = client.call("Email/get", accountId=account, ids=ids, properties=["subject", "receivedAt", "keywords", "size"])["list"]
    assert [(e["subject"], e["receivedAt"], e["keywords"], e["size"]) for e in emails] == [
        (f"Letter {i}", f"2024-01-02T11:00:0{i}Z", {}, len(letter(i))) for i in range(3)]

    client.call("Email/set", accountId=account, update={ids[0]: {"keywords/$seen": True, "mailboxIds": {boxes["archive"]: True}}}, destroy=[ids[1]])
    assert client.call("Email/history", accountId=account, ids=[ids[0]])["list"]
    wait_for_sync(client, account)
    left = client.call("Email/get", accountId=account, ids=ids, properties=["mailboxIds", "keywords"])
    assert left["notFound"] == [ids[1]] and len(server.messages) == 1
    assert {e["id"]: list(e["mailboxIds"]) for e in left["list"]} == {ids[0]: [boxes["archive"]], ids[2]: [boxes["inbox"]]}
    with pytest.raises(RpcError):
        client.call("Account/check", account={"address": "alice@example.org", "source": "pop3s://127.0.0.1:1", "password": "pass"})["result"]
    client.call("Account/set", destroy=[account])
