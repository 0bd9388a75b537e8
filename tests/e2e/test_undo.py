"""facteur undo: in the local account and with a real Dovecot, online and not, before and after the server was told."""
import pytest

from e2e import fill, message_ids, wait_until
from test_both_ways import Other, boxes, settled, state  # noqa: F401


@pytest.fixture
def three(facteur):
    box = "".join(f"From a@b Mon Mar 17 17:3{i}:00 2025\nSubject: message {i}\nMessage-ID: <{i}@x>\n\nbody {i}\n\n" for i in range(3))
    facteur.run("import", "-", input=box)
    return [e["id"] for e in facteur.json("list")]


def test_each_undo_goes_further_back_and_an_undo_is_done_again(facteur, three):
    facteur.run("flag", *three, "+flagged")
    facteur.run("delete", three[0])
    done = facteur.run("undo")
    assert done.stdout == "taken back: 1 message moved to Trash\n" and done.stderr == ""
    assert facteur.out("undo") == "taken back: 3 messages flagged\n"
    assert facteur.count("is:flagged") == 0 and facteur.count("in:inbox") == 3
    assert "nothing to take back" in facteur.run("undo", status=1).stderr
    rows = facteur.json("undo", "--list")
    assert [r["description"] for r in rows] == ["taken back: 3 messages flagged", "taken back: 1 message moved to Trash",
                                                "1 message moved to Trash", "3 messages flagged"]
    assert rows[-1]["client"] == "facteur"
    assert facteur.out("undo", rows[0]["id"]) == "done again: 3 messages flagged\n"
    assert facteur.count("is:flagged") == 3
    listed = facteur.out("undo", "--list").splitlines()
    assert len(listed) == 6 and "done again: 3 messages flagged" in listed[1]
    assert "taken back before" in facteur.run("undo", rows[0]["id"], status=1).stderr
    facteur.run("undo", "z1", "z2", status=2)
    facteur.run("undo", "--list", "z1", status=2)


def test_what_was_deleted_for_good_comes_back_and_what_was_changed_since_is_told(facteur, three):
    facteur.run("delete", "--forever", *three[:2])
    done = facteur.run("undo")
    assert done.stdout.startswith("taken back: 2 messages deleted for good\n")
    new = {line.split()[0]: line.split()[2] for line in done.stdout.splitlines()[1:]}
    assert set(new) == set(three[:2]) and facteur.count("") == 3
    assert facteur.out("show", new[three[0]], "--text").strip() == facteur.json("show", new[three[0]])[0]["plainText"].strip()
    facteur.run("move", *new.values(), "archive")
    (action,) = [a for a in facteur.json("undo", "--list") if a["kind"] == "move"]
    facteur.run("move", new[three[0]], "trash")
    done = facteur.run("undo", action["id"], status=1)
    assert done.stdout == "taken back: 2 messages moved to Archive, of which 1 could be\n"
    assert done.stderr == f"facteur: {new[three[0]]}: somebody changed it since: it stays as it is (mailboxIds)\n"
    assert facteur.count("in:trash") == 1 and facteur.count("in:archive") == 0


def test_five_hundred_messages_are_one_undo(facteur, tmp_path):
    box = tmp_path / "many.mbox"
    box.write_text("".join(f"From a@b Mon Mar 17 17:30:00 2025\nSubject: message {i}\nMessage-ID: <{i}@x>\n\nbody {i}\n\n" for i in range(500)))
    facteur.run("import", box)
    ids = [e["id"] for e in facteur.json("list", "-n", "1000")]
    facteur.run("delete", "-", input="\n".join(ids))
    assert facteur.count("in:trash") == 500
    assert facteur.out("undo") == "taken back: 500 messages moved to Trash\n"
    assert facteur.count("in:inbox") == 500 and facteur.count("in:trash") == 0
    facteur.run("delete", "--forever", "-", input="\n".join(ids))
    assert facteur.out("undo") == "taken back: 500 messages deleted for good\n500 messages have new ids: --json names them\n"
    assert facteur.count("in:inbox") == 500


# ---- with a server ------------------------------------------------------------------------------------------


@pytest.fixture
def mail(facteur, boxes):  # noqa: F811
    """A synchronised account with 60 messages: (ids by Message-ID, what the server shows)."""
    fill(boxes, "alice", 60)
    facteur.add_account(boxes)
    facteur.run("sync")
    with Other(boxes) as other:
        before = other.contents("INBOX")
    return message_ids(facteur), before


def contents(dovecot, *names):
    with Other(dovecot) as other:
        return [other.contents(n) for n in names]


