"""Quota/*: what a real Dovecot says of its quotas, and what the others have."""
import imaplib
import pathlib
import sys
import time

import pytest

from client import RpcError
from mail import LOCAL

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from dovecot import Dovecot  # noqa: E402

QUOTA = """
mail_plugins = quota
protocol imap {
  mail_plugins = quota imap_quota
}
plugin {
  quota = maildir:User quota
  quota_rule = *:storage=1M
  quota_rule2 = *:messages=50
}
"""
URI = "urn:ietf:params:jmap:quota"


def letter(i, size=100):
    return f"From: joe@example.net\r\nTo: alice@example.org\r\nSubject: {i}\r\nMessage-ID: <{i}@example.net>\r\n\r\n{'x' * size}\r\n".encode()


def append(dovecot, message):
    """As a server counts it: a file that appears in a Maildir is not."""
    with imaplib.IMAP4("127.0.0.1", dovecot.imap_port) as c:
        c.login("alice", dovecot.password)
        assert c.append("INBOX", None, None, message)[0] == "OK"


@pytest.fixture(scope="module")
def dovecot():
    if not Dovecot.is_there():
        pytest.skip("no Dovecot")
    with Dovecot(tls=False, compress=False, extra=QUOTA) as d:
        yield d


def ask_again(client, account, n=[0]):
    """The server is asked once in 15 minutes, and by an account that begins anew."""
    n[0] += 1
    client.call("Account/set", update={account: {"name": f"Alice {n[0]}"}})
    task = client.call("Account/sync", accountIds=[account])["taskId"]
    [t] = client.call("Task/get", ids=[task], waitMs=20000)["list"]
    assert t["result"]["accounts"][0]["ok"], t


def quotas(client, account, n=2, timeout=10, **more):
    end = time.monotonic() + timeout
    while len(q := client.call("Quota/get", accountId=account, **more)["list"]) != n:
        assert time.monotonic() < end, q
        time.sleep(0.02)
    return {x["resourceType"]: x for x in q}


