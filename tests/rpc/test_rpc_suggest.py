"""Address/suggest: completion while an address is typed."""
import pytest

from client import RpcError
from mail import LOCAL, import_all, mailbox, message


def suggest(client, **params):
    return [s["email"] for s in client.call("Address/suggest", **params)["list"]]


def test_who_is_here_is_suggested(client):
    import_all(client, [message(sender="Zoë Ångström <zoe@x.example>", to="me@y.example", id="a@x"), message(sender="Zoë Ångström <zoe@x.example>", id="b@x", date="Fri, 31 Oct 2014 14:12:00 +0800")])
    [found] = client.call("Address/suggest", text="zoe ang")["list"]
    assert found["name"] == "Zoë Ångström" and found["email"] == "zoe@x.example"
    assert found["sent"] == 0 and found["received"] == 2 and 0 < found["score"] < 1
    assert found["lastAt"] > "2014"
    assert suggest(client, accountId=LOCAL, text="x.ex") == ["zoe@x.example"]
    assert suggest(client, text="zoe", exclude=["ZOE@x.example"]) == []
    assert suggest(client, text="oe") == suggest(client, text="@") == []
    assert suggest(client) == ["zoe@x.example"]


def test_spam_is_not(client):
    [id] = import_all(client, [message(sender="Spammer <spam@x.example>", id="a@x")])
    assert suggest(client, text="spam")
    client.call("Email/set", accountId=LOCAL, update={id: {"keywords/$junk": True}})
    assert suggest(client, text="spam") == []


def test_one_is_suggested_once_and_the_likeliest_first(client):
    import_all(client, [message(sender=f"P{i % 7} <p{i % 7}@x.example>", id=f"{i}@x") for i in range(20)])
    account = client.call("Account/set", create={"k": {"address": "jane@example.org", "source": "pop3://127.0.0.1:1?tls=none", "isEnabled": False}})["created"]["k"]["id"]
    sent = mailbox(client, "sent", account)
    blob = client.call("Blob/upload", accountId=account, create={"b": {"data": [{"data:asText": message(sender="jane@example.org", to="P6 <p6@x.example>", id="s@x").decode()}]}})["created"]["b"]["id"]
    client.call("Email/import", accountId=account, emails={"k": {"blobId": blob, "mailboxIds": {sent: True}}})

    found = client.call("Address/suggest", text="p", limit=50)["list"]

    assert [f["email"] for f in found][0] == "p6@x.example" and len(found) == 7
    assert (found[0]["sent"], found[0]["received"]) == (1, 2)
    assert len(suggest(client, text="p", limit=3)) == 3
    assert suggest(client, accountId=account, text="p") == ["p6@x.example"]


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 51}, {"text": "x" * 257}, {"exclude": ["a@b"] * 201}, {"exclude": [1]}, {"text": None}])
def test_arguments_are_checked(client, params):
    with pytest.raises(RpcError) as e:
        client.call("Address/suggest", **params)
    assert e.value.type == "invalidArguments"
