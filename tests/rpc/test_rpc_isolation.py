"""One token, one account: of the other account nothing is to be seen, by any method, id, blob, error text or count.

Every method of the schema is called with ids of the other account, and with ids of the same kind that nobody has: both answers
must be the same but for the ids that the caller gave, and none may hold a word of the other account's. A method that is new must
be entered in CALLS, or said to take no ids at all in NONE."""
import json
import re

import pytest

from client import BUILD, Daemon, RpcError, ref
from mail import message

pytestmark = pytest.mark.xdist_group("isolation")

MARK = "zyzzyva"  # in everything of the other account
SCOPES = ["read", "triage", "draft", "send", "admin"]

# ---- two accounts with everything in them ---------------------------------------------------------------------------


class Account:
    """Ids of one account's things; `word` is in each of them."""

    def __init__(self, client, word):
        self.word = word
        source = {"address": f"{word}@{word}.example.org", "name": word, "source": f"pop3://{word}@127.0.0.1:1?tls=none",
                  "transport": f"smtp://{word}@127.0.0.1:1?tls=none", "password": f"{word}secret"}
        self.account = client.call("Account/set", create={"k": source})["created"]["k"]["id"]
        a = {"accountId": self.account}
        self.mailbox = client.call("Mailbox/set", **a, create={"k": {"name": f"{word} plans"}})["created"]["k"]["id"]
        raw = message(f"{word} subject", f"{word} body\r\n", f"{word} <{word}@example.org>", id=f"{word}@x",
                      extra=f'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b{word}"\r\n').replace(
                          b"\r\n\r\n", b"\r\n\r\n--b%b\r\n\r\n%b text\r\n--b%b\r\nContent-Disposition: attachment; filename=%b.txt\r\n\r\n%b file\r\n--b%b--\r\n" % ((word.encode(),) * 6), 1)
        up = client.call("Blob/upload", **a, create={"b": {"data": [{"data:asText": raw.decode()}]}, "l": {"data": [{"data:asText": f"{word} loose"}]}})["created"]
        self.blob, self.loose = up["b"]["id"], up["l"]["id"]
        made = client.call("Email/import", **a, emails={"e": {"blobId": self.blob, "mailboxIds": {self.mailbox: True}, "keywords": {word: True}}})
        self.email, self.thread = made["created"]["e"]["id"], made["created"]["e"]["threadId"]
        self.part = self.blob + "_2"
        self.body = "p" + self.email[1:]
        inbox = client.call("Mailbox/query", **a, filter={"role": "inbox"})["ids"][0]
        client.call("Email/set", **a, update={self.email: {f"mailboxIds/{inbox}": True}})
        self.undo = client.call("Undo/query", **a)["ids"][0]
        self.identity = client.call("Identity/get", **a)["list"][0]["id"]
        client.call("Identity/set", **a, update={self.identity: {"name": word, "textSignature": f"-- {word}"}})
        draft = {"mailboxIds": {self.mailbox: True}, "from": [{"email": f"{word}@{word}.example.org"}], "to": [{"email": "a@example.org"}], "subject": f"{word} draft",
                 "bodyStructure": {"type": "text/plain", "partId": "1"}, "bodyValues": {"1": {"value": word}}, "keywords": {"$draft": True}}
        self.draft = client.call("Email/set", **a, create={"k": draft})["created"]["k"]["id"]
        sent = client.call("EmailSubmission/set", **a, create={"k": {"identityId": self.identity, "emailId": self.draft, "envelope": {
            "mailFrom": {"email": f"{word}@{word}.example.org", "parameters": {"HOLDFOR": "86400"}}, "rcptTo": [{"email": f"{word}@example.net", "parameters": None}]}}})
        self.submission = sent["created"]["k"]["id"]
        self.task = client.call("Account/sync", accountIds=[self.account])["taskId"]
        self.push = "w1"  # the owner's
        self.token = client.call("Token/set", create={"k": {"name": f"{word} token", "scopes": ["read"], "accountIds": [self.account]}})["created"]["k"]["id"]

    def ids(self):
        return {k: v for k, v in vars(self).items() if k != "word"}


