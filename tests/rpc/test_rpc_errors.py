"""Errors that many methods share, method by method."""
import pytest

from client import RpcError
from mail import LOCAL

BLOB = "b" + "0" * 64
# what each method needs beside accountId
NEEDS = {"Thread/get": {"ids": []}, "Email/import": {"emails": {}}, "Blob/upload": {"create": {}}, "SearchSnippet/get": {"emailIds": []}, "Email/parse": {"blobIds": []},
         "Blob/get": {"ids": []}, "Blob/open": {"blobId": BLOB}, "Search/parse": {"query": ""}}


def needs(name):
    if name.endswith("/changes"):
        return {"sinceState": "s0"}
    if name.endswith("/queryChanges"):
        return {"sinceQueryState": "s0"}
    return NEEDS.get(name, {})


def error_of(client, method, **params):
    with pytest.raises(RpcError) as e:
        client.call(method, **params)
    return e.value


def test_an_account_that_does_not_exist_is_told_by_every_method(reader, document):
    asked = 0
    for m in document["methods"]:
        if any(p["name"] == "accountId" for p in m["params"]) and m["name"] != "Account/check":
            for account in ("a99", "nonsense", "#k", "m1"):
                assert error_of(reader, m["name"], accountId=account, **needs(m["name"])).type == "accountNotFound", m["name"]
            asked += 1
    assert asked >= 19


def test_writing_needs_one_account(reader):
    for method, params in (("Email/set", {}), ("Mailbox/set", {}), ("Email/import", {"emails": {}})):
        assert error_of(reader, method, accountId="*", **params).type == "accountNotFound"
        assert error_of(reader, method, **params).type == "invalidArguments"


def test_states_that_are_none_of_ours(reader, document):
    for m in (m["name"] for m in document["methods"]):
        for state in ("", "x", "s", "s01", "s-1", "s99999999", "S1"):
            if m.endswith("/changes"):
                assert error_of(reader, m, sinceState=state).type == "cannotCalculateChanges", (m, state)
            if m.endswith("/queryChanges"):
                assert error_of(reader, m, sinceQueryState=state).type == "cannotCalculateChanges", (m, state)


def test_filters_and_sorts_that_are_not_known(reader):
    for m in ("Email/query", "Mailbox/query", "Email/queryChanges", "Mailbox/queryChanges", "SearchSnippet/get"):
        for bad in ({"nope": 1}, {"operator": "AND", "conditions": [{"operator": "NOT", "conditions": [{"nope": 1}]}]}):
            assert error_of(reader, m, filter=bad, **needs(m)).type == "unsupportedFilter", m
        if m != "SearchSnippet/get":
            assert error_of(reader, m, sort=[{"property": "nope"}], **needs(m)).type == "unsupportedSort", m
            assert error_of(reader, m, sort=[{"property": "name"}] * 17, **needs(m)).type == "invalidArguments", m


def test_sets_that_are_too_large(reader):
    many = {str(i): {} for i in range(600)}
    for m, account in (("Email/set", {"accountId": LOCAL}), ("Mailbox/set", {"accountId": LOCAL}), ("Account/set", {})):
        assert error_of(reader, m, create=many, update=many, **account).type == "requestTooLarge"
        assert error_of(reader, m, destroy=["e1"] * 1001, **account).type == "requestTooLarge"
    assert error_of(reader, "Account/get", ids=["a1"] * 1001).type == "requestTooLarge"
    assert error_of(reader, "Blob/upload", create={str(i): {} for i in range(1001)}).type == "requestTooLarge"
    assert error_of(reader, "Email/import", accountId=LOCAL, emails={str(i): {} for i in range(1001)}).type == "requestTooLarge"


def test_state_mismatch(reader):
    for m, params in (("Email/set", {"accountId": LOCAL}), ("Mailbox/set", {"accountId": LOCAL}), ("Email/import", {"accountId": LOCAL, "emails": {}}), ("Account/set", {})):
        for state in ("s99", "x", ""):
            assert error_of(reader, m, ifInState=state, **params).type == "stateMismatch", m


def test_errors_of_the_network(reader):
    account = {"address": "a@example.org", "source": "imap://a@nowhere.invalid?tls=none", "password": "x"}
    e = error_of(reader, "Account/check", account=account)
    assert e.type == "dns" and "nowhere.invalid" in e.data["description"]
