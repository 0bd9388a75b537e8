"""Errors that many methods share, method by method."""
import pytest

from client import Daemon, RpcError
from mail import LOCAL, import_all, mailbox, message, upload

BLOB = "b" + "0" * 64
# what each method needs beside accountId
NEEDS = {"Thread/get": {"ids": []}, "Email/import": {"emails": {}}, "Blob/upload": {"create": {}}, "SearchSnippet/get": {"emailIds": []}, "Email/parse": {"blobIds": []},
         "Email/history": {"ids": []}, "Email/unsubscribe": {"emailId": "e1"}, "Email/snooze": {"ids": []}, "Rule/apply": {"ids": []}, "Blob/get": {"ids": []}, "Blob/open": {"blobId": BLOB}, "Blob/finish": {"uploadId": "0" * 32}, "Blob/lookup": {"typeNames": [], "ids": []}, "Search/parse": {"query": ""},
         **{f"Compose/{what}": {"emailId": "e1"} for what in ("reply", "forward", "template")},
         "Compose/resend": {"emailId": "e1", "to": [{"email": "joe@example.org"}]},
         "Email/copy": {"fromAccountId": LOCAL, "create": {}}, "Blob/copy": {"fromAccountId": LOCAL, "blobIds": []}, "MDN/send": {"identityId": "i1", "send": {}}, "MDN/parse": {"blobIds": []}}


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
    for method, params in (("Email/set", {}), ("Mailbox/set", {}), ("Email/import", {"emails": {}}), ("Email/copy", NEEDS["Email/copy"])):
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


def test_filters_that_are_too_much(reader):
    deep, many = {"text": "a"}, {"operator": "OR", "conditions": [{"text": "a"}] * 257}
    for _ in range(33):
        deep = {"operator": "NOT", "conditions": [deep]}
    for m in ("Email/query", "Email/queryChanges", "SearchSnippet/get"):
        for bad in (deep, many, {"text": "a" * 4097}, {"text": "a " * 257}, {"inMailboxOtherThan": ["m1"] * 257}):
            assert error_of(reader, m, filter=bad, **needs(m)).type == "unsupportedFilter", m
    for m in ("Mailbox/query", "Mailbox/queryChanges"):
        assert error_of(reader, m, filter=deep, **needs(m)).type == "unsupportedFilter", m


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


def test_an_id_that_is_asked_for_twice_is_answered_once(client):
    email = import_all(client, [message("one")])[0]
    e = client.call("Email/get", ids=[email], properties=["threadId", "blobId"])["list"][0]
    known = {"Email/get": email, "Mailbox/get": mailbox(client, "inbox"), "Thread/get": e["threadId"], "Blob/get": e["blobId"], "Account/get": LOCAL, "Plugin/get": "imap"}
    for method, id in known.items():
        r = client.call(method, ids=[id, "nope", id, "nope"])
        assert [x["id"] for x in r["list"]] == [id] and r["notFound"] == ["nope"], method
    assert client.call("Task/get", ids=["nope", "nope"])["notFound"] == ["nope"]
    r = client.call("SearchSnippet/get", filter={"text": "one"}, emailIds=[email, "nope", email, "nope"])
    assert [x["emailId"] for x in r["list"]] == [email] and r["notFound"] == ["nope"]
    r = client.call("Email/parse", blobIds=[e["blobId"], "nope", e["blobId"], "nope"])
    assert list(r["parsed"]) == [e["blobId"]] and r["notFound"] == ["nope"]


def test_an_id_and_its_creation_id_are_the_same(client):
    made, got = client.batch(("Mailbox/set", {"accountId": LOCAL, "create": {"k": {"name": "Plans"}}}), ("Mailbox/get", {"ids": ["#k", "#k", "#nobody"], "properties": ["name"]}))
    assert got["list"] == [{"id": made["created"]["k"]["id"], "name": "Plans"}] and got["notFound"] == ["#nobody"]
    up, got, parsed = client.batch(("Blob/upload", {"create": {"b": {"data": [{"data:asText": "Subject: s\r\n\r\n"}]}}}), ("Blob/get", {"ids": ["#b"]}),
                                   ("Email/parse", {"blobIds": ["#b"], "properties": ["subject"]}))
    id = up["created"]["b"]["id"]
    assert got["list"][0]["id"] == id and parsed["parsed"] == {id: {"subject": "s"}}


