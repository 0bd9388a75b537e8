"""Rule/get, /set, /changes, and that rules are asked about mail that comes new: it is picked up from a POP3 server."""
import email.utils
import pathlib
import sqlite3
import sys
import time

import pytest

from client import Daemon, RpcError
from mail import LOCAL, import_all, mailbox, message

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from bad_pop3 import BadPop3  # noqa: E402

SET = {"id", "accountId", "problem", "problemType", "matchedEmails", "lastMatchedAt"}


def make(client, account=LOCAL, **rule):
    r = client.call("Rule/set", accountId=account, create={"k": {"name": "r", "query": "", **rule}})
    assert r["notCreated"] is None, r
    return r["created"]["k"]["id"]


def rule_of(client, id, *properties):
    return client.call("Rule/get", ids=[id], properties=list(properties) or None)["list"][0]


def update(client, id, account=LOCAL, **patch):
    r = client.call("Rule/set", accountId=account, update={id: patch})
    return r["updated"] and r["updated"][id] or (r["notUpdated"] or {}).get(id)


# ---- the object


def test_a_rule_is_made_read_changed_and_destroyed(client):
    client.call("Push/subscribe", types=["Rule"])
    archive, junk = mailbox(client, "archive"), mailbox(client, "junk")
    before = client.call("Rule/get", accountId=LOCAL)
    assert before["list"] == []
    wanted = {"name": "News ☀", "query": "from:news@example.org", "moveTo": archive, "copyTo": [junk], "addKeywords": {"$Seen": True, "news": True}, "removeKeywords": {"$flagged": True}}

    r = client.call("Rule/set", accountId=LOCAL, ifInState=before["state"], create={"k": wanted})

    created = r["created"]["k"]
    assert client.notification("StateChange")["changed"][LOCAL] == {"Rule": r["newState"]}
    expected = {**wanted, "addKeywords": {"$seen": True, "news": True}, "id": created["id"], "accountId": LOCAL, "sortOrder": 0, "isEnabled": True, "isLast": False, "problem": None,
                "problemType": None, "matchedEmails": 0, "lastMatchedAt": None}
    assert created == {k: v for k, v in expected.items() if k not in wanted or wanted[k] != v}
    got = client.call("Rule/get", accountId="*")
    assert got["list"] == [expected]
    assert client.call("Rule/get", accountId=LOCAL, ids=[created["id"], "r99", "x"], properties=["name"]) == {
        "accountId": LOCAL, "state": r["newState"], "list": [{"id": created["id"], "name": "News ☀"}], "notFound": ["r99", "x"]}

    assert update(client, created["id"], **{"addKeywords/$seen": None, "isEnabled": False, "isLast": True, "copyTo": [], "query": "to:jane OR is:unread", "sortOrder": 7}) is None
    expected |= {"addKeywords": {"news": True}, "isEnabled": False, "isLast": True, "copyTo": [], "query": "to:jane OR is:unread", "sortOrder": 7}
    assert rule_of(client, created["id"]) == expected
    second = make(client, moveTo=archive)
    assert rule_of(client, second, "sortOrder")["sortOrder"] == 8  # behind all others
    first = make(client, moveTo=archive, sortOrder=0)
    assert [x["id"] for x in client.call("Rule/get", accountId=LOCAL)["list"]] == [first, created["id"], second]
    r = client.call("Rule/set", accountId=LOCAL, destroy=[first, second, "r99"])
    assert set(r["destroyed"]) == {first, second} and r["notDestroyed"]["r99"]["type"] == "notFound"
    c = client.call("Rule/changes", accountId=LOCAL, sinceState=before["state"])
    assert c["created"] == [created["id"]] and c["newState"] == r["newState"]
    assert client.call("Rule/changes", accountId=LOCAL, sinceState=got["state"])["updated"] == [created["id"]]
    assert client.call("Rule/changes", accountId=LOCAL, sinceState=c["newState"], maxChanges=1)["updated"] == []


