"""One token, one account: of the other account nothing is to be seen, by any method, id, blob, error text or count.

Every method of the schema is called with ids of the other account, and with ids of the same kind that nobody has: both answers
must be the same but for the ids that the caller gave, and none may hold a word of the other account's. The calls stand in
isolation.py."""
import json
import re

import pytest

from client import Daemon, RpcError, ref
from isolation import CALLS, MARK, NONE, SCOPES, Account, Nobody, given_ids, letter, without_chance

pytestmark = pytest.mark.xdist_group("isolation")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    class World:
        pass

    w = World()
    with Daemon(tmp_path_factory.mktemp("isolation") / "profile") as w.daemon, w.daemon.client() as w.owner:
        w.mine, w.other, w.nobody = Account(w.owner, "quincunx"), Account(w.owner, MARK), Nobody()
        for a in (w.mine, w.other):
            w.owner.call("VacationResponse/set", accountId=a.account, update={"singleton": {"subject": f"{a.word} away", "textBody": a.word}})
        w.owner.call("PushSubscription/set", create={"k": {"deviceClientId": MARK, "url": f"https://{MARK}.example.org/push", "types": None}})
        # one action in both accounts
        for a in (w.mine, w.other):
            w.owner.call("Email/set", accountId=a.account, update={a.email: {"keywords/$flagged": True}}, undoGroup="both")
        w.both = w.owner.call("Undo/query")["ids"][0]
        w.token = w.owner.call("Token/set", create={"k": {"name": "limited", "scopes": SCOPES, "accountIds": [w.mine.account]}})["created"]["k"]
        yield w


@pytest.fixture
def limited(world):
    with world.daemon.client() as c:
        c.call("Session/authenticate", token=world.token["secret"])
        yield c


# ---- asked ------------------------------------------------------------------------------------------------------------


def answers_of(client, world, method, o):
    """What each call gives, with the ids of `o` replaced by what they are of."""
    for params in CALLS[method](o, world.mine):
        text = json.dumps(client.answer(method, params), ensure_ascii=False, sort_keys=True)
        # the caller's own words may come back, not more
        assert text.count(MARK) <= json.dumps(params).count(MARK), (method, params, text)
        yield params, re.sub(r'"id": \d+', '"id": 0', given_ids(text, o))


@pytest.fixture(scope="module")
def methods(document):
    return {m["name"]: m for m in document["methods"]}


def test_every_method_is_in_the_table(methods):
    whole = {n for n, m in methods.items() if m.get("x-whole")}
    assert len(CALLS) > 50
    missing = set(methods) - set(CALLS) - set(NONE) - whole
    assert not missing, f"what does a token see by {missing}? Enter them in CALLS, with ids of the other account."
    assert not set(CALLS) & whole


@pytest.mark.parametrize("method", sorted(CALLS))
def test_the_other_account_is_not_there(world, limited, method):
    of_other = list(answers_of(limited, world, method, world.other))
    of_nobody = list(answers_of(limited, world, method, world.nobody))
    assert len(of_other) == len(of_nobody) > 0
    for (params, one), (_, other) in zip(of_other, of_nobody):
        one, other = without_chance(one), without_chance(other)
        assert one == other, (method, params)


def test_the_owner_would_see_it(world, methods):
    """The table asks for what is there: to the owner the same questions show the other account's things."""
    shown = set()
    for method in CALLS:
        if methods[method]["x-scope"] != "read" or method == "Push/subscribe":
            continue
        for params in CALLS[method](world.other, world.mine):
            answer = world.owner.answer(method, params)
            result = {k: v for k, v in (answer.get("result") or {}).items() if k not in ("accountId", "notFound", "notParsable")}
            text = json.dumps(result).replace(json.dumps(params)[1:-1], "")
            if MARK in text or any(re.search(rf'"{id}"', text) for id in world.other.ids().values()):
                shown.add(method)
                break
    blank = {m for m in CALLS if methods[m]["x-scope"] == "read"} - shown
    assert blank <= {"Push/subscribe", "Compose/new", "MDN/parse", "EmailSubmission/queryChanges", "Mailbox/queryChanges", "Email/queryChanges", "Blob/open", "Task/get", "Search/parse",
                     "Quota/changes", "Quota/get", "Quota/query", "Quota/queryChanges", "VacationResponse/get"}, blank


