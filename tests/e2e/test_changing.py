"""Flags, moves, deletion and import in the local account."""
import json
import os
import time

import pytest

from e2e import Dialogue, SAMPLES


@pytest.fixture
def three(facteur):
    """A profile with three messages; the newest first."""
    box = "".join(f"From a@b Mon Mar 17 17:3{i}:00 2025\nSubject: message {i}\nMessage-ID: <{i}@x>\n\nbody {i}\n\n" for i in range(3))
    facteur.run("import", "-", input=box)
    return [e["id"] for e in facteur.json("list")]


def keywords(facteur, email):
    return facteur.json("show", email)[0]["keywords"]


def mailbox(facteur, role):
    (found,) = [m for m in facteur.json("mailboxes") if m["role"] == role]
    return found


def test_flags_are_set_and_cleared(facteur, three):
    facteur.run("flag", three[0], three[1], "+seen", "+flagged", "+Urgent")
    assert keywords(facteur, three[0]) == {"$seen": True, "$flagged": True, "urgent": True}
    facteur.run("flag", three[0], "-flagged", "-urgent")
    for wrong in ("++", "+-", "-+", "++seen"):
        assert "is no flag" in facteur.run("flag", three[0], wrong, status=2).stderr
    assert keywords(facteur, three[0]) == {"$seen": True}
    assert facteur.count("is:unread") == 1
    assert mailbox(facteur, "inbox")["unreadEmails"] == 1


def test_json_tells_of_each_message(facteur, three):
    assert facteur.json("flag", *three[:2], "+seen") == [{"id": i, "ok": True} for i in three[:2]]


def test_an_email_keeps_its_id_when_it_moves(facteur, three):
    facteur.run("move", three[0], three[1], "archive")
    assert [e["id"] for e in facteur.json("list", "-m", "Archive")] == three[:2]
    assert [e["id"] for e in facteur.json("list")] == three[2:]


def test_delete_goes_to_the_trash_first(facteur, three):
    facteur.run("delete", three[0])
    assert [e["id"] for e in facteur.json("list", "-m", "trash")] == three[:1]
    assert facteur.count("") == 3
    facteur.run("delete", three[0])
    assert facteur.count("") == 2
    facteur.run("delete", three[1], "--forever")
    assert facteur.count("") == 1


def test_changes_outlive_a_kill(facteur, three):
    facteur.run("flag", three[0], "+flagged")
    facteur.run("move", three[1], "archive")
    facteur.kill()
    assert keywords(facteur, three[0]) == {"$flagged": True}
    assert [e["id"] for e in facteur.json("list", "-m", "archive")] == [three[1]]


def test_import_makes_the_mailbox_it_is_told(facteur):
    facteur.run("import", SAMPLES, "-m", "Old/2025")
    paths = {m["path"]: m["totalEmails"] for m in facteur.json("mailboxes")}
    assert paths["Old"] == 0 and paths["Old/2025"] == 200


def test_what_was_imported_already_is_not_doubled(facteur):
    facteur.run("import", SAMPLES)
    assert facteur.json("import", SAMPLES) == [{"imported": 0, "failed": 0, "known": 200, "ignoredFiles": 0}]
    assert facteur.out("import", SAMPLES) == "0 messages imported, 200 were there already\n"
    assert facteur.count() == 200


def test_a_maildir_brings_flags_dates_and_folders(facteur, tmp_path):
    for folder in ("cur", "new", "tmp", ".Sent/cur", ".Sent/new", ".Entw&APw-rfe.2024/cur", ".Entw&APw-rfe.2024/new"):
        (tmp_path / "M" / folder).mkdir(parents=True)
    (tmp_path / "M/cur/1.host:2,FS").write_bytes(b"Subject: seen and flagged\n\nbody\n")
    os.utime(tmp_path / "M/cur/1.host:2,FS", (1_600_000_000, 1_600_000_000))
    (tmp_path / "M/new/2.host").write_bytes(b"Subject: new\r\n\r\nbody\r\n")
    (tmp_path / "M/.Sent/cur/3.host:2,S").write_bytes(b"Subject: sent\n\nbody\n")
    (tmp_path / "M/.Entw&APw-rfe.2024/cur/4.host:2,DS").write_bytes(b"Subject: draft\n\nbody\n")
    facteur.run("import", tmp_path / "M")
    emails = {e["subject"]: e for e in facteur.json("search", "body")}
    assert emails["seen and flagged"]["keywords"] == {"$seen": True, "$flagged": True}
    assert emails["seen and flagged"]["receivedAt"] == "2020-09-13T12:26:40Z"
    assert emails["new"]["keywords"] == {}
    paths = {m["id"]: m["path"] for m in facteur.json("mailboxes")}
    assert [paths[m] for m in emails["sent"]["mailboxIds"]] == ["Sent"]
    assert [paths[m] for m in emails["draft"]["mailboxIds"]] == ["Entwürfe/2024"]
    assert facteur.run("show", emails["new"]["id"], "--raw", text=False).stdout == b"Subject: new\r\n\r\nbody\r\n"