def test_what_it_cannot_be_is_said(client):
    archive = mailbox(client, "archive")
    other = client.call("Account/set", create={"k": {"address": "x@example.org", "source": "pop3://x@127.0.0.1:1?tls=none", "password": "p"}})["created"]["k"]["id"]
    theirs = mailbox(client, "archive", other)
    bad = [("name", {"name": ""}), ("name", {"name": "x" * 256}), ("name", {"name": "two\nlines"}), ("name", {"name": 7}), ("query", {"query": "x" * 4097}), ("query", {"query": "(a"}),
           ("query", {"query": "in:nowhere"}), ("query", {"query": 7}), ("sortOrder", {"sortOrder": -1}), ("sortOrder", {"sortOrder": 2**31}), ("sortOrder", {"sortOrder": "1"}),
           ("isEnabled", {"isEnabled": 1}), ("isLast", {"isLast": "yes"}), ("moveTo", {"moveTo": "m999"}), ("moveTo", {"moveTo": theirs}), ("moveTo", {"moveTo": 7}), ("moveTo", {"moveTo": None}),
           ("copyTo", {"copyTo": [theirs]}), ("copyTo", {"copyTo": archive}), ("copyTo", {"copyTo": [archive] * 33}), ("copyTo", {"copyTo": [7]}), ("addKeywords", {"addKeywords": {"a b": True}}),
           ("addKeywords", {"addKeywords": {"a": False}}), ("addKeywords", {"addKeywords": {f"k{n}": True for n in range(33)}}), ("removeKeywords", {"removeKeywords": ["a"]}),
           ("problem", {"problem": "none"}), ("matchedEmails", {"matchedEmails": 5}), ("colour", {"colour": "red"})]
    id = make(client, moveTo=archive)
    before = rule_of(client, id)
    for property, wrong in bad:
        r = client.call("Rule/set", accountId=LOCAL, create={"k": {"name": "r", "query": "", "moveTo": archive, **wrong}}, update={id: wrong})
        for error in (r["notCreated"]["k"], r["notUpdated"][id]):
            assert error["type"] == "invalidProperties" and error["properties"] == [property], (wrong, error)
    assert rule_of(client, id) == before
    error = client.call("Rule/set", accountId=LOCAL, create={"k": {"name": "r", "query": "a (b", "moveTo": archive}})["notCreated"]["k"]
    assert error["position"] == 2 and error["description"].startswith("query: "), error
    assert update(client, id, **{"moveTo/x": 1})["type"] == "invalidPatch"
    assert update(client, "r99", name="x")["type"] == "notFound"
    r = client.call("Rule/set", accountId=LOCAL, update={id: {"name": "x"}}, destroy=[id])
    assert r["notUpdated"][id]["type"] == "willDestroy" and r["destroyed"] == [id]
    for args in ({"ifInState": "s999"}, {"destroy": [f"r{n}" for n in range(2000)]}, {"accountId": "a99"}, {"accountId": "*"}):
        with pytest.raises(RpcError):
            client.call("Rule/set", **{"accountId": LOCAL, **args})
    for args in ({"ids": [f"r{n}" for n in range(2000)]}, {"properties": ["colour"]}):
        with pytest.raises(RpcError):
            client.call("Rule/get", **{"accountId": LOCAL, **args})


def test_there_are_not_too_many(client):
    archive = mailbox(client, "archive")
    r = client.call("Rule/set", accountId=LOCAL, create={f"k{n}": {"name": f"r{n}", "query": "", "moveTo": archive} for n in range(500)})
    assert len(r["created"]) == 500 and r["notCreated"] is None
    r = client.call("Rule/set", accountId=LOCAL, create={"k": {"name": "r", "query": "", "moveTo": archive}})
    assert r["notCreated"]["k"]["type"] == "overQuota"


