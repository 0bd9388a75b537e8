"""Mailbox/*."""
import pytest

from client import RpcError, ref
from mail import LOCAL, get, import_all, mailbox, message


def create(client, **boxes):
    r = client.call("Mailbox/set", accountId=LOCAL, create=boxes)
    assert r["notCreated"] is None, r
    return {k: v["id"] for k, v in r["created"].items()}


def boxes_of(client):
    return {m["name"]: m for m in client.call("Mailbox/get", accountId=LOCAL)["list"]}


def test_a_new_profile_has_the_usual_mailboxes(client):
    roles = {m["role"]: m["name"] for m in client.call("Mailbox/get")["list"]}
    assert roles == {"inbox": "Inbox", "drafts": "Drafts", "sent": "Sent", "archive": "Archive", "junk": "Junk", "trash": "Trash"}


def test_counters_follow_the_mail(client):
    ids = import_all(client, [message("a", id="1@x"), message("b", id="2@x")])
    state = client.call("Mailbox/get", ids=[])["state"]
    client.call("Email/set", accountId=LOCAL, update={ids[0]: {"keywords/$seen": True}})
    box = boxes_of(client)["Inbox"]
    assert (box["totalEmails"], box["unreadEmails"], box["totalThreads"], box["unreadThreads"]) == (2, 1, 2, 1)
    changes, boxes = client.batch(("Mailbox/changes", {"accountId": LOCAL, "sinceState": state}),
                                  ("Mailbox/get", {"accountId": LOCAL, "#ids": ref(0, "Mailbox/changes", "/updated"), "#properties": ref(0, "Mailbox/changes", "/updatedProperties")}))
    assert changes["updatedProperties"] == ["totalEmails", "unreadEmails", "totalThreads", "unreadThreads"]
    assert boxes["list"] == [{"id": box["id"], "totalEmails": 2, "unreadEmails": 1, "totalThreads": 2, "unreadThreads": 1}]


def test_a_tree_of_mailboxes_is_made_in_one_call(client):
    ids = create(client, leaf={"name": "Leaf", "parentId": "#mid"}, mid={"name": "Mid", "parentId": "#top", "sortOrder": 3}, top={"name": "Top", "isSubscribed": False})
    m = boxes_of(client)
    assert m["Leaf"]["parentId"] == ids["mid"] and m["Mid"]["parentId"] == ids["top"] and m["Top"]["parentId"] is None
    assert m["Mid"]["sortOrder"] == 3 and m["Top"]["isSubscribed"] is False
    q = client.call("Mailbox/query", accountId=LOCAL, sortAsTree=True, sort=[{"property": "name", "isAscending": False}])["ids"]
    assert q.index(ids["top"]) < q.index(ids["mid"]) < q.index(ids["leaf"])
    assert q.index(ids["leaf"]) - q.index(ids["top"]) == 2
    flt = {"operator": "OR", "conditions": [{"name": "leaf"}, {"name": "TOP"}]}
    assert client.call("Mailbox/query", accountId=LOCAL, filter=flt, filterAsTree=True)["ids"] == [ids["top"]]
    assert client.call("Mailbox/query", accountId=LOCAL, filter={"parentId": ids["top"]})["ids"] == [ids["mid"]]


def test_creations_that_wait_for_one_another_are_refused(client):
    r = client.call("Mailbox/set", accountId=LOCAL, create={"a": {"name": "A", "parentId": "#b"}, "b": {"name": "B", "parentId": "#a"}, "c": {"name": "C", "parentId": "#zz"}})
    assert r["created"] is None and {v["type"] for v in r["notCreated"].values()} == {"invalidProperties"} and len(r["notCreated"]) == 3