def test_a_folder_of_everything_is_imported(facteur, tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "one.eml").write_bytes(b"Subject: one\n\n1\n")
    (tmp_path / "a" / "b" / "box").write_bytes(b"From a@b Mon Mar 17 17:39:00 2025\nSubject: two\n\n2\n")
    (tmp_path / "a" / "picture.jpg").write_bytes(b"\xff\xd8\xff")
    assert facteur.json("import", tmp_path / "a") == [{"imported": 2, "failed": 0, "known": 0, "ignoredFiles": 1}]


def test_a_large_message_comes_through_whole(facteur, tmp_path):
    message = b"Subject: large\n\n" + b"".join(b"%078d\n" % i for i in range(100_000))
    (tmp_path / "large.eml").write_bytes(message)
    facteur.run("import", tmp_path / "large.eml")
    (email,) = facteur.json("list")
    assert email["size"] == len(message)
    assert facteur.run("show", email["id"], "--raw", text=False).stdout == message


def test_import_says_what_is_no_mail(facteur, tmp_path):
    (tmp_path / "x.bin").write_bytes(b"\x00\x01\x02")
    assert "neither a mailbox nor a message" in facteur.run("import", tmp_path / "x.bin", status=1).stderr
    assert "No such file" in facteur.run("import", tmp_path / "none", status=1).stderr


def test_every_client_sees_a_change(facteur, three):
    watchers = [facteur.watch(), facteur.watch()]
    facteur.run("flag", three[0], "+flagged")
    for w in watchers:
        event = w.wait_for(lambda e: e["event"] == "changed")
        assert event["id"] == three[0] and event["email"]["keywords"] == {"$flagged": True}
    facteur.run("import", "-", input="Subject: fresh\n\nnews\n")
    facteur.run("delete", three[1], "--forever")
    for w in watchers:
        assert w.wait_for(lambda e: e["event"] == "new")["email"]["subject"] == "fresh"
        assert w.wait_for(lambda e: e["event"] == "gone")["id"] == three[1]
        assert w.close() == 0


def test_import_is_quick_enough_to_be_used(facteur):
    began = time.monotonic()
    facteur.run("import", SAMPLES)
    assert time.monotonic() - began < 20


def test_ids_come_from_standard_input_where_one_is_a_dash(facteur):
    facteur.run("import", SAMPLES)
    listed = facteur.out("--json", "list", "-n", "3")
    facteur.run("flag", "-", "+todo", input=listed)
    assert facteur.rpc("Email/query", accountId="*", filter={"hasKeyword": "todo"}, calculateTotal=True)["total"] == 3
    ids = [json.loads(line)["id"] for line in listed.splitlines()]
    facteur.run("move", "-", "archive", input="\n".join(ids))
    assert facteur.count("in:archive") == 3
    facteur.run("delete", ids[0], "-", input=f"\n {ids[1]}\r\n")
    assert facteur.count("in:trash") == 2
    assert facteur.json("flag", "-", "+seen", input="") == []
    assert "no JSON object" in facteur.run("flag", "-", "+seen", input='{"subject": "x"}\n', status=1).stderr


def test_watch_says_where_a_message_is(facteur):
    facteur.count()
    facteur.env["NO_COLOR"] = "1"
    d = Dialogue(facteur, "watch", columns=200)
    d.wait_for("watching")
    facteur.run("import", "-", "-m", "Work/Clients", input="Subject: here\n\nx\n")
    d.wait_for("here  ")
    facteur.run("move", facteur.json("search", "here")[0]["id"], "archive")
    d.wait_for("changed")
    d.wait_for("[Archive]")
    d.type("\x03")
    assert d.end() == 0
    new, changed = [line for line in d.out.splitlines() if "here  " in line]
    assert "new " in new and "[Work/Clients]" in new and "changed " in changed