def test_a_mailbox_and_a_rule_are_made_in_one_batch(client):
    made = client.call("Mailbox/set", accountId=LOCAL, create={"m": {"name": "Lists"}})["created"]["m"]["id"]
    id = make(client, moveTo=made, query="list:x")
    client.call("Push/subscribe", types=["Rule"])
    client.call("Mailbox/set", accountId=LOCAL, destroy=[made])
    client.notification("StateChange", timeout=20)
    r = rule_of(client, id)
    assert r["problemType"] == "mailboxGone" and "not there" in r["problem"] and r["moveTo"] == made
    assert update(client, id, name="still one") is None   # what is gone may stay
    assert rule_of(client, id)["problemType"] == "mailboxGone"
    changed = update(client, id, moveTo=mailbox(client, "archive"))
    assert changed == {"problem": None, "problemType": None} and rule_of(client, id)["problem"] is None


def test_a_query_that_names_a_mailbox_stops_with_it(client):
    made = client.call("Mailbox/set", accountId=LOCAL, create={"m": {"name": "Lists"}})["created"]["m"]["id"]
    id = make(client, query="in:Lists", addKeywords={"x": True})
    client.call("Push/subscribe", types=["Rule"])
    client.call("Mailbox/set", accountId=LOCAL, destroy=[made])
    client.notification("StateChange", timeout=20)
    r = rule_of(client, id)
    assert r["problemType"] == "invalidQuery" and "Lists" in r["problem"]
    client.call("Mailbox/set", accountId=LOCAL, create={"m": {"name": "Lists"}})
    client.notification("StateChange", timeout=20)
    assert rule_of(client, id)["problem"] is None


# ---- mail that is there


def apply(client, *ids, account=LOCAL, **more):
    r = client.call("Rule/apply", accountId=account, ids=list(ids), **more)
    if not r["taskId"]:
        return r
    assert r["changed"] is None and r["undoId"] is None
    while True:
        [t] = client.call("Task/get", ids=[r["taskId"]], waitMs=20000)["list"]
        if t["state"] != "running":
            assert t["state"] == "done" and t["kind"] == "rules" and t["done"] == t["total"] == r["matched"] == t["result"]["matched"], t
            return t["result"]


def places(client, ids):
    return {e["id"]: (set(e["mailboxIds"]), set(e["keywords"])) for e in client.call("Email/get", accountId=LOCAL, ids=ids, properties=["mailboxIds", "keywords"])["list"]}


def test_rules_are_applied_as_one_action(client):
    inbox, archive, junk = (mailbox(client, r) for r in ("inbox", "archive", "junk"))
    a, b, c = import_all(client, [message("apple", id="a@x"), message("bread", id="b@x"), message("apple bread", id="c@x")])
    [away] = import_all(client, [message("apple", id="d@x")], role="junk")
    before = places(client, [a, b, c, away])
    second = make(client, name="bread", query="subject:bread", moveTo=junk, addKeywords={"b": True}, isEnabled=False, sortOrder=2)
    first = make(client, name="apple", query="subject:apple", moveTo=archive, addKeywords={"a": True}, sortOrder=1)

    r = apply(client, second, first, ifInState=client.call("Rule/get", accountId=LOCAL, ids=[])["state"])

    assert (r["matched"], r["changed"]) == (3, 3)
    assert places(client, [a, b, c, away]) == {a: ({archive}, {"a"}), b: ({junk}, {"b"}), c: ({archive}, {"a", "b"}), away: before[away]}
    assert rule_of(client, first)["matchedEmails"] == rule_of(client, second)["matchedEmails"] == 2
    [h] = client.call("Email/history", ids=[b])["list"]
    assert h["events"][-1]["actor"] == {"kind": "rule", "name": "bread"}
    client.call("Undo/apply", id=r["undoId"])
    assert places(client, [a, b, c, away]) == before
    # what is not in the inbox leaves where it is; nothing is left to do the second time
    r = apply(client, first, filter={"inMailbox": junk})
    assert (r["matched"], r["changed"]) == (1, 1) and places(client, [away])[away] == ({archive}, {"a"})
    r = apply(client, first, filter={"inMailbox": archive})
    assert (r["matched"], r["changed"], r["undoId"]) == (1, 0, None)
    client.call("Rule/set", accountId=LOCAL, update={first: {"isLast": True}})
    assert apply(client, first, second)["changed"] == 3 and places(client, [c])[c] == ({archive}, {"a"})
    assert apply(client, filter={})["matched"] == 0


