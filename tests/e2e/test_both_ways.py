"""What is done here reaches the server, what another program does there reaches us: with a real Dovecot, by the command line."""
import imaplib
import os
import ssl
import time

import pytest

from e2e import fill, make_message, message_ids, wait_until
import random

N = int(os.environ.get("FACTEUR_E2E_BOTH_WAYS", "100"))
MOVED = int(os.environ.get("FACTEUR_E2E_MOVED", "1000"))
RENUMBERED = int(os.environ.get("FACTEUR_E2E_RENUMBERED", "2000"))


class Other:
    """Another mail program: plain IMAP."""

    def __init__(self, dovecot, user="alice"):
        context = ssl.create_default_context(cafile=dovecot.ca)
        self.imap = imaplib.IMAP4_SSL("localhost", dovecot.imaps_port, ssl_context=context)
        self.ok(self.imap.login(user, dovecot.password))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.imap.logout()

    @staticmethod
    def ok(answer):
        assert answer[0] == "OK", answer
        return answer[1]

    def create(self, *names):
        for name in names:
            self.ok(self.imap.create(name))

    def contents(self, mailbox):
        """Message-ID to flags (without \\Recent)."""
        self.ok(self.imap.select(mailbox, readonly=True))
        found = {}
        for line in self.ok(self.imap.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")):
            if isinstance(line, tuple):
                key = line[1].split(b"<")[1].split(b">")[0].decode()
                assert key not in found, f"{key} is there twice"
                found[key] = set(line[0].split(b"FLAGS (")[1].split(b")")[0].decode().split()) - {"\\Recent"}
        return found

    def uid(self, command, *args):
        return self.ok(self.imap.uid(command, *args))


@pytest.fixture
def boxes(dovecot):
    with Other(dovecot) as other:
        other.create("Work", "Archive")
    return dovecot


def state(facteur):
    return [a for a in facteur.rpc("Account/get")["list"] if not a["isLocal"]][0]


def settled(facteur):
    """Everything is told to the server, and a further sync has nothing to do."""
    facteur.run("sync")
    wait_until(lambda: state(facteur)["pendingChanges"] == 0)


def test_offline_work_survives_a_kill_and_reaches_the_server(facteur, boxes):
    fill(boxes, "alice", 4 * N)
    facteur.add_account(boxes)
    facteur.run("sync")
    ids = message_ids(facteur)
    names = sorted(ids)
    with Other(boxes) as other:
        before = other.contents("INBOX")
    boxes.pause()
    flagged, moved, deleted, alone = names[:N], names[N:2 * N], names[2 * N:2 * N + N // 2], names[2 * N + N // 2:]
    facteur.run("flag", *(ids[n] for n in flagged), "+flagged")
    facteur.run("move", *(ids[n] for n in moved), "Work")
    facteur.run("delete", "--forever", *(ids[n] for n in deleted))
    facteur.kill()
    assert facteur.count("in:Work") == N and facteur.count("in:INBOX") == 3 * N - N // 2
    assert state(facteur)["pendingChanges"] == 2 * N + N // 2
    boxes.start()
    settled(facteur)
    with Other(boxes) as other:
        inbox, work = other.contents("INBOX"), other.contents("Work")
    assert set(work) == set(moved)
    assert set(inbox) == set(flagged) | set(alone)
    for name in flagged:
        assert inbox[name] == before[name] | {"\\Flagged"}
    for name in alone:
        assert inbox[name] == before[name]
    for name in moved:
        assert work[name] == before[name]
    after = message_ids(facteur)
    assert after == {n: ids[n] for n in names if n not in deleted}
    facteur.run("sync")
    assert state(facteur)["syncState"]["messagesDone"] == 0


def test_what_another_program_moves_keeps_its_id_and_is_not_fetched(facteur, boxes):
    fill(boxes, "alice", MOVED + 20)
    facteur.add_account(boxes)
    facteur.run("sync")
    ids = message_ids(facteur)
    with Other(boxes) as other:
        other.ok(other.imap.select("INBOX"))
        other.uid("MOVE", f"1:{MOVED}", "Work")
    facteur.run("sync")
    wait_until(lambda: facteur.count("in:Work") == MOVED and facteur.count("in:INBOX") == 20)
    assert message_ids(facteur) == ids
    assert state(facteur)["syncState"]["bytesDone"] == 0
    with Other(boxes) as other:
        other.create("Elsewhere")
        other.ok(other.imap.rename("Work", "Renamed"))
        other.ok(other.imap.select("Renamed"))
        other.uid("MOVE", "1:50", "Elsewhere")
    facteur.run("sync")
    wait_until(lambda: facteur.count("in:Elsewhere") == 50 and facteur.count("in:Renamed") == MOVED - 50)


def test_a_renumbered_mailbox_is_recognised(facteur, boxes):
    fill(boxes, "alice", RENUMBERED)
    facteur.add_account(boxes)
    facteur.run("sync")
    ids = message_ids(facteur)
    chosen = sorted(ids)[::7]
    facteur.run("flag", *(ids[n] for n in chosen), "+flagged", "+project")
    settled(facteur)
    boxes.pause()
    facteur.run("flag", *(ids[n] for n in chosen[:50]), "-project")
    with open(os.path.join(boxes.maildir("alice"), "dovecot-uidlist")) as f:
        first = f.readline().split()
    assert first[1].startswith("V")
    os.unlink(os.path.join(boxes.maildir("alice"), "dovecot-uidlist"))
    for name in os.listdir(boxes.maildir("alice")):
        if name.startswith("dovecot.index"):
            os.unlink(os.path.join(boxes.maildir("alice"), name))
    time.sleep(1.1)  # UIDVALIDITY is the time
    boxes.start()
    settled(facteur)
    assert state(facteur)["syncState"]["bytesDone"] == 0
    assert message_ids(facteur) == ids
    with Other(boxes) as other:
        there = other.contents("INBOX")
    for n in ids:
        expected = set() if n not in chosen else {"\\Flagged"} if n in chosen[:50] else {"\\Flagged", "project"}
        assert there[n] & {"\\Flagged", "project"} == expected, n


def test_mail_is_put_into_mailboxes_of_the_server(facteur, boxes, tmp_path):
    facteur.add_account(boxes)
    facteur.run("sync")
    paths = []
    for i in range(5):
        paths.append(tmp_path / f"{i}.eml")
        paths[-1].write_bytes(make_message(i, random.Random(i)))
    work = [m for m in facteur.json("mailboxes") if m["path"].endswith("Work")][0]
    facteur.run("import", *paths[:3], "-m", work["id"])
    facteur.run("import", *paths[3:], "-m", "alice@example.org:Work")
    settled(facteur)
    with Other(boxes) as other:
        assert set(other.contents("Work")) == {f"m{i}@e2e.example" for i in range(5)}
        other.ok(other.imap.select("Work"))
        sizes = {len(line[1]) for line in other.uid("FETCH", "1:*", "(BODY.PEEK[])") if isinstance(line, tuple)}
    assert sizes == {p.stat().st_size for p in paths}
    assert state(facteur)["syncState"]["bytesDone"] == 0


def test_delete_goes_to_the_trash_of_the_server_first(facteur, dovecot):
    fill(dovecot, "alice", 2)
    facteur.add_account(dovecot)
    facteur.run("sync")
    trash = [m for m in facteur.json("mailboxes") if m["role"] == "trash" and m.get("accountId") != "a1"]
    email = facteur.json("list")[0]["id"]
    facteur.run("delete", email)
    settled(facteur)
    with Other(dovecot) as other:
        assert len(other.contents("INBOX")) == 1
        assert not trash or len(other.contents("Trash")) == 1
    facteur.run("delete", "--forever", email)
    settled(facteur)
    with Other(dovecot) as other:
        assert not trash or other.contents("Trash") == {}
