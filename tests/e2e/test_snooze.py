"""Snoozing in an account with a server: a real Dovecot, seen by another mail program."""
import datetime
import sqlite3

from e2e import fill, message_ids, wait_until
from test_both_ways import Other, settled


def moment(seconds):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_snoozed_message_waits_on_the_server_and_comes_back_unread(facteur, dovecot):
    fill(dovecot, "alice", 4)
    facteur.add_account(dovecot)
    facteur.run("sync")
    ids = message_ids(facteur)
    names = sorted(ids)
    facteur.run("flag", *ids.values(), "+seen")

    facteur.run("snooze", ids[names[0]], ids[names[1]], ids[names[2]], "2d")
    settled(facteur)

    with Other(dovecot) as other:
        assert set(other.contents("Snoozed")) == set(names[:3]) and set(other.contents("INBOX")) == set(names[3:])
    assert facteur.count("in:snoozed") == 3 and facteur.count("in:INBOX") == 1
    with Other(dovecot) as other:  # another program brings one back itself
        other.ok(other.imap.select("Snoozed"))
        uid = other.uid("SEARCH", "HEADER", "MESSAGE-ID", names[2])[0].decode()
        other.uid("MOVE", uid, "INBOX")
    facteur.run("sync")
    wait_until(lambda: facteur.count("in:snoozed") == 2)
    facteur.run("snooze", ids[names[1]], "--cancel")
    # the time comes while nothing runs
    facteur.kill()
    db = sqlite3.connect(facteur.profile / "facteur.db")
    assert db.execute("UPDATE snooze SET until = 1").rowcount == 1
    db.commit()
    db.close()
    facteur.run("mailboxes")
    wait_until(lambda: facteur.count("in:snoozed") == 0)
    settled(facteur)

    with Other(dovecot) as other:
        inbox = other.contents("INBOX")
    assert set(inbox) == set(names)
    assert "\\Seen" not in inbox[names[0]] and "$new" in {f.lower() for f in inbox[names[0]]}
    assert all("\\Seen" in inbox[n] for n in names[1:])
    assert message_ids(facteur) == ids


def test_it_wakes_by_itself_and_is_taken_back(facteur, dovecot):
    fill(dovecot, "alice", 2)
    facteur.add_account(dovecot)
    facteur.run("sync")
    a, b = sorted(message_ids(facteur).values())
    facteur.run("snooze", a, moment(2))
    facteur.run("snooze", b, "tomorrow")
    facteur.run("undo")
    wait_until(lambda: facteur.count("in:INBOX") == 2)
    assert facteur.json("search", "keyword:$new")[0]["id"] == a
    facteur.run("snooze", a, "soon", status=2)
    facteur.run("snooze", a, "2001-01-01", status=1)