def test_much_is_a_task(client):
    archive = mailbox(client, "archive")
    ids = import_all(client, [message(f"much {n}", id=f"m{n}@x") for n in range(120)])
    rule = make(client, query="subject:much", moveTo=archive)
    r = apply(client, rule)
    assert (r["matched"], r["changed"]) == (120, 120) and all(p[0] == {archive} for p in places(client, ids).values())
    assert client.call("Undo/get", ids=[r["undoId"]])["list"][0]["emailCount"] == 120
    assert len(client.call("Undo/apply", id=r["undoId"])["undone"]) == 120
    # not too many at once
    refused = set()
    for n in range(30):
        rules = [make(client, query="subject:much", addKeywords={f"k{n}": True}) for _ in range(12)]
        answers = client.batch_answers(*[("Rule/apply", {"accountId": LOCAL, "ids": [rule]}) for rule in rules])
        refused |= {x["error"]["data"]["type"] for x in answers if "error" in x}
        client.call("Rule/set", accountId=LOCAL, destroy=rules)
        if refused:
            break
    assert refused == {"limit"}


def test_what_cannot_be_applied_is_said(client):
    rule = make(client, addKeywords={"x": True})
    gone = client.call("Mailbox/set", accountId=LOCAL, create={"m": {"name": "Gone"}})["created"]["m"]["id"]
    broken = make(client, name="broken", moveTo=gone)
    client.call("Mailbox/set", accountId=LOCAL, destroy=[gone])
    for args, type in (({"ids": ["r99"]}, "notFound"), ({"ids": ["x"]}, "notFound"), ({"ids": [broken]}, "invalidArguments"), ({"ids": [f"r{n}" for n in range(2000)]}, "requestTooLarge"),
                       ({"ids": [rule], "ifInState": "s999"}, "stateMismatch"), ({"ids": [rule], "filter": {"colour": "red"}}, "unsupportedFilter"), ({"accountId": "a99", "ids": []}, "accountNotFound")):
        with pytest.raises(RpcError) as e:
            client.call("Rule/apply", **{"accountId": LOCAL, **args})
        assert e.value.type == type, args


# ---- mail that comes


def letter(id, sender="joe@example.net", subject="hello", extra=""):
    date = email.utils.format_datetime(email.utils.localtime())
    return (f"Received: from a by b; {date}\r\nFrom: {sender}\r\nTo: alice@example.org\r\nSubject: {subject}\r\nMessage-ID: <{id}@example.net>\r\nDate: {date}\r\n{extra}\r\nA letter.\r\n").encode()


def sync(client, account):
    task = client.call("Account/sync", accountIds=[account])["taskId"]
    [t] = client.call("Task/get", ids=[task], waitMs=20000)["list"]
    assert t["result"]["accounts"][0]["ok"], t


def wait_until(what, timeout=15):
    end = time.monotonic() + timeout
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


class Post:
    """An account whose mail is picked up."""

    def __init__(self, client, server):
        self.client, self.server = client, server
        server.deliver(letter("old", "news@example.net"))
        self.account = client.call("Account/set", create={"k": {"address": "alice@example.org", "source": server.url, "password": "pass"}})["created"]["k"]["id"]
        self.box = {role: mailbox(client, role, self.account) for role in ("inbox", "archive", "junk", "trash")}

    def email(self, id, client=None):
        c = client or self.client
        ids = c.call("Email/query", accountId=self.account, filter={"header": ["Message-ID", f"<{id}@example.net>"]})["ids"]
        return c.call("Email/get", accountId=self.account, ids=ids, properties=["mailboxIds", "keywords", "threadId"])["list"][0] if ids else None

    def bring(self, *letters):
        self.server.deliver(*letters)
        sync(self.client, self.account)

    def is_at(self, id, *roles, client=None):
        e = self.email(id, client)
        return e and e["mailboxIds"] == {self.box[r]: True for r in roles}


