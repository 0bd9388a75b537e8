"""Rules and muting in an account with a server: a real Dovecot, seen by another mail program."""
import email.utils
import json
import random
import sqlite3
import time

import pytest

from e2e import KILLS, fill, message_ids, wait_until
from test_both_ways import Other, settled


def letter(id, sender="joe@example.net", subject="hello", extra=""):
    date = email.utils.format_datetime(email.utils.localtime())
    return (f"From: {sender}\r\nTo: alice@example.org\r\nSubject: {subject}\r\nMessage-ID: <{id}>\r\nDate: {date}\r\n{extra}\r\nA letter about {subject}.\r\n").encode()


@pytest.fixture
def account(facteur, dovecot):
    with Other(dovecot) as other:
        other.create("Lists", "Work", "Archive")
    fill(dovecot, "alice", 3)
    facteur.add_account(dovecot)
    facteur.run("sync")
    return facteur


def rule(facteur, name):
    return next(r for r in facteur.json("rule", "list") if r["name"] == name)


def test_a_message_is_filed_on_the_server_too(account, dovecot):
    facteur = account
    old = set(message_ids(facteur))
    facteur.run("rule", "add", "News", "from:news@example.net", "--move", "Lists", "--copy", "Work", "--flag", "+seen", "--flag", "+paper")
    facteur.run("rule", "add", "Boss", "from:boss@example.net", "--flag", "+flagged")
    watch = facteur.watch()

    dovecot.deliver("alice", letter("n1@x", "News <news@example.net>"))  # told by IDLE
    dovecot.deliver("alice", letter("b1@x", "boss@example.net"))
    dovecot.deliver("alice", letter("p1@x"))

    wait_until(lambda: facteur.count("in:Lists") == 1 and facteur.count("is:flagged") == 1 and facteur.count("id:p1@x") == 1)
    settled(facteur)
    with Other(dovecot) as other:
        inbox, lists, work = (other.contents(m) for m in ("INBOX", "Lists", "Work"))
    assert set(inbox) == old | {"b1@x", "p1@x"} and "\\Flagged" in inbox["b1@x"] and inbox["p1@x"] == set()
    assert set(lists) == set(work) == {"n1@x"} and {"\\Seen", "paper"} <= lists["n1@x"]
    assert rule(facteur, "News")["matchedEmails"] == 1 and rule(facteur, "Boss")["lastMatchedAt"]
    [e] = facteur.json("search", "id:n1@x")
    assert "News (rule)" in facteur.out("history", e["id"])
    watch.wait_for(lambda e: (e.get("email") or {}).get("subject") == "hello" and e["id"] == message_ids(facteur)["p1@x"])


def test_a_first_synchronization_is_left_alone(facteur, dovecot):
    with Other(dovecot) as other:
        other.create("Lists")
    dovecot.deliver("alice", letter("old@x", "news@example.net"))
    facteur.add_account(dovecot)
    [a] = [x for x in facteur.rpc("Account/get")["list"] if not x["isLocal"]]
    facteur.rpc("Rule/set", accountId=a["id"], create={"k": {"name": "seen", "query": "", "addKeywords": {"touched": True}}})
    facteur.run("sync")
    facteur.run("sync")
    assert facteur.count("keyword:touched") == 0 and facteur.count("id:old@x") == 1
    dovecot.deliver("alice", letter("new@x", "news@example.net"))
    facteur.run("sync")
    wait_until(lambda: facteur.count("keyword:touched") == 1)
    assert facteur.count("keyword:touched id:new@x") == 1