def test_filters_and_sorts_of_mailboxes(client):
    q = lambda **p: client.call("Mailbox/query", accountId=LOCAL, **p)  # noqa: E731
    box = create(client, k={"name": "Übung", "isSubscribed": False})["k"]
    assert q(filter={"hasAnyRole": False})["ids"] == [box] == q(filter={"role": None})["ids"]
    assert q(filter={"name": "ubung"})["ids"] == [box] == q(filter={"isSubscribed": False})["ids"]
    assert q(filter={"operator": "NOT", "conditions": [{"hasAnyRole": True}]})["ids"] == [box]
    assert len(q(filter={"parentId": None}, limit=2, calculateTotal=True)["ids"]) == 2 and q(calculateTotal=True)["total"] == 7
    assert q(limit=100001)["limit"] == 100000 and "limit" not in q(limit=100000)
    names = [boxes["name"] for boxes in client.call("Mailbox/get", accountId=LOCAL, ids=q(sort=[{"property": "name"}])["ids"])["list"]]
    assert names == sorted(names[:-1]) + ["Übung"]
    for params, type in [({"filter": {"nope": 1}}, "unsupportedFilter"), ({"filter": {"name": 1}}, "invalidArguments"), ({"sort": [{"property": "role"}]}, "unsupportedSort"),
                         ({"sort": [{"property": "name", "collation": "i;nope"}]}, "unsupportedSort"), ({"filter": {"operator": "AND", "conditions": [], "role": "inbox"}}, "invalidArguments"),
                         ({"filter": {"operator": "XOR", "conditions": []}}, "invalidArguments"), ({"anchor": "m99"}, "anchorNotFound")]:
        with pytest.raises(RpcError) as e:
            q(**params)
        assert e.value.type == type


def test_mailboxes_are_sorted_by_every_collation_of_the_session(client):
    top = create(client, k={"name": "top"})["k"]
    ids = create(client, **{n: {"name": n, "parentId": top} for n in ("10", "9", "a", "B", "Ä")})
    name = {id: n for n, id in ids.items()}

    def names(**comparator):
        return "".join(name[i] for i in client.call("Mailbox/query", accountId=LOCAL, filter={"parentId": top}, sort=[{"property": "name", **comparator}])["ids"])

    expected = {"i;ascii-casemap": "109aBÄ", "i;unicode-casemap": "109aÄB", "i;ascii-numeric": "910aBÄ"}
    assert client.call("Session/get")["capabilities"]["urn:ietf:params:jmap:core"]["collationAlgorithms"] == list(expected)
    assert {c: names(collation=c) for c in expected} == expected and names() == "109aÄB" and names(isAscending=False) == "BÄa910"


def test_query_changes_of_mailboxes(client):
    state = client.call("Mailbox/query", accountId=LOCAL)["queryState"]
    box = create(client, k={"name": "AAA"})["k"]
    client.call("Mailbox/set", accountId=LOCAL, update={mailbox(client, "sent"): {"sortOrder": 9}})
    now = client.call("Mailbox/query", accountId=LOCAL)
    r = client.call("Mailbox/queryChanges", accountId=LOCAL, sinceQueryState=state, calculateTotal=True)
    assert r["newQueryState"] == now["queryState"] and r["total"] == 7
    assert mailbox(client, "sent") in r["removed"]
    assert r["added"] == [{"id": i, "index": now["ids"].index(i)} for i in now["ids"] if i in (box, mailbox(client, "sent"))]
    for params, type in [({"sinceQueryState": "x"}, "cannotCalculateChanges"), ({"sinceQueryState": state, "maxChanges": 1}, "tooManyChanges")]:
        with pytest.raises(RpcError) as e:
            client.call("Mailbox/queryChanges", accountId=LOCAL, **params)
        assert e.value.type == type


def test_mail_does_not_change_a_query_of_mailboxes(client):
    states = [client.call("Mailbox/query", accountId=LOCAL, sortAsTree=tree)["queryState"] for tree in (False, True)]
    import_all(client, [message()])
    for state, tree in zip(states, (False, True)):
        r = client.call("Mailbox/queryChanges", accountId=LOCAL, sortAsTree=tree, sinceQueryState=state)
        assert r["removed"] == r["added"] == [] and r["newQueryState"] != state