@pytest.fixture
def post(client):
    with BadPop3() as server:
        yield Post(client, server)


def test_each_action_is_done_to_what_comes_new(post, client):
    a = post.account
    rules = [make(client, a, name="news", query="from:news@example.net", moveTo=post.box["archive"], addKeywords={"$seen": True}),
             make(client, a, name="copy", query="subject:copy", copyTo=[post.box["junk"]]),
             make(client, a, name="flag", query="subject:flag", addKeywords={"$flagged": True, "work": True})]
    sync(client, a)
    assert post.is_at("old", "inbox") and post.email("old")["keywords"] == {}   # what was there is left alone
    client.call("Push/subscribe", types=["EmailDelivery"], accountIds=[a])

    post.bring(letter("n", "News <news@example.net>"), letter("c", subject="a copy"), letter("f", subject="a flag"), letter("p"))

    wait_until(lambda: post.is_at("n", "archive") and post.is_at("c", "inbox", "junk") and post.is_at("f", "inbox") and post.email("f")["keywords"])
    assert post.email("n")["keywords"] == {"$seen": True} and post.email("f")["keywords"] == {"$flagged": True, "work": True}
    assert post.email("p")["keywords"] == post.email("c")["keywords"] == {} and post.is_at("p", "inbox")
    assert client.notification("StateChange")["changed"][a].keys() == {"EmailDelivery"}
    [h] = client.call("Email/history", accountId=a, ids=[post.email("n")["id"]])["list"]
    assert [(e["type"], e["actor"]) for e in h["events"]][-1] == ("placed", {"kind": "rule", "name": "news"})
    for id in rules:
        r = rule_of(client, id, "matchedEmails", "lastMatchedAt")
        assert r["matchedEmails"] == 1 and r["lastMatchedAt"]


def test_a_rule_may_read_and_put_away_without_anybody_being_told_of_new_mail(post, client):
    a = post.account
    make(client, a, moveTo=post.box["archive"], addKeywords={"$seen": True})
    sync(client, a)
    client.call("Push/subscribe", types=["EmailDelivery"], accountIds=[a])
    post.bring(letter("1"))
    wait_until(lambda: post.is_at("1", "archive"))
    assert client.is_quiet(0.3)
    assert [n for n in client.notifications if n["method"] == "StateChange"] == []


def test_several_rules_act_in_their_order(post, client):
    a = post.account
    make(client, a, name="second", query="subject:hello", moveTo=post.box["junk"], addKeywords={"two": True}, sortOrder=2)
    make(client, a, name="first", query="subject:hello", moveTo=post.box["archive"], addKeywords={"one": True}, sortOrder=1)
    make(client, a, name="off", query="", addKeywords={"off": True}, isEnabled=False, sortOrder=0)
    make(client, a, name="last", query="subject:stop", addKeywords={"three": True}, isLast=True, sortOrder=3)
    make(client, a, name="behind", query="", addKeywords={"four": True}, sortOrder=4)
    sync(client, a)
    post.bring(letter("1"), letter("2", subject="hello stop"))
    wait_until(lambda: post.is_at("1", "archive") and post.is_at("2", "archive"))   # the first move counts
    assert post.email("1")["keywords"] == {"one": True, "two": True, "four": True}
    assert post.email("2")["keywords"] == {"one": True, "two": True, "three": True}


def test_a_rule_that_cannot_act_keeps_no_other(post, client):
    a = post.account
    gone = client.call("Mailbox/set", accountId=a, create={"m": {"name": "Gone"}})["created"]["m"]["id"]
    broken = make(client, a, query="", moveTo=gone, addKeywords={"no": True}, isLast=True)
    make(client, a, query="", addKeywords={"yes": True})
    client.call("Mailbox/set", accountId=a, destroy=[gone])
    sync(client, a)
    post.bring(letter("1"))
    wait_until(lambda: post.email("1")["keywords"])
    assert post.email("1")["keywords"] == {"yes": True} and post.is_at("1", "inbox")
    wait_until(lambda: rule_of(client, broken)["problemType"] == "mailboxGone")
    assert rule_of(client, broken)["matchedEmails"] == 0