def test_methods_without_ids(world, limited):
    for method, params in NONE.items():
        text = json.dumps(limited.answer(method, params), ensure_ascii=False)
        assert MARK not in text and world.other.account not in re.findall(r'"(a[0-9a-v]+)"', text), method


def test_what_concerns_the_whole_profile_is_refused(world, limited, methods):
    whole = [n for n, m in methods.items() if m.get("x-whole")]
    assert len(whole) >= 9
    for name in whole:
        params = {p["name"]: "s0" if p["name"] == "sinceState" else "x" for p in methods[name]["params"] if p["required"]}
        answer = limited.answer(name, params)
        assert answer["error"]["data"]["type"] == "forbidden" and MARK not in json.dumps(answer), name


def test_the_other_account_is_as_it_was(world):
    """After all of that: nothing of it was changed, taken or sent."""
    o, owner = world.other, world.owner
    [e] = owner.call("Email/get", ids=[o.email], properties=["keywords", "mailboxIds"])["list"]
    assert set(e["keywords"]) == {MARK, "$flagged"} and o.mailbox in e["mailboxIds"] and len(e["mailboxIds"]) == 2
    assert owner.call("Mailbox/get", ids=[o.mailbox])["list"][0]["name"] == f"{MARK} plans"
    assert owner.call("Account/get", ids=[o.account])["list"][0]["name"] == MARK
    assert owner.call("EmailSubmission/get", ids=[o.submission])["list"][0]["undoStatus"] == "pending"
    assert owner.call("Identity/get", ids=[o.identity])["list"][0]["name"] == MARK
    assert owner.call("Token/get", ids=[o.token])["list"][0]["name"] == f"{MARK} token"
    assert {u["isUndone"] for u in owner.call("Undo/get", ids=[o.undo, world.both])["list"]} == {False}


# ---- ways around ----------------------------------------------------------------------------------------------------


def test_references_within_a_batch(world, limited):
    me, o = world.mine, world.other
    answers = limited.batch_answers(
        ("Email/query", {"accountId": "*", "filter": {"operator": "OR", "conditions": [{"accountId": o.account}, {"text": MARK}]}}),
        ("Email/get", {"accountId": "*", "#ids": ref(0, "Email/query", "/ids")}),
        ("Core/echo", {"a": o.email, "list": [o.email, o.draft], "blob": o.blob}),
        ("Email/get", {"accountId": me.account, "#ids": ref(2, "Core/echo", "/list")}),
        ("Email/get", {"accountId": "*", "#ids": ref(2, "Core/echo", "/list")}),
        ("Blob/get", {"accountId": "*", "#ids": ref(2, "Core/echo", "/blob")}),
        ("Email/set", {"accountId": me.account, "create": {o.email: letter(mailboxIds={me.mailbox: True})}, "update": {"#k": {"keywords/x": True}, f"#{o.email}": {f"mailboxIds/{o.mailbox}": True}}}),
        ("Account/sync", {"accountIds": ["#k", o.account]}))
    assert answers[0]["result"]["ids"] == [] and answers[1]["result"]["list"] == []
    assert answers[3]["result"]["list"] == [] == answers[4]["result"]["list"] and set(answers[4]["result"]["notFound"]) == {o.email, o.draft}
    assert answers[6]["result"]["notUpdated"][f"#{o.email}"]["type"] == "invalidProperties"
    assert MARK not in json.dumps([a for i, a in enumerate(answers) if i != 2])