def test_query_changes_of_a_tree_of_mailboxes(client):
    query = {"accountId": LOCAL, "filter": {"name": "a"}, "sort": [{"property": "name"}], "sortAsTree": True, "filterAsTree": True}
    ids = create(client, a={"name": "Alpha"})
    ids |= create(client, b={"name": "Basta", "parentId": ids["a"]})
    ids |= create(client, c={"name": "Cat", "parentId": ids["b"]})
    have = client.call("Mailbox/query", **query)
    assert {ids["a"], ids["b"], ids["c"]} <= set(have["ids"])
    changes = [{"update": {ids["a"]: {"name": "Zeit"}}}, {"update": {ids["a"]: {"name": "Zeta"}}}, {"update": {ids["b"]: {"parentId": None}}}, {"create": {"n": {"name": "An", "parentId": ids["c"]}}},
               {"update": {ids["b"]: {"name": "other"}}}, {"destroy": [ids["a"]]}]
    for change in changes:
        r = client.call("Mailbox/set", accountId=LOCAL, **change)
        assert r["notUpdated"] is r["notCreated"] is r["notDestroyed"] is None, r
        r = client.call("Mailbox/queryChanges", sinceQueryState=have["queryState"], **query)
        ids_now = [i for i in have["ids"] if i not in r["removed"]]
        for item in r["added"]:
            ids_now.insert(item["index"], item["id"])
        have = client.call("Mailbox/query", **query)
        assert ids_now == have["ids"] and r["newQueryState"] == have["queryState"], change


def test_mailboxes_are_renamed_and_moved(client):
    ids = create(client, a={"name": "A"}, b={"name": "B"})
    r = client.call("Mailbox/set", accountId=LOCAL, update={ids["a"]: {"name": "A2", "parentId": ids["b"], "role": "flagged", "sortOrder": 5, "isSubscribed": False}})
    assert r["updated"] == {ids["a"]: None}
    m = boxes_of(client)["A2"]
    assert (m["parentId"], m["role"], m["sortOrder"], m["isSubscribed"]) == (ids["b"], "flagged", 5, False)
    client.call("Mailbox/set", accountId=LOCAL, update={ids["a"]: {"parentId": None, "role": None, "sortOrder": None}})
    m = boxes_of(client)["A2"]
    assert (m["parentId"], m["role"], m["sortOrder"]) == (None, None, 0)


def test_what_the_core_makes_of_a_change_is_told(client):
    box = create(client, k={"name": "Box"})["k"]
    r = client.call("Mailbox/set", accountId=LOCAL, update={box: {"name": "e\u0301te\u0301", "sortOrder": 3}})
    assert r["updated"] == {box: {"name": "\u00e9t\u00e9"}} and boxes_of(client)["\u00e9t\u00e9"]["id"] == box
    assert client.call("Mailbox/set", accountId=LOCAL, update={box: {"name": "\u00e9t\u00e9"}})["updated"] == {box: None}


@pytest.mark.parametrize("patch", [{"name": "In"}, {"role": None}, {"role": "archive"}, {"parentId": "sent"}])
def test_the_inbox_stays_as_its_rights_say(client, patch):
    inbox = mailbox(client, "inbox")
    if "parentId" in patch:
        patch = {"parentId": mailbox(client, "sent")}
    elif patch.get("role"):
        client.call("Mailbox/set", accountId=LOCAL, destroy=[mailbox(client, "archive")])
    r = client.call("Mailbox/set", accountId=LOCAL, update={inbox: patch})
    assert r["updated"] is None and r["notUpdated"][inbox]["type"] == "forbidden"
    r = client.call("Mailbox/set", accountId=LOCAL, update={inbox: {"sortOrder": 7, "isSubscribed": False, "role": "inbox", "parentId": None}})
    assert r["updated"] == {inbox: None}


