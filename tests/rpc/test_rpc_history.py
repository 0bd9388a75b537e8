"""Email/history: where an Email came from, and who moved it."""
import pytest

from client import RpcError
from mail import LOCAL, import_all, mailbox, message


def history(client, *ids, **more):
    r = client.call("Email/history", ids=list(ids), **more)
    return {h["id"]: h for h in r["list"]}, r["notFound"]


def test_what_a_client_did_is_told_with_its_name(client):
    [id] = import_all(client, [message(id="a@x")])
    inbox, trash = mailbox(client, "inbox"), mailbox(client, "trash")
    client.call("Email/set", accountId=LOCAL, update={id: {"mailboxIds": {trash: True}}})
    client.call("Email/set", accountId=LOCAL, update={id: {"keywords/$flagged": True}})

    found, missing = history(client, id, "e1", "nonsense")

    assert missing == ["e1", "nonsense"]
    h = found[id]
    assert h["accountId"] == LOCAL and not h["isDestroyed"]
    told = [(e["type"], e["mailboxId"], e["mailboxName"], e["actor"]["kind"]) for e in h["events"]]
    assert told == [("placed", inbox, "Inbox", "client"), ("left", inbox, "Inbox", "client"), ("placed", trash, "Trash", "client")], told
    assert "python" in h["events"][2]["actor"]["name"] or "pytest" in h["events"][2]["actor"]["name"], h["events"][2]
    assert all(e["uid"] is None and e["at"] for e in h["events"])


def test_a_destroyed_email_and_a_mailbox_that_is_gone_are_remembered(daemon, client):
    box = client.call("Mailbox/set", accountId=LOCAL, create={"k": {"name": "Old"}})["created"]["k"]["id"]
    [id] = import_all(client, [message(id="a@x")])
    client.call("Email/set", accountId=LOCAL, update={id: {"mailboxIds": {box: True}}})
    client.call("Mailbox/set", accountId=LOCAL, destroy=[box], onDestroyRemoveEmails=True)

    [h] = history(client, id)[0].values()

    assert h["isDestroyed"]
    last = h["events"][-1]
    assert (last["type"], last["mailboxId"], last["actor"]["kind"]) == ("destroyed", None, "client")
    assert [e["mailboxName"] for e in h["events"] if e["mailboxId"] == box] == [None, None]
    assert history(client, id, accountId=LOCAL)[0]


def test_another_account_does_not_see_it(client):
    [id] = import_all(client, [message(id="a@x")])
    other = client.call("Account/set", create={"k": {"address": "jane@example.org", "source": "imap://127.0.0.1:1?tls=none", "isEnabled": False}})["created"]["k"]["id"]
    assert history(client, id, accountId=other) == ({}, [id])
    with pytest.raises(RpcError) as e:
        history(client, id, accountId="a99")
    assert e.value.type == "accountNotFound"