def test_each_message_is_filed_once_whenever_facteurd_is_killed(account, dovecot):
    facteur, rng = account, random.Random(7)
    facteur.run("rule", "add", "All", "subject:filed", "--copy", "Lists", "--flag", "+filed")
    n = 0
    for _ in range(max(KILLS, 3)):
        for _ in range(5):
            dovecot.deliver("alice", letter(f"k{n}@x", subject="filed"))
            n += 1
        facteur.run("--json", "rpc", "Account/sync", "{}")  # begins it
        time.sleep(rng.random() * 0.4)
        facteur.kill()
    facteur.run("sync")
    wait_until(lambda: facteur.count("keyword:filed") == n)
    settled(facteur)

    assert rule(facteur, "All")["matchedEmails"] == n
    with Other(dovecot) as other:
        assert set(other.contents("Lists")) == {f"k{i}@x" for i in range(n)} and len(other.contents("INBOX")) == n + 3
    facteur.run("stop")
    db = sqlite3.connect(facteur.profile / "facteur.db")
    assert db.execute("SELECT count(*) FROM rule_arrival").fetchone() == (0,)
    db.close()


def test_a_killed_facteurd_judges_at_its_start_what_came_before(account, dovecot):
    facteur = account
    facteur.run("rule", "add", "News", "from:news@example.net", "--move", "Lists")
    facteur.run("rule", "disable", "News")
    dovecot.deliver("alice", letter("n1@x", "news@example.net"))
    facteur.run("sync")
    facteur.kill()
    db = sqlite3.connect(facteur.profile / "facteur.db")  # as it stands between the arrival and the rule
    db.execute("UPDATE rule SET is_enabled = 1")
    assert db.execute("INSERT INTO rule_arrival SELECT e.id, e.account_id FROM email e ORDER BY e.received_at DESC, e.id DESC LIMIT 1").rowcount == 1
    db.commit()
    db.close()
    facteur.run("mailboxes")
    wait_until(lambda: facteur.count("in:Lists") == 1)
    settled(facteur)
    with Other(dovecot) as other:
        assert set(other.contents("Lists")) == {"n1@x"} and len(other.contents("INBOX")) == 3
    assert rule(facteur, "News")["matchedEmails"] == 1


def test_a_muted_conversation_is_read_and_put_away(account, dovecot):
    facteur = account
    dovecot.deliver("alice", letter("t1@x", subject="noise"))
    dovecot.deliver("alice", letter("t2@x", subject="Re: noise", extra="In-Reply-To: <t1@x>\r\n"))
    facteur.run("sync")
    ids = message_ids(facteur)
    facteur.run("rule", "add", "Never", "subject:noise", "--flag", "+never")

    facteur.run("mute", ids["t1@x"])

    assert facteur.count("is:muted in:Archive") == 2 and facteur.count("in:INBOX subject:noise") == 0
    dovecot.deliver("alice", letter("t3@x", subject="Re: noise", extra="In-Reply-To: <t2@x>\r\n"))
    dovecot.deliver("alice", letter("other@x", subject="quiet"))
    facteur.run("sync")
    wait_until(lambda: facteur.count("is:muted is:read in:Archive") == 1 and facteur.count("is:muted") == 3)
    settled(facteur)
    with Other(dovecot) as other:
        archive = other.contents("Archive")
        assert set(archive) == {"t1@x", "t2@x", "t3@x"} and {"\\Seen", "$muted"} <= {f if f[0] == "\\" else f.lower() for f in archive["t3@x"]}
        assert "other@x" in other.contents("INBOX")
    assert facteur.count("keyword:never") == 0  # no rule is asked
    facteur.run("unmute", message_ids(facteur)["t3@x"])
    assert facteur.count("is:muted") == 0
    dovecot.deliver("alice", letter("t4@x", subject="Re: noise", extra="In-Reply-To: <t3@x>\r\n"))
    facteur.run("sync")
    wait_until(lambda: facteur.count("in:INBOX keyword:never id:t4@x") == 1)