BAD = [({"name": ""}, "invalidProperties"), ({"name": None}, "invalidProperties"), ({"name": "x" * 300}, "invalidProperties"), ({"name": "a\nb"}, "invalidProperties"), ({"parentId": "m999"}, "invalidProperties"),
       ({"parentId": 7}, "invalidProperties"), ({"role": "king"}, "invalidProperties"), ({"role": "sent"}, "invalidProperties"), ({"sortOrder": -1}, "invalidProperties"),
       ({"sortOrder": 2 ** 31}, "invalidProperties"), ({"isSubscribed": 1}, "invalidProperties"), ({"totalEmails": 7}, "invalidProperties"), ({"myRights": None}, "invalidProperties"), ({"nope": 1}, "invalidProperties"),
       ({"myRights/mayDelete": False}, "invalidProperties")]


@pytest.mark.parametrize("patch,type", BAD, ids=[str(i) + "-" + next(iter(p)) for i, (p, _) in enumerate(BAD)])
def test_a_bad_change_of_a_mailbox_is_refused(client, patch, type):
    box = create(client, k={"name": "Box"})["k"]
    before = client.call("Mailbox/get", accountId=LOCAL, ids=[box])["list"]
    r = client.call("Mailbox/set", accountId=LOCAL, update={box: patch})
    assert r["updated"] is None and r["notUpdated"][box]["type"] == type, r
    assert client.call("Mailbox/get", accountId=LOCAL, ids=[box])["list"] == before


def test_all_properties_that_are_at_fault_are_named(client):
    """RFC 8620 section 5.3."""
    r = client.call("Mailbox/set", accountId=LOCAL, create={"k": {"name": 3, "parentId": "nope", "role": "x", "sortOrder": -1, "isSubscribed": 1, "totalEmails": 2, "id": "m1"},
                                                            "l": {}})
    assert set(r["notCreated"]["k"]["properties"]) == {"name", "parentId", "role", "sortOrder", "isSubscribed", "totalEmails", "id"}
    assert r["notCreated"]["l"]["properties"] == ["name"]
    box = mailbox(client, "archive")
    r = client.call("Mailbox/set", accountId=LOCAL, update={box: {"myRights/mayDelete": False, "sortOrder": "x", "unreadEmails": 9}})
    assert set(r["notUpdated"][box]["properties"]) == {"myRights", "sortOrder", "unreadEmails"}
    r = client.call("Email/import", accountId=LOCAL, emails={"k": {}, "l": {"blobId": ["x"], "mailboxIds": "x", "keywords": ["x"], "receivedAt": 3}})
    assert r["notCreated"]["k"]["properties"] == ["blobId", "mailboxIds"]
    assert r["notCreated"]["l"]["properties"] == ["blobId", "mailboxIds", "keywords", "receivedAt"]
    r = client.call("Email/set", accountId=LOCAL, create={"k": {"mailboxIds": {"m99": True}, "keywords": {"a b": True}, "receivedAt": "now"}})
    assert r["notCreated"]["k"]["properties"] == ["mailboxIds", "keywords", "receivedAt"]


def test_a_mailbox_cannot_become_its_own_child(client):
    ids = create(client, a={"name": "A"}, b={"name": "B", "parentId": "#a"})
    r = client.call("Mailbox/set", accountId=LOCAL, update={ids["a"]: {"parentId": ids["b"]}})
    assert r["notUpdated"][ids["a"]]["type"] == "invalidProperties"


def test_two_siblings_never_have_one_name(client):
    create(client, a={"name": "Same"})
    r = client.call("Mailbox/set", accountId=LOCAL, create={"b": {"name": "Same"}})
    assert r["notCreated"]["b"]["type"] in ("alreadyExists", "invalidProperties")