def test_bytes_that_the_other_account_has_too(world, limited):
    """Who guesses the bytes gets its own blob; who knows the hash alone has nothing, before and after somebody else had them."""
    o, me = world.other, world.mine
    text = f"{o.word} loose"
    assert limited.call("Blob/get", accountId=me.account, ids=[o.loose])["notFound"] == [o.loose]
    with world.daemon.client() as c:
        small = world.owner.call("Token/set", create={"k": {"name": "small", "scopes": ["read", "draft"], "accountIds": [me.account]}})["created"]["k"]
        c.call("Session/authenticate", token=small["secret"])
        fresh = c.call("Blob/upload", accountId=me.account, create={"k": {"data": [{"data:asText": "nobody had this"}]}})["created"]["k"]
        same = c.call("Blob/upload", accountId=me.account, create={"k": {"data": [{"data:asText": text}]}})["created"]["k"]
        assert same["id"] == o.loose and set(same) == set(fresh)
        assert c.call("Blob/get", accountId=me.account, ids=[o.loose])["list"][0]["data:asText"] == text
        made = c.call("Email/import", accountId=me.account, emails={"k": {"blobId": o.loose, "mailboxIds": {me.mailbox: True}}})
        assert made["created"], made
        assert c.call("Blob/get", accountId=me.account, ids=[o.blob])["notFound"] == [o.blob]
    limited.call("Email/set", accountId=me.account, destroy=[made["created"]["k"]["id"]])
    assert limited.call("Blob/get", accountId=me.account, ids=[o.loose])["notFound"] == [o.loose]  # the other token's upload


def test_a_copy_of_bytes_outlives_what_it_was_taken_from(world):
    """Blob/copy by one who sees two accounts and not all: what it copied is its own, as an upload is, and nobody else's."""
    owner, me = world.owner, world.mine
    source = Account(owner, "copied")
    a, b = source.account, me.account
    made = owner.call("Token/set", create={k: {"name": k, "scopes": ["read", "draft"], "accountIds": [a, b]} for k in ("copier", "bystander")})["created"]
    with world.daemon.client() as c, world.daemon.client() as other:
        c.call("Session/authenticate", token=made["copier"]["secret"])
        other.call("Session/authenticate", token=made["bystander"]["secret"])
        r = c.call("Blob/copy", fromAccountId=a, accountId=b, blobIds=[source.part, "b" + "0" * 64])
        assert r["copied"] == {source.part: source.part} and r["notCopied"]["b" + "0" * 64]["type"] == "notFound"
        owner.call("Email/set", accountId=a, destroy=[source.email])
        assert c.call("Blob/get", accountId=b, ids=[source.part])["list"][0]["data:asText"] == "copied file"
        assert other.call("Blob/get", accountId=b, ids=[source.part])["notFound"] == [source.part]
        log = owner.call("Token/audit", filter={"tokenId": made["copier"]["id"]})["list"]
        assert [(e["method"], e["objectIds"], e["outcome"]) for e in log] == [("Blob/copy", [source.part], "done")]


def test_an_action_in_both_accounts(world, limited):
    me = world.mine
    assert limited.call("Undo/get", ids=[world.both])["notFound"] == [world.both]
    assert world.both not in limited.call("Undo/query", accountId="*")["ids"] + limited.call("Undo/query", accountId=me.account)["ids"]
    for account in (me.account, "*"):
        with pytest.raises(RpcError) as e:
            limited.call("Undo/apply", accountId=account, id=world.both)
        assert e.value.type == "notFound"
    limited.call("Email/set", accountId=me.account, update={me.email: {"keywords/mine": True}}, undoGroup="both")
    done = limited.call("Undo/apply", accountId="*")  # the newest that it may see: its own
    assert done["id"] != world.both and world.owner.call("Undo/get", ids=[world.both])["list"][0]["isUndone"] is False


def test_names_of_other_programs(world, limited):
    me = world.mine
    world.owner.call("Email/set", accountId=me.account, update={me.draft: {"mailboxIds": {me.mailbox: True}}})
    names = {e["actor"]["name"] for e in limited.call("Email/history", accountId=me.account, ids=[me.email, me.draft])["list"][0]["events"]}
    assert names <= {None, "limited"}
    assert {u["client"] for u in limited.call("Undo/get", accountId=me.account)["list"]} <= {None, "limited"}
    box = limited.call("Mailbox/set", accountId=me.account, create={"k": {"name": "moved"}})["created"]["k"]["id"]
    limited.call("Email/set", accountId=me.account, update={me.email: {f"mailboxIds/{box}": True}})
    events = world.owner.call("Email/history", ids=[me.email])["list"][0]["events"]
    assert {"kind": "client", "name": "limited"} in [e["actor"] for e in events]
    assert world.owner.call("Undo/get", accountId=me.account)["list"][0]["client"] == "limited"