def test_a_server_tells_how_much_room_there_is(client, dovecot):
    dovecot.deliver("alice", letter(1))
    client.call("Push/subscribe", types=["Quota"])
    account = client.call("Account/set", create={"k": {"address": "alice@example.org", "source": f"imap://alice@127.0.0.1:{dovecot.imap_port}?tls=none", "name": "Alice",
                                                       "password": dovecot.password}})["created"]["k"]["id"]
    q = quotas(client, account)
    size = len(letter(1))
    assert q["octets"] == {"id": q["octets"]["id"], "accountId": account, "resourceType": "octets", "used": 1024 * ((size + 1023) // 1024), "hardLimit": 1 << 20, "scope": "account",
                           "name": "User quota", "types": ["Email"], "warnLimit": None, "softLimit": None, "description": None}
    assert (q["count"]["used"], q["count"]["hardLimit"], q["count"]["types"]) == (1, 50, ["Email"])
    state = client.call("Quota/get", accountId=account, ids=[])["state"]
    assert client.notification("StateChange")["changed"][account]["Quota"] == state
    assert client.call("Quota/get", accountId="*", ids=[q["count"]["id"], "q99"], properties=["used"]) == {
        "accountId": "*", "state": state, "list": [{"id": q["count"]["id"], "used": 1}], "notFound": ["q99"]}
    s = client.call("Session/get")
    assert s["capabilities"][URI] == {} and s["accounts"][account]["accountCapabilities"][URI] == {}

    # it changes when mail comes, and that is told
    query = client.call("Quota/query", accountId=account, sort=[{"property": "used", "isAscending": False}])
    assert query["ids"] == [q["octets"]["id"], q["count"]["id"]] and query["queryState"] == state
    ask_again(client, account)      # nothing changed: no state does
    assert client.call("Quota/get", accountId=account, ids=[])["state"] == state
    append(dovecot, letter(2, 5000))
    ask_again(client, account)
    end = time.monotonic() + 10
    while (c := client.call("Quota/changes", accountId=account, sinceState=state))["newState"] == state:
        assert time.monotonic() < end
        time.sleep(0.02)
    assert sorted(c["updated"]) == sorted(x["id"] for x in q.values()) and c["updatedProperties"] == ["used"] and not c["created"] + c["destroyed"]
    assert client.call("Quota/changes", accountId=account, sinceState="s0")["updatedProperties"] is None
    assert client.notification("StateChange")["changed"][account]["Quota"] == c["newState"]
    d = client.call("Quota/queryChanges", accountId=account, sinceQueryState=state, sort=[{"property": "used", "isAscending": False}], calculateTotal=True)
    assert sorted(d["removed"]) == sorted(c["updated"]) and d["total"] == 2 and [a["index"] for a in d["added"]] == [0, 1]
    with pytest.raises(RpcError) as e:
        client.call("Quota/queryChanges", accountId=account, sinceQueryState=state, maxChanges=1)
    assert e.value.type == "tooManyChanges"
    with pytest.raises(RpcError) as e:
        client.call("Quota/changes", accountId=account, sinceState=state, maxChanges=1)
    assert e.value.type == "cannotCalculateChanges"
    assert quotas(client, account)["count"]["used"] == 2

    # filters and sorts
    def found(*conditions, sort=None):
        f = conditions[0] if len(conditions) == 1 else {"operator": "AND", "conditions": list(conditions)}
        return client.call("Quota/query", accountId=account, filter=f, sort=sort, calculateTotal=True)["total"]
    assert found({"name": "quota"}) == 2 and found({"name": "other"}) == 0 and found({"type": "Email"}) == 2 and found({"type": "Calendar"}) == 0
    assert found({"scope": "account"}, {"resourceType": "count"}) == 1 and found({"operator": "NOT", "conditions": [{"scope": "domain"}]}, sort=[{"property": "name"}]) == 2
    assert client.call("Quota/query", accountId=account, anchor=q["count"]["id"], limit=1)["ids"] == [q["count"]["id"]]

    # and goes with the account
    client.call("Account/set", destroy=[account])
    assert client.call("Quota/get", accountId="*")["list"] == []


def test_accounts_without_a_server_have_none(client):
    r = client.call("Quota/get", accountId=LOCAL)
    assert r["list"] == [] and client.call("Quota/query", accountId=LOCAL)["ids"] == []
    c = client.call("Quota/changes", accountId=LOCAL, sinceState=r["state"])
    assert c["newState"] == r["state"] and not c["hasMoreChanges"]


BAD = [("Quota/get", {"properties": ["colour"]}, "invalidArguments"), ("Quota/get", {"ids": [f"q{i}" for i in range(1001)]}, "requestTooLarge"),
       ("Quota/changes", {"sinceState": "x"}, "cannotCalculateChanges"), ("Quota/query", {"filter": {"colour": "red"}}, "unsupportedFilter"),
       ("Quota/query", {"filter": {"name": 7}}, "invalidArguments"), ("Quota/query", {"filter": {"operator": "XOR", "conditions": []}}, "invalidArguments"),
       ("Quota/query", {"sort": [{"property": "colour"}]}, "unsupportedSort"), ("Quota/query", {"anchor": "q99"}, "anchorNotFound"),
       ("Quota/queryChanges", {"sinceQueryState": "x"}, "cannotCalculateChanges"), ("Quota/queryChanges", {"sinceQueryState": "s0", "sort": [{"property": "colour"}]}, "unsupportedSort"),
       ("Quota/queryChanges", {"sinceQueryState": "s0", "filter": {"colour": "red"}}, "unsupportedFilter")]


@pytest.mark.parametrize("method, args, type", BAD, ids=range(len(BAD)))
def test_what_cannot_be_asked_is_said(client, method, args, type):
    with pytest.raises(RpcError) as e:
        client.call(method, accountId=LOCAL, **args)
    assert e.value.type == type


def test_who_sees_one_account_sees_its_quotas_and_blobs_alone(client, daemon, dovecot):
    """And a session, a vacation and identities of that account only."""
    source = f"imap://alice@127.0.0.1:{dovecot.imap_port}?tls=none"
    append(dovecot, letter(3))
    seen = client.call("Account/set", create={"k": {"address": "s@example.org", "source": "imap://s@127.0.0.1:1?tls=none", "isEnabled": False}})["created"]["k"]["id"]
    hidden = client.call("Account/set", create={"k": {"address": "alice@example.org", "source": source, "password": dovecot.password}})["created"]["k"]["id"]
    q = quotas(client, hidden)
    email = client.call("Email/query", accountId=hidden)["ids"][0]
    blob = client.call("Email/get", accountId=hidden, ids=[email], properties=["blobId"])["list"][0]["blobId"]
    token = client.call("Token/set", create={"t": {"name": "phone", "scopes": ["read", "send"], "accountIds": [seen]}})["created"]["t"]["secret"]
    with daemon.client() as c:
        c.call("Session/authenticate", token=token)
        assert c.call("Quota/get", accountId="*") == {"accountId": "*", "state": c.call("Quota/get", accountId=seen)["state"], "list": [], "notFound": []}
        assert c.call("Quota/get", accountId="*", ids=[q["count"]["id"]])["notFound"] == [q["count"]["id"]] and c.call("Quota/query", accountId="*")["ids"] == []
        assert c.call("Blob/lookup", accountId="*", typeNames=["Email"], ids=[blob])["list"] == [{"id": blob, "matchedIds": {"Email": []}}]
        assert [i["accountId"] for i in c.call("Identity/get", accountId="*")["list"]] == [seen]
        s = c.call("Session/get")
        assert list(s["accounts"]) == [seen] and set(s["primaryAccounts"].values()) == {seen} and s["state"] != client.call("Session/get")["state"]
        for method in ("VacationResponse/get", "VacationResponse/set", "Quota/get"):
            with pytest.raises(RpcError) as e:
                c.call(method, accountId=hidden)
            assert e.value.type == "accountNotFound"
        assert c.call("VacationResponse/set", accountId=seen, update={"singleton": {"isEnabled": True}})["updated"] == {"singleton": None}
    reader = client.call("Token/set", create={"t": {"name": "reader", "scopes": ["read"], "accountIds": [seen]}})["created"]["t"]["secret"]
    with daemon.client() as c:
        c.call("Session/authenticate", token=reader)
        with pytest.raises(RpcError) as e:
            c.call("VacationResponse/set", accountId=seen, update={"singleton": {"isEnabled": True}})
        assert e.value.type == "forbidden"