def test_destroying_needs_an_empty_mailbox_or_consent(client):
    ids = create(client, top={"name": "Top"}, sub={"name": "Sub", "parentId": "#top"})
    [one, two] = import_all(client, [message("only here"), message("elsewhere too")])
    inbox = mailbox(client, "inbox")
    client.call("Email/set", accountId=LOCAL, update={one: {"mailboxIds": {ids["sub"]: True}}, two: {f"mailboxIds/{ids['sub']}": True}})
    r = client.call("Mailbox/set", accountId=LOCAL, destroy=[ids["top"], ids["sub"], "m99"])
    assert {k: v["type"] for k, v in r["notDestroyed"].items()} == {ids["top"]: "mailboxHasChild", ids["sub"]: "mailboxHasEmail", "m99": "notFound"}
    r = client.call("Mailbox/set", accountId=LOCAL, destroy=[ids["top"], ids["sub"]], onDestroyRemoveEmails=True)
    assert set(r["destroyed"]) == set(ids.values()) and r["notDestroyed"] is None
    left = client.call("Email/get", accountId=LOCAL, ids=[one, two], properties=["mailboxIds"])
    assert left["notFound"] == [one] and left["list"][0]["mailboxIds"] == {inbox: True}


def test_a_large_mailbox_goes_in_pieces_and_only_if_it_goes(client):
    ids = create(client, top={"name": "Top"}, sub={"name": "Sub", "parentId": "#top"}, other={"name": "Other"})
    for start in (0, 600):
        made = {str(i): {"mailboxIds": {ids["top"]: True, ids["other"]: True} if i % 100 == 0 else {ids["top"]: True}, "subject": f"number {i}"}
                for i in range(start, start + 600)}
        assert client.call("Email/set", accountId=LOCAL, create=made)["notCreated"] is None
    state = client.call("Mailbox/get", accountId=LOCAL, ids=[])["state"]

    def count(box):
        return client.call("Mailbox/get", accountId=LOCAL, ids=[box])["list"][0]["totalEmails"]

    # What is refused is not emptied: a mailbox below it stays, the state is an old one, nobody agreed.
    r = client.call("Mailbox/set", accountId=LOCAL, destroy=[ids["top"]], onDestroyRemoveEmails=True)
    assert r["notDestroyed"][ids["top"]]["type"] == "mailboxHasChild"
    with pytest.raises(RpcError) as e:
        client.call("Mailbox/set", accountId=LOCAL, ifInState="s0", destroy=[ids["top"], ids["sub"]], onDestroyRemoveEmails=True)
    assert e.value.type == "stateMismatch"
    r = client.call("Mailbox/set", accountId=LOCAL, destroy=[ids["top"], ids["sub"]])
    assert r["notDestroyed"][ids["top"]]["type"] in ("mailboxHasEmail", "mailboxHasChild") and count(ids["top"]) == 1200

    r = client.call("Mailbox/set", accountId=LOCAL, ifInState=client.call("Mailbox/get", accountId=LOCAL, ids=[])["state"],
                    destroy=[ids["top"], ids["sub"]] if r["destroyed"] is None else [ids["top"]], onDestroyRemoveEmails=True)
    assert ids["top"] in r["destroyed"] and r["notDestroyed"] is None
    assert count(ids["other"]) == 12
    changes = client.call("Mailbox/changes", accountId=LOCAL, sinceState=state)
    assert ids["top"] in changes["destroyed"] and changes["newState"] == r["newState"]


def test_a_large_mailbox_that_the_same_call_gives_a_child_keeps_its_mail(client):
    ids = create(client, top={"name": "Top"}, other={"name": "Other"})
    made = {str(i): {"mailboxIds": {ids["top"]: True}, "subject": f"number {i}"} for i in range(501)}
    assert client.call("Email/set", accountId=LOCAL, create=made)["notCreated"] is None
    for change in ({"create": {"k": {"name": "New", "parentId": ids["top"]}}}, {"update": {ids["other"]: {"parentId": ids["top"]}}}):
        r = client.call("Mailbox/set", accountId=LOCAL, destroy=[ids["top"]], onDestroyRemoveEmails=True, **change)
        assert r["notDestroyed"][ids["top"]]["type"] == "mailboxHasChild"
        assert client.call("Mailbox/get", accountId=LOCAL, ids=[ids["top"]])["list"][0]["totalEmails"] == 501