def test_notifications(world, limited):
    me, o = world.mine, world.other
    limited.call("Push/subscribe", types=["Email", "Mailbox", "Thread", "Account", "AccountState", "Task", "Undo"])
    world.owner.call("Mailbox/set", accountId=o.account, create={"k": {"name": f"{MARK} more"}})
    world.owner.call("Email/set", accountId=o.account, update={o.email: {"keywords/y": True}})
    world.owner.call("Account/set", update={o.account: {"sortOrder": 7}})
    world.owner.call("Account/sync", accountIds=[o.account])
    world.owner.call("Mailbox/set", accountId=me.account, create={"k": {"name": "the last"}})
    told = []
    while not any(me.account in n["params"].get("changed", {}) for n in told):
        limited.notifications.clear()
        told.append({"method": "StateChange", "params": limited.notification("StateChange")})
        told += limited.notifications
    text = json.dumps(told)
    assert MARK not in text and o.account not in re.findall(r'"(a[0-9a-v]+)"', text) and "Task/progress" not in text
    assert all(set(n["params"].get("changed", {})) <= {me.account} for n in told)
    limited.call("Push/subscribe", types=["Account"])
    world.owner.call("Account/set", update={me.account: {"sortOrder": 5}})
    assert set(limited.notification("StateChange")["changed"]) == {"*"}
    assert limited.call("Account/changes", sinceState="s0")["destroyed"] == []


def test_the_state_of_the_list_of_accounts_is_that_of_ones_own(world, limited):
    state = limited.call("Account/get")["state"]
    world.owner.call("Account/set", update={world.other.account: {"sortOrder": 9}})
    assert limited.call("Account/get")["state"] == state
    world.owner.call("Account/set", update={world.mine.account: {"sortOrder": 9}})
    assert limited.call("Account/changes", sinceState=state)["updated"] == [world.mine.account]


def test_a_subscription_of_the_owner_does_not_outlive_signing_in(world):
    with world.daemon.client() as c:
        c.call("Push/subscribe", types=["Mailbox"])
        world.owner.call("Mailbox/set", accountId=world.other.account, create={"k": {"name": f"{MARK} early"}})
        c.call("Session/authenticate", token=world.token["secret"])
        world.owner.call("Mailbox/set", accountId=world.other.account, create={"k": {"name": f"{MARK} late"}})
        c.notifications.clear()
        c.call("Core/echo")
        assert c.is_quiet(0.1)


def test_idempotency_keys_are_ones_own(world, limited):
    me = world.mine
    mine = dict(accountId=me.account, create={"k": {"name": "keyed"}}, idempotencyKey="the same key")
    first = world.owner.call("Mailbox/set", accountId=world.other.account, create={"k": {"name": f"{MARK} keyed"}}, idempotencyKey="the same key")
    second = limited.call("Mailbox/set", **mine)
    assert second != first and limited.call("Mailbox/set", **mine) == second
    made = limited.call("Token/set", create={"k": {"name": "secret keeper", "scopes": ["read"]}}, idempotencyKey="token")
    again = limited.call("Token/set", create={"k": {"name": "secret keeper", "scopes": ["read"]}}, idempotencyKey="token")
    assert made["created"]["k"]["secret"] and "secret" not in again["created"]["k"] and again["created"]["k"]["id"] == made["created"]["k"]["id"]