def test_fifty_are_moved_and_moved_back(facteur, boxes, mail):  # noqa: F811
    ids, before = mail
    names = sorted(ids)
    facteur.run("move", *(ids[n] for n in names[:50]), "Work")
    settled(facteur)
    inbox, work = contents(boxes, "INBOX", "Work")
    assert len(inbox) == 10 and set(work) == set(names[:50])
    facteur.run("undo")
    settled(facteur)
    assert contents(boxes, "INBOX", "Work") == [before, {}]
    assert message_ids(facteur) == ids
    assert state(facteur)["syncState"]["bytesDone"] == 0


def test_what_the_server_was_not_told_is_not_told(facteur, boxes, mail):  # noqa: F811
    ids, before = mail
    names = sorted(ids)
    boxes.pause()
    facteur.run("move", *(ids[n] for n in names[:20]), "Work")
    facteur.run("flag", *(ids[n] for n in names[20:30]), "+flagged", "+project")
    facteur.run("delete", "--forever", *(ids[n] for n in names[30:50]))
    facteur.kill()
    assert state(facteur)["pendingChanges"] == 60 - 10
    for _ in range(3):
        facteur.run("undo")
    assert state(facteur)["pendingChanges"] == 0
    assert facteur.count("in:INBOX") == 60
    boxes.start()
    settled(facteur)
    assert contents(boxes, "INBOX", "Work") == [before, {}]
    after = message_ids(facteur)
    assert {n: after[n] for n in names[:30] + names[50:]} == {n: ids[n] for n in names[:30] + names[50:]}
    assert not {after[n] for n in names[30:50]} & set(ids.values())
    assert state(facteur)["syncState"]["bytesDone"] == 0


def test_twenty_deleted_for_good_are_put_back_on_the_server(facteur, boxes, mail):  # noqa: F811
    ids, before = mail
    gone = sorted(ids)[:20]
    facteur.run("flag", *(ids[n] for n in gone[:5]), "+flagged")
    facteur.run("delete", "--forever", *(ids[n] for n in gone))
    settled(facteur)
    with Other(boxes) as other:
        assert set(other.contents("INBOX")) == set(ids) - set(gone)
    facteur.run("undo")
    assert facteur.count("in:INBOX") == 60
    settled(facteur)
    for n in gone[:5]:
        before[n] = before[n] | {"\\Flagged"}
    assert contents(boxes, "INBOX") == [before]
    assert set(message_ids(facteur)) == set(ids)
    assert state(facteur)["syncState"]["bytesDone"] == 0
    # And the other way again.
    undo = facteur.json("undo", "--list")[0]
    facteur.run("undo", undo["id"])
    settled(facteur)
    with Other(boxes) as other:
        assert set(other.contents("INBOX")) == set(ids) - set(gone)


def test_bytes_and_dates_come_back_as_they_were(facteur, boxes, mail):  # noqa: F811
    ids, _ = mail
    name = sorted(ids)[0]

    def on_server():
        with Other(boxes) as other:
            other.ok(other.imap.select("INBOX", readonly=True))
            uid = other.uid("SEARCH", "HEADER", "Message-ID", f"<{name}>")[0].decode()
            line = other.uid("FETCH", uid, "(INTERNALDATE BODY.PEEK[])")[0]
        return line[0].split(b'INTERNALDATE "')[1].split(b'"')[0], line[1]

    was = on_server()
    facteur.run("delete", "--forever", ids[name])
    settled(facteur)
    facteur.run("undo")
    settled(facteur)
    assert on_server() == was


def test_what_another_program_did_since_stays(facteur, boxes, mail):  # noqa: F811
    ids, before = mail
    names = sorted(ids)
    facteur.run("move", *(ids[n] for n in names[:5]), "Work")
    settled(facteur)
    with Other(boxes) as other:
        other.ok(other.imap.select("Work"))
        uid = other.uid("SEARCH", "HEADER", "Message-ID", f"<{names[0]}>")[0].decode()
        other.uid("MOVE", uid, "Archive")
        uid = other.uid("SEARCH", "HEADER", "Message-ID", f"<{names[1]}>")[0].decode()
        other.uid("STORE", uid, "+FLAGS", "(\\Answered)")
    facteur.run("sync")
    wait_until(lambda: facteur.count("in:Archive") == 1)
    done = facteur.run("undo", status=1)
    assert done.stderr == f"facteur: {ids[names[0]]}: somebody changed it since: it stays as it is (mailboxIds)\n"
    settled(facteur)
    inbox, work, archive = contents(boxes, "INBOX", "Work", "Archive")
    assert work == {} and set(archive) == {names[0]}
    assert inbox == {**{n: f for n, f in before.items() if n != names[0]}, names[1]: before[names[1]] | {"\\Answered"}}