class Nobody:
    """The same kinds of ids, of which none is anything."""

    def __init__(self):
        self.account, self.mailbox, self.email, self.draft, self.thread = "avv", "mvvv", "evvvvv", "evvvvu", "tvvv"
        self.blob = "b" + "0123456789abcdef" * 4
        self.loose = "b" + "fedcba9876543210" * 4
        self.part, self.body = self.blob + "_2", "pvvvvv"
        self.undo, self.identity, self.submission, self.task, self.token, self.push = "zvvv", "ivvv", "svvv", "kvvv", "ovvv", "wvvv"

    ids = Account.ids


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


# ---- the table ------------------------------------------------------------------------------------------------------


def account_of(*more):
    """Calls in the account `o`, in one's own, and in all, with these arguments that speak of `o`."""
    def calls(o, me):
        for args in more:
            for account in (o.account, me.account, "*"):
                yield {"accountId": account, **args(o, me)}
    return calls


def anywhere(*more):
    def calls(o, me):
        for args in more:
            yield args(o, me)
    return calls


def get(kind):
    return account_of(lambda o, me: {"ids": [getattr(o, kind)]}, lambda o, me: {"ids": None})


def changes():
    return account_of(lambda o, me: {"sinceState": "s0"})


def query(*filters):
    return account_of(lambda o, me: {"calculateTotal": True}, *[(lambda o, me, f=f: {"filter": f(o), "calculateTotal": True}) for f in filters])


def query_changes(*filters):
    return account_of(lambda o, me: {"sinceQueryState": "s0"}, *[(lambda o, me, f=f: {"sinceQueryState": "s0", "filter": f(o), "calculateTotal": True}) for f in filters])


def letter(**more):
    return {"subject": "s", "bodyStructure": {"type": "text/plain", "partId": "1"}, "bodyValues": {"1": {"value": "x"}}, **more}


EMAIL_FILTERS = [lambda o: {"accountId": o.account}, lambda o: {"inMailbox": o.mailbox}, lambda o: {"inMailboxOtherThan": [o.mailbox]}, lambda o: {"text": MARK}, lambda o: {"hasKeyword": MARK},
                 lambda o: {"id": f"{MARK}@x"}, lambda o: {"operator": "NOT", "conditions": [{"inMailbox": o.mailbox}]}, lambda o: {"from": MARK}, lambda o: {"filename": MARK}]
SUBMISSION_FILTERS = [lambda o: {"identityIds": [o.identity]}, lambda o: {"emailIds": [o.draft]}, lambda o: {"threadIds": [o.thread]}]
MAILBOX_FILTERS = [lambda o: {"parentId": o.mailbox}, lambda o: {"name": MARK}]

