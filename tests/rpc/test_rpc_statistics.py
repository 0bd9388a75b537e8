"""Email/statistics: mail counted, for plots."""
import pytest

from client import RpcError
from mail import LOCAL, mailbox, message


def put(client, role, at, sender="John <john@x.example>", id=None, keywords=None, account=LOCAL, body="b\r\n"):
    raw = message(sender=sender, id=id or f"{role}{at}@x", body=body)
    blob = client.call("Blob/upload", accountId=account, create={"b": {"data": [{"data:asText": raw.decode()}]}})["created"]["b"]["id"]
    made = client.call("Email/import", accountId=account, emails={"k": {"blobId": blob, "mailboxIds": {mailbox(client, role, account): True}, "receivedAt": at, "keywords": keywords or {}}})
    return made["created"]["k"]["id"], len(raw)


@pytest.fixture
def mails(client):
    return sum(size for _, size in (
        put(client, "inbox", "2024-03-30T23:30:00Z"), put(client, "inbox", "2024-03-31T00:30:00Z", keywords={"$seen": True}),
        put(client, "inbox", "2024-04-02T10:00:00Z", sender="Ann <ann@x.example>"), put(client, "sent", "2024-04-02T11:00:00Z"),
        put(client, "junk", "2024-04-02T12:00:00Z", sender="Spam <spam@x.example>"), put(client, "drafts", "2024-04-02T13:00:00Z", keywords={"$draft": True})))


def test_everything_is_counted(client, mails):
    r = client.call("Email/statistics")

    assert r["total"] == {"messages": 6, "received": 3, "sent": 1, "spam": 1, "drafts": 1, "unread": 4, "bytes": mails}
    assert [(u["start"], u["counts"]["messages"]) for u in r["units"]] == [("2024-03-30", 1), ("2024-03-31", 1), ("2024-04-02", 4)] and not r["hasOlderUnits"]
    assert r["hours"]["received"][5][23] == r["hours"]["received"][6][0] == r["hours"]["received"][1][10] == 1 and r["hours"]["sent"][1][11] == 1
    assert sum(map(sum, r["hours"]["received"])) == 3 and sum(map(sum, r["hours"]["sent"])) == 1
    assert [(s["email"], s["name"], s["messages"], s["unread"], s["lastAt"]) for s in r["senders"]] == [
        ("john@x.example", "John", 2, 1, "2024-03-31T00:30:00Z"), ("ann@x.example", "Ann", 1, 1, "2024-04-02T10:00:00Z")] and r["allSenders"] == 2
    assert {m["mailboxId"]: m["counts"]["messages"] for m in r["mailboxes"]} == {mailbox(client, k): n for k, n in {"inbox": 3, "sent": 1, "junk": 1, "drafts": 1}.items()}
    assert [(a["accountId"], a["counts"]["messages"]) for a in r["accounts"]] == [(LOCAL, 6)]
    assert [s["counts"]["messages"] for s in r["sizes"]] == [6, 0, 0, 0, 0, 0] and r["sizes"][-1]["below"] is None
    assert r["storage"]["databaseBytes"] > 0 and r["storage"]["messageBytes"] > 0
    assert r["state"] == client.call("Email/get", accountId="*", ids=[])["state"]


def test_days_begin_where_one_is(client, mails):
    def starts(**more):
        return [u["start"] for u in client.call("Email/statistics", groups=["units"], **more)["units"]]
    assert starts(timeZone="Europe/Paris") == ["2024-03-31", "2024-04-02"]
    assert starts(timeZone="-01:00") == ["2024-03-30", "2024-04-02"]
    assert starts(unit="week") == ["2024-03-25", "2024-04-01"]
    assert starts(unit="month") == ["2024-03-01", "2024-04-01"] and starts(unit="year") == ["2024-01-01"]


def test_what_is_not_asked_for_is_not_told(client, mails):
    assert set(client.call("Email/statistics", groups=[])) == {"accountId", "state", "timeZone", "unit", "total"}
    assert "sizes" in client.call("Email/statistics", groups=["sizes"])
    assert len(client.call("Email/statistics", groups=["senders"], limit=1)["senders"]) == 1


def test_a_part_is_counted_as_query_finds_it(client, mails):
    def n(**more):
        return client.call("Email/statistics", groups=[], **more)["total"]["messages"]
    assert n(after="2024-04-02T10:00:00Z") == 4 and n(before="2024-04-02T10:00:00Z") == 2 and n(after="2024-03-31T00:30:00Z", before="2024-04-02T11:00:00Z") == 2
    assert n(query="from:john is:unread") == 3 and n(query="") == 6 and n(filter={"inMailbox": mailbox(client, "inbox")}) == 3
    assert n(filter={"from": "john"}, after="2024-04-01T00:00:00Z") == client.call("Email/query", filter={"from": "john", "after": "2024-04-01T00:00:00Z"}, calculateTotal=True)["total"]
    assert n(before="1969-01-01T00:00:00Z") == 0 and n(after="1969-01-01T00:00:00Z") == 6


def test_it_follows_what_is_done(client, mails):
    [id] = client.call("Email/query", filter={"from": "ann"})["ids"]
    client.call("Email/set", accountId=LOCAL, update={id: {"mailboxIds": {mailbox(client, "junk"): True}}})
    assert client.call("Email/statistics", groups=[])["total"]["spam"] == 2
    client.call("Email/set", accountId=LOCAL, destroy=[id])
    r = client.call("Email/statistics")
    assert r["total"]["messages"] == 5 and [s["email"] for s in r["senders"]] == ["john@x.example"]


@pytest.mark.parametrize("params,name", [({"timeZone": "Mars/Base"}, "timeZone"), ({"after": "yesterday"}, "after"), ({"before": "2024-01-01"}, "before"), ({"unit": "hour"}, "unit"),
                                         ({"groups": ["cats"]}, "groups"), ({"limit": 0}, "limit"), ({"limit": 101}, "limit"), ({"query": "a", "filter": {}}, "query"), ({"query": "(a"}, "query")])
def test_arguments_are_checked(client, params, name):
    with pytest.raises(RpcError) as e:
        client.call("Email/statistics", **params)
    assert e.value.type == "invalidArguments" and e.value.data["properties"] == [name]


def test_a_filter_that_is_not_known(client):
    with pytest.raises(RpcError) as e:
        client.call("Email/statistics", filter={"nope": 1})
    assert e.value.type == "unsupportedFilter"