def test_sets_of_mailboxes_are_guarded_by_state_and_account(client):
    for params, type in [({"accountId": LOCAL, "ifInState": "s0"}, "stateMismatch"), ({"accountId": "a99"}, "accountNotFound"), ({"accountId": "nonsense"}, "accountNotFound"),
                         ({"accountId": LOCAL, "destroy": ["m1"] * 1001}, "requestTooLarge"), ({}, "invalidArguments"),
                         ({"accountId": LOCAL, "destroy": ["m1"] * 600, "create": {str(i): {} for i in range(600)}}, "requestTooLarge")]:
        with pytest.raises(RpcError) as e:
            client.call("Mailbox/set", **params)
        assert e.value.type == type, params


COLORS = ["red", "orange", "yellow", "green", "teal", "blue", "violet", "pink", "brown", "grey"]


def color_of(client, box, account="*"):
    return client.call("Mailbox/get", accountId=account, ids=[box], properties=["color"])["list"][0]["color"]


def test_a_mailbox_has_a_colour(client):
    r = client.call("Mailbox/set", accountId=LOCAL, create={"k": {"name": "Clients", "color": "teal"}, "plain": {"name": "Plain"}})
    box, plain = r["created"]["k"]["id"], r["created"]["plain"]["id"]
    assert color_of(client, box) == "teal" and color_of(client, plain) is None
    for color in (*COLORS, None):
        r = client.call("Mailbox/set", accountId=LOCAL, update={box: {"color": color}})
        assert r["updated"] == {box: None}
        assert color_of(client, box, LOCAL) == color
    client.call("Mailbox/set", accountId=LOCAL, update={box: {"color": "pink"}})
    client.call("Mailbox/set", accountId=LOCAL, update={box: {"name": "Customers", "sortOrder": 3}})
    assert color_of(client, box) == "pink"


def test_the_inbox_may_have_a_colour_too(client):
    inbox = mailbox(client, "inbox")
    assert client.call("Mailbox/set", accountId=LOCAL, update={inbox: {"color": "red"}})["notUpdated"] is None
    assert color_of(client, inbox) == "red"


@pytest.mark.parametrize("value", ["Red", "#ff0000", "", "none", 3, True, ["red"], {"red": True}])
def test_what_is_no_colour_is_refused(client, value):
    inbox = mailbox(client, "inbox")
    r = client.call("Mailbox/set", accountId=LOCAL, update={inbox: {"color": value}}, create={"k": {"name": "K", "color": value}})
    for error in (r["notUpdated"][inbox], r["notCreated"]["k"]):
        assert error["type"] == "invalidProperties" and error["properties"] == ["color"]


def test_a_colour_is_told_unasked_only_of_all_accounts(client):
    """A client of RFC 8621 does not meet what it does not know; one that asks for all accounts' knows us."""
    assert all("color" not in m for m in client.call("Mailbox/get", accountId=LOCAL)["list"])
    assert all(m["color"] is None for m in client.call("Mailbox/get")["list"])


def test_a_change_of_colour_is_more_than_one_of_counters(client):
    inbox = mailbox(client, "inbox")
    state = client.call("Mailbox/get", ids=[])["state"]
    client.call("Mailbox/set", accountId=LOCAL, update={inbox: {"color": "blue"}})
    c = client.call("Mailbox/changes", accountId=LOCAL, sinceState=state)
    assert c["updated"] == [inbox] and c["updatedProperties"] is None
    state = c["newState"]
    client.call("Mailbox/set", accountId=LOCAL, update={inbox: {"color": "blue"}})
    assert client.call("Mailbox/changes", accountId=LOCAL, sinceState=state)["updated"] == []
    import_all(client, [message("a", id="1@x")])
    assert client.call("Mailbox/changes", accountId=LOCAL, sinceState=state)["updatedProperties"] == ["totalEmails", "unreadEmails", "totalThreads", "unreadThreads"]