def test_a_token_of_two_accounts_sees_two(world):
    owner, me = world.owner, world.mine
    third = Account(owner, "fricative")
    t = owner.call("Token/set", create={"k": {"name": "two", "scopes": SCOPES, "accountIds": [third.account, me.account]}})["created"]["k"]
    with world.daemon.client() as c:
        c.call("Session/authenticate", token=t["secret"])
        assert {a["id"] for a in c.call("Account/get")["list"]} == {me.account, third.account}
        seen = c.call("Email/query", accountId="*", calculateTotal=True)
        expected = [e["id"] for e in owner.call("Email/get", accountId="*", properties=["id"])["list"]]
        accounts = {a: set(owner.call("Email/query", accountId=a)["ids"]) for a in (me.account, third.account)}
        assert set(seen["ids"]) == accounts[me.account] | accounts[third.account] < set(expected) and seen["total"] == len(seen["ids"])
        for filter in ({}, {"text": "fricative"}, {"operator": "NOT", "conditions": [{"text": "nothing"}]}, {"inMailbox": world.other.mailbox}, {"inMailbox": third.mailbox}):
            both = c.call("Email/query", accountId="*", filter=filter, calculateTotal=True)
            each = {a: set(owner.call("Email/query", accountId=a, filter=filter)["ids"]) for a in (me.account, third.account)}
            assert set(both["ids"]) == each[me.account] | each[third.account] and both["total"] == len(both["ids"]), filter
            collapsed = c.call("Email/query", accountId="*", filter=filter, calculateTotal=True, collapseThreads=True)
            assert collapsed["total"] == len(collapsed["ids"])
        state = c.call("Email/get", accountId="*", ids=[])["state"]
        owner.call("Email/set", accountId=world.other.account, update={world.other.email: {"keywords/again": True}})
        assert c.call("Email/changes", accountId="*", sinceState=state)["updated"] == []
        owner.call("Email/set", accountId=third.account, update={third.email: {"keywords/again": True}})
        assert c.call("Email/changes", accountId="*", sinceState=state)["updated"] == [third.email]
        for m in ("Mailbox", "Identity", "EmailSubmission"):
            assert {o.get("accountId") for o in c.call(f"{m}/get", accountId="*")["list"]} <= {me.account, third.account, None}
        assert MARK not in json.dumps([c.call(f"{m}/get", accountId="*") for m in ("Mailbox", "Identity", "EmailSubmission", "Undo")])


# ---- scopes ---------------------------------------------------------------------------------------------------------


def signed_in(world, *scopes):
    t = world.owner.call("Token/set", create={"k": {"name": f"with {' '.join(scopes)}", "scopes": list(scopes), "accountIds": [world.mine.account]}})
    c = world.daemon.client()
    if t["notCreated"]:
        ids = [x["id"] for x in world.owner.call("Token/get")["list"] if x["name"] == f"with {' '.join(scopes)}"]
        world.owner.call("Token/set", destroy=ids)
        return signed_in(world, *scopes)
    c.call("Session/authenticate", token=t["created"]["k"]["secret"])
    return c


def test_scopes_of_every_method(world, methods):
    """Without the scope that the schema names a method is refused before anything else is looked at."""
    for held in (("read",), ("read", "triage"), ("read", "draft"), ("read", "send"), ("read", "triage", "draft", "send")):
        with signed_in(world, *held) as c:
            for name, m in methods.items():
                asked = m["x-scope"] if isinstance(m["x-scope"], list) else [m["x-scope"]]
                if asked == ["none"] or set(asked) & set(held):
                    continue
                data = c.answer(name, {"nonsense": 1})["error"]["data"]
                assert data["type"] == "forbidden" and data["scope"] in asked, (held, name)


