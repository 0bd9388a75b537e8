"""Mailbox/set where the end is valid and the steps are not (RFC 8620 section 5.3): names, roles and places that are exchanged; in
an account of this computer, and in one whose server is told of the difference only."""
import pytest

from mail import LOCAL


@pytest.fixture(params=["local", "imap"])
def account(client, request):
    if request.param == "local":
        return LOCAL
    r = client.call("Account/set", create={"k": {"address": "jane@example.org", "source": "imap://jane@127.0.0.1:1?tls=none", "isEnabled": False}})
    return r["created"]["k"]["id"]


def make(client, account, **boxes):
    r = client.call("Mailbox/set", accountId=account, create={k: {"name": k, **v} for k, v in boxes.items()})
    assert r["notCreated"] is None, r
    return {k: m["id"] for k, m in r["created"].items()}


def shown(client, account):
    list_ = client.call("Mailbox/get", accountId=account)["list"]
    names = {m["id"]: m["name"] for m in list_}
    return {m["id"]: (m["name"], names.get(m["parentId"]), m["role"]) for m in list_ if m["role"] in (None, "important")}


def good(r):
    assert r["notCreated"] is None and r["notUpdated"] is None and r["notDestroyed"] is None, r
    return r


def waiting(client, account):
    return client.call("Account/get", ids=[account], properties=["pendingChanges"])["list"][0]["pendingChanges"]


def test_names_are_exchanged(client, account):
    ids = make(client, account, A={}, B={}, C={})
    r = good(client.call("Mailbox/set", accountId=account, update={ids["A"]: {"name": "B"}, ids["B"]: {"name": "C"}, ids["C"]: {"name": "A", "sortOrder": 7}}))
    assert r["updated"] == {ids["A"]: None, ids["B"]: None, ids["C"]: None}
    assert shown(client, account) == {ids["A"]: ("B", None, None), ids["B"]: ("C", None, None), ids["C"]: ("A", None, None)}
    if account != LOCAL:
        assert waiting(client, account) == 3  # to be made, whatever they were called meanwhile


def test_a_parent_and_its_child_change_places(client, account):
    ids = make(client, account, A={}, B={"parentId": "#A"}, C={"parentId": "#B"})
    good(client.call("Mailbox/set", accountId=account, update={ids["A"]: {"parentId": ids["B"]}, ids["B"]: {"parentId": None}}))
    assert shown(client, account) == {ids["A"]: ("A", "B", None), ids["B"]: ("B", None, None), ids["C"]: ("C", "B", None)}


def test_a_role_is_handed_on_in_any_order(client, account):
    ids = make(client, account, A={"role": "important"}, B={})
    good(client.call("Mailbox/set", accountId=account, update={ids["B"]: {"role": "important"}, ids["A"]: {"role": None}}))
    assert shown(client, account) == {ids["A"]: ("A", None, None), ids["B"]: ("B", None, "important")}
    r = good(client.call("Mailbox/set", accountId=account, create={"N": {"name": "B", "role": "important"}}, destroy=[ids["B"]]))
    assert r["destroyed"] == [ids["B"]]
    assert shown(client, account) == {ids["A"]: ("A", None, None), r["created"]["N"]["id"]: ("B", None, "important")}


def test_a_new_mailbox_takes_the_name_and_the_child_of_one_that_goes(client, account):
    ids = make(client, account, A={}, B={"parentId": "#A"})
    r = good(client.call("Mailbox/set", accountId=account, create={"N": {"name": "A"}}, update={ids["B"]: {"parentId": "#N"}}, destroy=[ids["A"]]))
    new = r["created"]["N"]["id"]
    assert shown(client, account) == {new: ("A", None, None), ids["B"]: ("B", "A", None)}
    got = client.batch(("Mailbox/set", {"accountId": account, "create": {"M": {"name": "B", "parentId": new}}, "destroy": [ids["B"]]}),
                       ("Mailbox/get", {"accountId": account, "ids": ["#M"], "properties": ["parentId"]}))
    assert got[1]["list"] == [{"id": got[0]["created"]["M"]["id"], "parentId": new}]


def test_what_is_not_valid_in_the_end_is_judged_one_by_one(client, account):
    ids = make(client, account, A={}, B={}, C={})
    before = shown(client, account)
    state = client.call("Mailbox/get", accountId=account, ids=[])["state"]
    # a cycle: one of the two
    r = client.call("Mailbox/set", accountId=account, update={ids["A"]: {"parentId": ids["B"]}, ids["B"]: {"parentId": ids["A"]}})
    assert list(r["updated"]) == [ids["A"]] and r["notUpdated"][ids["B"]]["properties"] == ["parentId"]
    assert shown(client, account) == {**before, ids["A"]: ("A", "B", None)}
    client.call("Mailbox/set", accountId=account, update={ids["A"]: {"parentId": None}})
    # the names would do, but something else is wrong
    r = client.call("Mailbox/set", accountId=account, update={ids["A"]: {"name": "B"}, ids["B"]: {"name": "A"}, "m999": {"name": "x"}}, create={"N": {"name": "C"}, "M": {"name": "D"}})
    assert {k: v["type"] for k, v in r["notUpdated"].items()} == {ids["A"]: "alreadyExists", ids["B"]: "alreadyExists", "m999": "notFound"}
    assert list(r["created"]) == ["M"] and r["notCreated"]["N"]["type"] == "alreadyExists" and r["updated"] is None
    assert shown(client, account) == {**before, r["created"]["M"]["id"]: ("D", None, None)}
    changes = client.call("Mailbox/changes", accountId=account, sinceState=state)
    assert changes["created"] == [r["created"]["M"]["id"]] and set(changes["updated"]) <= {ids["A"], ids["B"]} and changes["destroyed"] == []
    # with mail in it, it does not go
    parent = make(client, account, P={}, Q={"parentId": "#P"})
    r = client.call("Mailbox/set", accountId=account, destroy=[parent["P"], ids["A"]])
    assert r["destroyed"] == [ids["A"]] and r["notDestroyed"][parent["P"]]["type"] == "mailboxHasChild"