def test_what_a_user_imports_or_moves_is_left_alone(client):
    make(client, addKeywords={"touched": True})
    [id] = import_all(client, [message(id="1@x")])
    inbox, archive = mailbox(client, "inbox"), mailbox(client, "archive")
    for box in (archive, inbox):
        client.call("Email/set", accountId=LOCAL, update={id: {"mailboxIds": {box: True}}})
    time.sleep(0.3)
    assert client.call("Email/get", accountId=LOCAL, ids=[id], properties=["keywords"])["list"][0]["keywords"] == {}


def test_a_message_of_a_muted_conversation_is_read_and_put_away_before_any_rule(post, client):
    a = post.account
    sync(client, a)
    post.bring(letter("1", subject="noise"))
    first = post.email("1")
    make(client, a, addKeywords={"ruled": True})
    client.call("Email/set", accountId=a, update={first["id"]: {"keywords/$muted": True}})
    post.bring(letter("2", subject="Re: noise", extra="In-Reply-To: <1@example.net>\r\n"), letter("3", subject="other"))
    wait_until(lambda: post.is_at("2", "archive") and post.email("3")["keywords"])
    assert post.email("2")["keywords"] == {"$seen": True, "$muted": True} and post.email("3")["keywords"] == {"ruled": True}
    assert client.call("Email/query", accountId=a, query="is:muted")["ids"] == [post.email("2")["id"], first["id"]]
    [h] = client.call("Email/history", accountId=a, ids=[post.email("2")["id"]])["list"]
    assert h["events"][-1]["actor"] == {"kind": "rule", "name": "mute"}
    # an account without an archive: it is read, and stays
    client.call("Mailbox/set", accountId=a, update={post.box["archive"]: {"role": None}})
    post.bring(letter("4", subject="Re: noise", extra="In-Reply-To: <2@example.net>\r\n"))
    wait_until(lambda: post.email("4")["keywords"])
    assert post.email("4")["keywords"] == {"$seen": True, "$muted": True} and post.is_at("4", "inbox")


def test_what_came_before_a_kill_is_judged_once_after_it(daemon, client):
    with BadPop3() as server:
        post = Post(client, server)
        a = post.account
        rule = make(client, a, name="r", query="subject:hello", moveTo=post.box["archive"], isEnabled=False)
        sync(client, a)
        post.bring(letter("1"))
        daemon.kill()
        # as it stands between the arrival and the rule
        with sqlite3.connect(daemon.profile / "facteur.db") as db:
            assert db.execute("SELECT count(*) FROM rule_arrival").fetchone() == (0,)
            db.execute("UPDATE rule SET is_enabled = 1")
            db.execute("INSERT INTO rule_arrival SELECT email_id, ? FROM placement p JOIN email e ON e.id = p.email_id ORDER BY email_id DESC LIMIT 1", (int(a[1:], 32),))
        db.close()
        for _ in range(2):
            with Daemon(daemon.profile) as again, again.client() as c:
                wait_until(lambda: post.is_at("1", "archive", client=c) and post.is_at("old", "inbox", client=c))
                time.sleep(0.2)
                assert rule_of(c, rule)["matchedEmails"] == 1
                e = post.email("1", c)
                c.call("Email/set", accountId=a, update={e["id"]: {"mailboxIds": {post.box["archive"]: True, post.box["trash"]: True}}})
                [h] = c.call("Email/history", accountId=a, ids=[e["id"]])["list"]
                assert [x["actor"] for x in h["events"]].count({"kind": "rule", "name": "r"}) == 2  # out of one, into the other
                c.call("Email/set", accountId=a, update={e["id"]: {"mailboxIds": {post.box["archive"]: True}}})
                again.kill()
