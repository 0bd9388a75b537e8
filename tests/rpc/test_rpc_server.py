"""An account with a real server behind it: what the API says of it, and what cannot be done there yet."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from dovecot import Dovecot  # noqa: E402

from client import RpcError  # noqa: E402
from mail import message  # noqa: E402


@pytest.fixture(scope="module")
def dovecot():
    with Dovecot() as d:
        for i in range(5):
            d.deliver("alice", message(f"served {i}", id=f"{i}@server"))
        yield d


@pytest.fixture
def account(client, dovecot):
    source = f"imap://alice@{dovecot.host}:{dovecot.imap_port}?tls=none"
    r = client.call("Account/set", create={"k": {"address": "alice@example.org", "name": "Alice", "source": source, "password": "pass"}})
    id = r["created"]["k"]["id"]
    task = client.call("Account/sync", accountIds=[id])["taskId"]
    [t] = client.call("Task/get", ids=[task], waitMs=30000)["list"]
    assert t["state"] == "done", t
    return id


def test_a_check_says_what_it_found(client, account, dovecot):
    found = client.call("Account/check", accountId=account)["result"]
    assert found["mailboxes"] >= 1 and found["inboxMessages"] >= 5 and "INBOX" in found["mailboxNames"]
    with pytest.raises(RpcError) as e:
        client.call("Account/check", accountId=account, account={"password": "wrong"})
    assert e.value.type == "auth" and e.value.data["requiresUserAction"] and e.value.data["accountId"] == account and "wrong" not in str(e.value.error)


def test_a_synchronised_account_is_served(client, account):
    r = client.call("Email/query", accountId=account, calculateTotal=True)
    assert r["total"] == 5
    a = client.call("Account/get", ids=[account])["list"][0]
    assert a["syncState"]["lastError"] is None and a["syncState"]["lastSyncAt"] and a["pendingChanges"] == 0 and not a["isLocal"]
    both = client.call("Email/get", ids=[r["ids"][0]])["list"][0]
    assert both["accountId"] == account and both["subject"].startswith("served")
    assert client.call("Email/get", accountId="a1", ids=[r["ids"][0]])["notFound"] == [r["ids"][0]]
    rights = client.call("Mailbox/get", accountId=account, properties=["myRights", "role"])["list"]
    assert all(m["myRights"]["maySetSeen"] and m["myRights"]["mayAddItems"] for m in rights if m["role"] == "inbox")


def test_emails_are_changed_and_mailboxes_not_yet(client, account):
    id = client.call("Email/query", accountId=account)["ids"][0]
    r = client.call("Email/set", accountId=account, update={id: {"keywords/$flagged": True}})
    assert r["updated"] == {id: None}
    box = client.call("Mailbox/get", accountId=account)["list"][0]["id"]
    r = client.call("Email/set", accountId=account, update={id: {"mailboxIds": {box: True, "m1": True}}}, destroy=["e1"])
    assert r["notUpdated"][id]["type"] == "invalidProperties" and r["notDestroyed"]["e1"]["type"] == "notFound"
    assert client.call("Email/set", accountId="a1", destroy=[id])["notDestroyed"][id]["type"] == "notFound"
    assert client.call("Email/set", accountId=account, destroy=[id])["destroyed"] == [id]
    assert client.call("Email/query", accountId=account, calculateTotal=True)["total"] == 4
    assert client.call("Mailbox/set", accountId=account, update={box: {"name": "Other"}})["notUpdated"][box]["type"] == "forbidden"
    assert client.call("Mailbox/set", accountId="a1", update={box: {"name": "Other"}}, destroy=[box])["notUpdated"][box]["type"] in ("willDestroy", "notFound")


def test_removing_the_account_removes_its_mail_here(client, account):
    assert client.call("Account/set", destroy=[account])["destroyed"] == [account]
    assert client.call("Email/query")["ids"] == []
    with pytest.raises(RpcError) as e:
        client.call("Email/query", accountId=account)
    assert e.value.type == "accountNotFound"