CALLS = {
    "Account/authorize": anywhere(lambda o, me: {"accountId": o.account}),
    "Account/changes": anywhere(lambda o, me: {"sinceState": "s0"}),
    "Account/check": anywhere(lambda o, me: {"accountId": o.account}, lambda o, me: {"account": {"address": "x@example.org", "source": "imap://127.0.0.1:1?tls=none"}},
                              lambda o, me: {"accountId": o.account, "account": {"source": "imap://x@127.0.0.1:1?tls=none"}}),
    "Account/get": anywhere(lambda o, me: {"ids": [o.account]}, lambda o, me: {"ids": None}),
    "Account/query": anywhere(lambda o, me: {"calculateTotal": True}, lambda o, me: {"filter": {"text": MARK}}, lambda o, me: {"anchor": o.account}),
    "Account/repair": anywhere(lambda o, me: {"accountId": o.account}),
    "Account/set": anywhere(lambda o, me: {"update": {o.account: {"name": "taken"}}}, lambda o, me: {"destroy": [o.account]}, lambda o, me: {"update": {o.account: {"notices/n1": None}}},
                            lambda o, me: {"create": {"k": {"address": f"x@{MARK}", "source": "imap://x@127.0.0.1:1?tls=none"}}}),
    "Account/sync": anywhere(lambda o, me: {"accountIds": [o.account]}, lambda o, me: {"accountIds": [me.account, o.account]}),
    "Account/verify": anywhere(lambda o, me: {"accountId": o.account}),
    "Blob/get": account_of(*[(lambda o, me, k=k: {"ids": [getattr(o, k)], "properties": ["data", "size", "digest:sha-256"]}) for k in ("blob", "part", "body", "loose")]),
    "Blob/open": account_of(*[(lambda o, me, k=k: {"blobId": getattr(o, k)}) for k in ("blob", "part", "body", "loose")]),
    "Blob/begin": anywhere(lambda o, me: {"accountId": o.account}),
    "Blob/finish": anywhere(lambda o, me: {"accountId": o.account, "uploadId": "0" * 32}),
    "Blob/upload": account_of(lambda o, me: {"create": {"k": {"data": [{"blobId": o.blob}]}}}, lambda o, me: {"create": {"k": {"data": [{"data:asText": "own "}, {"blobId": o.loose, "length": 1}]}}}),
    "Compose/forward": account_of(lambda o, me: {"emailId": o.email}, lambda o, me: {"emailId": me.email, "identityId": o.identity}),
    "Compose/new": account_of(lambda o, me: {"identityId": o.identity}, lambda o, me: {"text": "x"}),
    "Compose/reply": account_of(lambda o, me: {"emailId": o.email}, lambda o, me: {"emailId": me.email, "identityId": o.identity}, lambda o, me: {"emailId": me.email, "all": True}),
    "Compose/resend": account_of(lambda o, me: {"emailId": o.email, "to": [{"email": "a@example.org"}]}, lambda o, me: {"emailId": me.email, "identityId": o.identity, "to": [{"email": "a@example.org"}]}),
    "Compose/template": account_of(lambda o, me: {"emailId": o.draft}, lambda o, me: {"emailId": me.draft, "identityId": o.identity}),
    "Email/changes": changes(),
    "Email/get": account_of(lambda o, me: {"ids": [o.email, o.draft], "properties": ["subject", "bodyValues", "mailboxIds", "blobId"], "fetchAllBodyValues": True}, lambda o, me: {"ids": None}),
    "Email/history": account_of(lambda o, me: {"ids": [o.email]}, lambda o, me: {"ids": [me.email]}),
    "Email/import": account_of(*[(lambda o, me, k=k: {"emails": {"k": {"blobId": getattr(o, k), "mailboxIds": {me.mailbox: True}}}}) for k in ("blob", "part", "body", "loose")],
                               lambda o, me: {"emails": {"k": {"blobId": me.part, "mailboxIds": {o.mailbox: True}}}}),
    "Email/parse": account_of(lambda o, me: {"blobIds": [o.blob, o.part, o.body, o.loose]}),
    "Email/query": query(*EMAIL_FILTERS),
    "Email/queryChanges": query_changes(*EMAIL_FILTERS),
    "Email/set": account_of(lambda o, me: {"update": {o.email: {"keywords/x": True}}}, lambda o, me: {"destroy": [o.email]}, lambda o, me: {"update": {me.draft: {f"mailboxIds/{o.mailbox}": True}}},
                            lambda o, me: {"create": {"k": letter(mailboxIds={o.mailbox: True})}}, lambda o, me: {"create": {"k": letter(mailboxIds={me.mailbox: True}, replaces=o.draft)}},
                            lambda o, me: {"create": {"k": letter(mailboxIds={me.mailbox: True}, attachments=[{"blobId": o.blob, "type": "text/plain"}])}},
                            lambda o, me: {"create": {"k": letter(mailboxIds={me.mailbox: True}, attachments=[{"blobId": o.loose, "type": "text/plain"}])}}),
    "EmailSubmission/changes": changes(),
    "EmailSubmission/get": get("submission"),
    "EmailSubmission/query": query(*SUBMISSION_FILTERS),
    "EmailSubmission/queryChanges": query_changes(*SUBMISSION_FILTERS),
    "EmailSubmission/set": account_of(lambda o, me: {"create": {"k": {"identityId": o.identity, "emailId": me.draft}}}, lambda o, me: {"create": {"k": {"identityId": me.identity, "emailId": o.draft}}},
                                      lambda o, me: {"update": {o.submission: {"undoStatus": "canceled"}}}, lambda o, me: {"destroy": [o.submission]},
                                      lambda o, me: {"onSuccessUpdateEmail": {o.submission: {"keywords/x": True}}}, lambda o, me: {"onSuccessDestroyEmail": [o.submission]}),
    "Identity/changes": changes(),
    "Identity/get": get("identity"),
    "Identity/set": account_of(lambda o, me: {"update": {o.identity: {"name": "taken"}}}, lambda o, me: {"destroy": [o.identity]}),
    "MDN/parse": account_of(lambda o, me: {"blobIds": [o.blob, o.part, o.body, o.loose]}),
    "MDN/send": account_of(lambda o, me: {"identityId": o.identity, "send": {}}, lambda o, me: {"identityId": me.identity, "send": {"k": {"forEmailId": o.email, "disposition": {
        "actionMode": "manual-action", "sendingMode": "mdn-sent-manually", "type": "displayed"}}}}),
    "Mailbox/changes": changes(),
    "Mailbox/get": get("mailbox"),
    "Mailbox/query": query(*MAILBOX_FILTERS),
    "Mailbox/queryChanges": query_changes(*MAILBOX_FILTERS),
    "Mailbox/set": account_of(lambda o, me: {"update": {o.mailbox: {"name": "taken"}}}, lambda o, me: {"destroy": [o.mailbox], "onDestroyRemoveEmails": True}, lambda o, me: {"create": {"k": {"name": "n", "parentId": o.mailbox}}},
                              lambda o, me: {"update": {me.mailbox: {"parentId": o.mailbox}}}),
    "Push/subscribe": anywhere(lambda o, me: {"types": ["Email", "Mailbox", "Thread", "Account", "AccountState", "Undo"], "accountIds": [o.account]},
                               lambda o, me: {"types": ["Email", "Mailbox", "Thread", "Account", "AccountState", "Undo"]}, lambda o, me: {"types": []}),
    "Search/parse": account_of(lambda o, me: {"query": f"in:{MARK}"}, lambda o, me: {"query": f'in:"{MARK} plans"'}, lambda o, me: {"query": f"account:{MARK}"}),
    "SearchSnippet/get": account_of(lambda o, me: {"filter": {"text": MARK}, "emailIds": [o.email]}),
    "Task/cancel": anywhere(lambda o, me: {"id": o.task}),
    "Task/get": anywhere(lambda o, me: {"ids": [o.task]}, lambda o, me: {"ids": [o.task], "waitMs": 5}, lambda o, me: {"ids": None}),
    "Thread/changes": changes(),
    "Thread/get": account_of(lambda o, me: {"ids": [o.thread]}),
    "Token/get": anywhere(lambda o, me: {"ids": [o.token]}, lambda o, me: {"ids": None}),
    "Token/invite": anywhere(lambda o, me: {"token": {"name": "x", "scopes": ["read"], "accountIds": [o.account]}}, lambda o, me: {"token": {"name": "x", "scopes": ["read"], "accountIds": [me.account, o.account]}}),
    "Token/set": anywhere(lambda o, me: {"update": {o.token: {"name": "taken"}}}, lambda o, me: {"destroy": [o.token]}, lambda o, me: {"create": {"k": {"name": "mine", "scopes": ["read"], "accountIds": [o.account]}}},
                          lambda o, me: {"create": {"k": {"name": "mine", "scopes": ["read"], "accountIds": [me.account, o.account]}}}),
    "Undo/apply": account_of(lambda o, me: {"id": o.undo}),
    "Undo/changes": changes(),
    "Undo/get": get("undo"),
    "Undo/query": query(),
}
# methods that not every state of the schema has
LATER = {
    "Blob/copy": anywhere(*[(lambda o, me, k=k: {"fromAccountId": o.account, "accountId": me.account, "blobIds": [getattr(o, k)]}) for k in ("blob", "part", "body", "loose")],
                          lambda o, me: {"fromAccountId": me.account, "accountId": o.account, "blobIds": [me.blob]}),
    "Blob/lookup": account_of(lambda o, me: {"typeNames": ["Mailbox", "Thread", "Email"], "ids": [o.blob, o.part, o.body, o.loose]}),
    "Email/copy": anywhere(lambda o, me: {"fromAccountId": o.account, "accountId": me.account, "create": {"k": {"id": o.email, "mailboxIds": {me.mailbox: True}}}},
                           lambda o, me: {"fromAccountId": me.account, "accountId": o.account, "create": {"k": {"id": me.email, "mailboxIds": {o.mailbox: True}}}, "onSuccessDestroyOriginal": True}),
    "PushSubscription/get": anywhere(lambda o, me: {"ids": [o.push]}, lambda o, me: {"ids": None}),
    "PushSubscription/set": anywhere(lambda o, me: {"update": {o.push: {"types": ["Email"]}}}, lambda o, me: {"destroy": [o.push]}),
    "Quota/changes": changes(),
    "Quota/get": account_of(lambda o, me: {"ids": ["q1"]}, lambda o, me: {"ids": None}),
    "Quota/query": query(lambda o: {"name": MARK}),
    "Quota/queryChanges": query_changes(lambda o: {"name": MARK}),
    "VacationResponse/get": account_of(lambda o, me: {"ids": ["singleton"]}, lambda o, me: {"ids": None}),
    "VacationResponse/set": account_of(lambda o, me: {"update": {"singleton": {"isEnabled": True, "textBody": "taken"}}}),
}
DOCUMENT = json.loads((BUILD / "api" / "gen" / "openrpc.json").read_text())
CALLS.update((name, LATER[name]) for name in LATER if name in {m["name"] for m in DOCUMENT["methods"]})
# methods that take no ids: they are called as they are, and their answers searched
NONE = {"Core/echo": {}, "Core/createdIds": {}, "Session/get": {}, "Session/authenticate": {"token": "x"}, "Plugin/get": {}, "rpc.discover": {}, "Token/pair": {"code": "x"}}


def answers_of(client, world, method, o):
    """What each call gives, with the ids of `o` replaced by what they are of."""
    names = sorted(((v, k) for k, v in o.ids().items()), key=lambda p: -len(p[0]))
    for params in CALLS[method](o, world.mine):
        text = json.dumps(client.answer(method, params), ensure_ascii=False, sort_keys=True)
        # the caller's own words may come back, not more
        assert text.count(MARK) <= json.dumps(params).count(MARK), (method, params, text)
        for value, name in names:
            text = re.sub(rf"(?<![0-9A-Za-z]){re.escape(value)}(?![0-9A-Za-z])", f"<{name}>", text)
        yield params, re.sub(r'"id": \d+', '"id": 0', text)


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
        one, other = (re.sub(r'"(?:new|old|query|newQuery|oldQuery)?[sS]tate": "\w+"|"id": "\w+"|"\w*[iI]d": "\w+"|\d{4}-\d\d-\d\dT[\d:]+Z|"secret": "[^"]*"|"alreadyExists"', "", t) for t in (one, other))
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