def test_rules_are_applied_to_what_is_there_and_taken_back(account, dovecot):
    facteur = account
    for i in range(120):
        dovecot.deliver("alice", letter(f"a{i}@x", "news@example.net" if i % 2 else "joe@example.net"))
    facteur.run("sync")
    facteur.run("rule", "add", "News", "from:news@example.net", "--move", "Lists", "--flag", "+seen")
    facteur.run("rule", "add", "Joe", "from:joe@example.net", "--flag", "+joe")
    assert len(facteur.json("rule", "test", "News", "-n", "100")) == 60
    assert len(facteur.json("rule", "test", "from:joe@example.net", "-n", "7")) == 7

    [done] = facteur.json("rule", "apply", "News", "Joe")   # more than are done in the call: a task

    assert done["matched"] == done["changed"] == 120 and done["undoId"]
    assert facteur.count("in:Lists is:read") == 60 and facteur.count("keyword:joe in:INBOX") == 60
    settled(facteur)
    with Other(dovecot) as other:
        assert len(other.contents("Lists")) == 60
    facteur.run("undo")
    assert facteur.count("in:Lists") == 0 and facteur.count("keyword:joe") == 0 and facteur.count("in:INBOX is:unread from:news@example.net") == 60
    settled(facteur)
    with Other(dovecot) as other:
        assert len(other.contents("Lists")) == 0 and len(other.contents("INBOX")) == 123
    assert facteur.out("rule", "apply", "News", "--in", "Work") == "0 matched, 0 changed\n"
    assert facteur.json("rule", "apply", "Joe", "--all")[0]["changed"] == 60


def test_the_command_line_keeps_rules(account, dovecot):
    facteur = account
    a = facteur.out("rule", "add", "One", "subject:x", "-is:read", "--move", "Lists").strip()
    facteur.run("rule", "add", "Two", "", "--flag", "+two", "--flag", "-junk", "--last")
    facteur.run("rule", "add", "Three", "is:unread", "--copy", "Work", "--copy", "Archive")
    assert [r["name"] for r in facteur.json("rule", "list")] == ["One", "Two", "Three"] and rule(facteur, "One")["query"] == "subject:x -is:read"
    facteur.run("rule", "move", "Three", "first")
    facteur.run("rule", "move", a, "after", "two")
    assert [r["name"] for r in facteur.json("rule", "list")] == ["Three", "Two", "One"]
    facteur.run("rule", "move", "Three", "last")
    facteur.run("rule", "move", "One", "before", "Two")
    assert [r["name"] for r in facteur.json("rule", "list", "--account", "alice@example.org")] == ["One", "Two", "Three"]
    facteur.run("rule", "disable", "One", "Two")
    facteur.run("rule", "enable", "Two")
    facteur.run("rule", "set", "One", "--name", "Uno", "--query", "subject:y", "--move", "", "--flag", "+seen", "--last")
    r = rule(facteur, "Uno")
    assert (r["id"], r["query"], r["moveTo"], r["addKeywords"], r["isLast"], r["isEnabled"]) == (a, "subject:y", None, {"$seen": True}, True, False)
    facteur.run("rule", "set", "Two", "--not-last", "--copy", "Work")
    assert not rule(facteur, "Two")["isLast"] and rule(facteur, "Two")["removeKeywords"] == {"$junk": True}
    out = facteur.out("rule", "list")
    assert "every message" in out and "also in Work" in out and "off" in out and "-junk" in out
    assert facteur.out("complete", "rules").splitlines() == ["Uno", "Two", "Three"]
    for bad in (["add", "x"], ["add"], ["set"], ["set", "Two"], ["move", "Two"], ["move", "Two", "before"], ["enable"], ["test"], ["apply"], ["list", "x"], ["add", "x", "", "--flag", "seen"]):
        facteur.run("rule", *bad, status=2)
    for bad in (["add", "x", "(", "--flag", "+a"], ["add", "x", "a"], ["add", "x", "", "--move", "Nowhere"], ["set", "None", "--last"], ["remove", "T"], ["apply", "None"], ["test", "("]):
        assert facteur.run("rule", *bad, status=1).stderr
    with Other(dovecot) as other:
        other.ok(other.imap.delete("Work"))
    facteur.run("sync")
    wait_until(lambda: rule(facteur, "Two")["problemType"] == "mailboxGone")
    done = facteur.run("rule", "list")
    assert "Two: " in done.stderr and "a mailbox that is gone" in done.stdout
    facteur.run("rule", "remove", "Uno", "Two", "Three")
    assert facteur.json("rule", "list") == []
    assert json.loads(facteur.out("--json", "rule", "add", "J", "", "--flag", "+j"))["id"]