def test_what_email_set_asks_for(world):
    me = world.mine
    create = {"k": letter(mailboxIds={me.mailbox: True}, keywords={"$draft": True})}
    change = {"accountId": me.account, "update": {me.draft: {"keywords/z": True}}, "destroy": ["e1"]}
    with signed_in(world, "draft") as c:
        made = c.call("Email/set", accountId=me.account, create=create)["created"]["k"]["id"]
        assert made in c.call("Email/set", accountId=me.account, create={"k": {**create["k"], "replaces": made}})["destroyed"]
        r = c.call("Email/set", **change)
        assert r["notUpdated"][me.draft]["type"] == "forbidden" == r["notDestroyed"]["e1"]["type"] and "triage" in r["notUpdated"][me.draft]["description"]
    with signed_in(world, "triage") as c:
        r = c.call("Email/set", accountId=me.account, create=create)
        assert r["notCreated"]["k"]["type"] == "forbidden" and "draft" in r["notCreated"]["k"]["description"]
        r = c.call("Email/set", **change)
        assert list(r["updated"]) == [me.draft] and r["notDestroyed"]["e1"]["type"] == "notFound"
        for what in ({"blobIds": []},):
            c.call("Email/parse", accountId=me.account, **what)


def test_what_sending_asks_for(world):
    me = world.mine
    before = len(world.owner.call("EmailSubmission/get", accountId=me.account)["list"])
    send = {"accountId": me.account, "create": {"k": {"identityId": me.identity, "emailId": me.draft}}}
    receipt = {"accountId": me.account, "identityId": me.identity, "send": {}}
    with signed_in(world, "send") as c:
        for more in ({"onSuccessUpdateEmail": {"#k": {"keywords/$draft": None}}}, {"onSuccessDestroyEmail": ["#k"]}):
            e = c.answer("EmailSubmission/set", {**send, **more})["error"]["data"]
            assert e["type"] == "forbidden" and e["scope"] == "triage"
        assert c.answer("MDN/send", {**receipt, "onSuccessUpdateEmail": {"#k": {"keywords/x": True}}})["error"]["data"]["scope"] == "triage"
        assert c.answer("Compose/resend", {"accountId": me.account, "emailId": me.email, "to": [{"email": "a@example.org"}]})["error"]["data"]["scope"] == "draft"
    assert len(world.owner.call("EmailSubmission/get", accountId=me.account)["list"]) == before


def test_who_may_write_asks_for_a_persons_word(world):
    """Decision 37: without `send`, a submission waits for somebody who may, and can be taken back; nothing else."""
    me, a = world.mine, {"accountId": world.mine.account}
    one = {"identityId": me.identity, "emailId": me.draft, "envelope": {"mailFrom": {"email": f"{me.word}@{me.word}.example.org"}, "rcptTo": [{"email": "x@example.net"}]}}
    with signed_in(world, "draft") as c:
        r = c.call("EmailSubmission/set", **a, create={"now": one, "no": {**one, "needsConfirmation": False}, "k": {**one, "needsConfirmation": True}, "l": {**one, "needsConfirmation": True}})
        assert set(r["notCreated"]) == {"now", "no"} and {e["type"] for e in r["notCreated"].values()} == {"forbidden"}
        assert all("send" in e["description"] for e in r["notCreated"].values())
        k, l = r["created"]["k"]["id"], r["created"]["l"]["id"]
        for patch in ({"needsConfirmation": False}, {"state": "queued"}):
            assert c.call("EmailSubmission/set", **a, update={k: patch})["notUpdated"][k]["type"] == "forbidden"
        r = c.call("EmailSubmission/set", **a, update={l: {"undoStatus": "canceled"}, me.submission: {"undoStatus": "canceled"}}, destroy=[k])
        assert list(r["updated"]) == [l] and r["notUpdated"][me.submission]["type"] == "forbidden" and r["notDestroyed"][k]["type"] == "forbidden"
        assert c.call("EmailSubmission/set", **a, destroy=[l])["notDestroyed"][l]["type"] == "forbidden"
    got = {s["id"]: s for s in world.owner.call("EmailSubmission/get", **a, ids=[k, l, me.submission])["list"]}
    assert got[k]["needsConfirmation"] and got[k]["state"] == "held" and got[l]["state"] == "canceled" and got[me.submission]["undoStatus"] == "pending"
    with signed_in(world, "triage") as c:
        assert c.answer("EmailSubmission/set", {**a, "create": {"k": {**one, "needsConfirmation": True}}})["error"]["data"]["type"] == "forbidden"
    world.owner.call("EmailSubmission/set", **a, update={k: {"undoStatus": "canceled"}})