def test_what_is_to_be_destroyed_twice_is_destroyed_once(client):
    [email] = import_all(client, [message()])
    box = client.call("Mailbox/set", accountId=LOCAL, create={"k": {"name": "Plans"}})["created"]["k"]["id"]
    account = client.call("Account/set", create={"k": {"address": "jane@example.org", "source": "imap://jane@127.0.0.1:1?tls=none", "isEnabled": False}})["created"]["k"]["id"]
    for method, id, params in (("Email/set", email, {"accountId": LOCAL}), ("Mailbox/set", box, {"accountId": LOCAL}), ("Account/set", account, {})):
        r = client.call(method, destroy=[id, "nope", id], **params)
        assert r["destroyed"] == [id] and list(r["notDestroyed"]) == ["nope"], method


# ---- of single objects -----------------------------------------------------------------------------------------------


def refused(client, method, **params):
    """What a call says of the objects that it leaves as they are: creation id or id to type."""
    result = client.call(method, **params)
    return {id: e["type"] for name in ("notCreated", "notUpdated", "notDestroyed", "notSent") for id, e in (result.get(name) or {}).items()}


@pytest.fixture
def offices(client):
    """An account that can send, and one that is switched off, both with a message that asks for a receipt."""
    made = client.call("Account/set", create={
        "on": {"address": "jane@example.org", "source": "pop3s://jane@localhost:1", "transport": "smtps://jane@localhost:1", "password": "x"},
        "off": {"address": "off@example.org", "source": "pop3s://off@localhost:1", "isEnabled": False}})["created"]
    out = []
    for name in ("on", "off"):
        a = {"accountId": made[name]["id"]}
        inbox = client.call("Mailbox/query", **a, filter={"role": "inbox"})["ids"][0]
        raw = message(name, extra="Disposition-Notification-To: john@example.net\r\n").decode()
        blob = client.call("Blob/upload", **a, create={"k": {"data": [{"data:asText": raw}]}})["created"]["k"]["id"]
        email = client.call("Email/import", **a, emails={"k": {"blobId": blob, "mailboxIds": {inbox: True}}})["created"]["k"]["id"]
        out.append((a, inbox, blob, email, client.call("Identity/get", **a)["list"][0]["id"]))
    return out


def test_patches_that_lead_nowhere_and_what_the_same_call_destroys(client, offices):
    a, inbox, _, _, identity = offices[0]
    token = client.call("Token/set", create={"k": {"name": "t", "scopes": ["read"]}})["created"]["k"]["id"]
    assert refused(client, "Identity/set", **a, update={identity: {"name/x": 1}}) == {identity: "invalidPatch"}
    assert refused(client, "Token/set", update={token: {"name/x": 1}}) == {token: "invalidPatch"}
    assert refused(client, "VacationResponse/set", **a, update={"singleton": {"subject/x": 1}}) == {"singleton": "invalidPatch"}
    assert refused(client, "Mailbox/set", **a, update={inbox: {"name/x": 1}}) == {inbox: "invalidPatch"}
    assert refused(client, "Identity/set", **a, update={identity: {"name": "x"}}, destroy=[identity]) == {identity: "willDestroy"}
    assert refused(client, "Token/set", update={token: {"name": "u"}}, destroy=[token]) == {token: "willDestroy"}


def test_more_than_an_email_may_have(client, offices):
    (a, inbox, blob, email, _), (b, other_inbox, *_) = offices
    keywords, boxes = {f"k{n}": True for n in range(101)}, {"mailboxIds": {f"m{n}": True for n in range(1001)}}
    for to_a, to_b, why in (({"keywords": keywords, "mailboxIds": {inbox: True}}, {"keywords": keywords, "mailboxIds": {other_inbox: True}}, "tooManyKeywords"), (boxes, boxes, "tooManyMailboxes")):
        assert refused(client, "Email/import", **a, emails={"k": {"blobId": blob, **to_a}}) == {"k": why}
        assert refused(client, "Email/copy", fromAccountId=a["accountId"], **b, create={"k": {"id": email, **to_b}}) == {"k": why}


def test_a_receipt_from_an_account_that_is_switched_off(client, offices):
    a, _, _, email, identity = offices[1]
    shown = {"actionMode": "manual-action", "sendingMode": "mdn-sent-manually", "type": "displayed"}
    assert refused(client, "MDN/send", **a, identityId=identity, send={"k": {"forEmailId": email, "disposition": shown}}) == {"k": "forbiddenToSend"}


def test_more_push_subscriptions_than_one_may_have(tmp_path):
    """64 of one token; new ones are counted by the hour, and anew with each facteurd."""
    answers = []
    for n in (30, 30, 5):
        with Daemon(tmp_path / "profile") as d, d.client() as c:
            create = {f"k{i}": {"deviceClientId": "d", "url": "https://127.0.0.1:1/x"} for i in range(n)}
            c.call("WebPush/set", privateHosts=["127.0.0.1"])
            answers.append(refused(c, "PushSubscription/set", create=create))
    assert answers[:2] == [{}, {}] and list(answers[2].values()) == ["overQuota"]
