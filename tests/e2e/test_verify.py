"""account verify and account repair against a real server: nothing is found where nothing is wrong, everything that is."""
import glob
import os
import sqlite3

import pytest

from dovecot import Dovecot
from e2e import fill, wait_until


class Store:
    """The database of a profile whose facteurd does not run: what a bug or a broken disk would do to it."""

    def __init__(self, facteur):
        facteur.run("stop")
        self.db = sqlite3.connect(facteur.profile / "facteur.db", isolation_level=None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.db.close()

    def __call__(self, sql, *args):
        return self.db.execute(sql, args).fetchall()

    def email(self, mailbox, uid):
        [[mailbox_id, email_id]] = self("SELECT p.mailbox_id, p.email_id FROM placement p JOIN mailbox m ON m.id = p.mailbox_id "
                                        "WHERE m.name = ? AND p.uid = ?", mailbox, uid)
        return mailbox_id, email_id


def verify(facteur, account, *options, found):
    """The report; `found`: how many of each type."""
    [report] = facteur.json("account", "verify", account, *options, status=1 if found else 0)
    assert report["counts"] == found and report["found"] == sum(found.values()), report["differences"]
    return report


def repair(facteur, account, *options, found):
    [report] = facteur.json("account", "repair", account, *options)
    assert report["counts"] == found, report["differences"]
    assert report["mended"] == report["found"] and all(d["isMended"] for d in report["differences"]), report
    assert report["remaining"]["found"] == 0
    return report


@pytest.fixture
def dovecot(certificates):
    """A server that tells nothing by itself: else the differences would be mended before anybody looks."""
    with Dovecot(certs=certificates, capability="IMAP4rev1 SASL-IR LOGIN-REFERRALS ENABLE UIDPLUS MOVE CONDSTORE QRESYNC LIST-STATUS LIST-EXTENDED SPECIAL-USE") as d:
        yield d


@pytest.fixture
def alice(facteur, dovecot):
    """30 messages in the inbox, 20 in Work: 50 in all."""
    messages = {**fill(dovecot, "alice", 30), **fill(dovecot, "alice", 20, "Work", seed=2)}
    facteur.add_account(dovecot)
    facteur.run("sync")
    return messages


def test_a_healthy_account_has_no_differences(facteur, dovecot, alice):
    report = verify(facteur, "alice", found={})
    assert report["messagesHere"] == report["messagesThere"] == report["emails"] == 50 and report["waiting"] == 0
    assert not report["bytesRead"] and report["mailboxes"] >= 2
    assert verify(facteur, "alice", "--bytes", found={})["bytesRead"]
    done = facteur.run("account", "verify", "alice")
    assert "50 messages" in done.stdout and "nothing differs" in done.stdout
    both = facteur.out("account", "verify")
    assert both.count("nothing differs") == 2 and "50 messages in" in both and "On this computer" in both, both
    assert [r["messagesHere"] for r in facteur.json("account", "verify")] == [50, 0]
    facteur.run("account", "verify", "alice", "nobody", status=1)
    assert facteur.out("account", "repair", "alice").endswith("nothing differs, nothing was mended\n")


def test_it_changes_nothing_on_the_server(facteur, dovecot, alice):
    dovecot.deliver("alice", b"Subject: not seen yet\r\n\r\nx\r\n", "Work")
    before = sorted(os.listdir(os.path.join(dovecot.maildir("alice", "Work"), "new")))
    assert before
    [news] = verify(facteur, "alice", "--bytes", found={"emailNotHere": 1})["differences"]
    assert news["isNews"] and "it came after the last sync" in facteur.run("account", "verify", "alice", status=1).stdout
    assert sorted(os.listdir(os.path.join(dovecot.maildir("alice", "Work"), "new"))) == before, "a SELECT takes \\Recent away"
    facteur.run("sync")
    verify(facteur, "alice", found={})


def test_what_was_taken_out_of_the_store_is_found_and_comes_back(facteur, dovecot, alice):
    with Store(facteur) as store:
        whole = store.email("Work", 3)
        store("DELETE FROM placement WHERE email_id = ?", whole[1])
        store("DELETE FROM email WHERE id = ?", whole[1])
        store("DELETE FROM placement WHERE email_id = ?", store.email("Work", 4)[1])
        store("DELETE FROM email WHERE id = ?", store.email("Work", 5)[1])
    report = verify(facteur, "alice", found={"emailNotHere": 2, "emailMissing": 1, "emailNowhere": 1, "remains": 2, "countersWrong": 1})
    assert [d["uid"] for d in report["differences"] if d["type"] == "emailNotHere"] == [3, 4]

    repair(facteur, "alice", found=report["counts"])

    verify(facteur, "alice", "--bytes", found={})
    assert facteur.count("") == 50
    for email in facteur.json("list", "-m", "Work", "-n", "100"):
        [whole] = facteur.json("show", email["id"])
        assert facteur.run("show", email["id"], "--raw", text=False).stdout == alice[whole["messageId"][0]]


def test_a_message_that_is_here_alone_goes(facteur, dovecot, alice):
    [gone] = glob.glob(os.path.join(dovecot.maildir("alice", "Work"), "cur", "*"))[:1]
    os.unlink(gone)
    report = verify(facteur, "alice", found={"emailNotThere": 1})
    assert report["messagesHere"] == 50 and report["messagesThere"] == 49
    [d] = report["differences"]
    assert d["emailId"] and d["uid"] and d["mailboxId"]
    assert facteur.count("") == 50, "it was only looked at"

    repair(facteur, "alice", found={"emailNotThere": 1})

    assert facteur.count("") == 49
    verify(facteur, "alice", found={})
    events = facteur.json("history", d["emailId"])[0]
    assert events["isDestroyed"] and [e["type"] for e in events["events"]] == ["arrived", "left", "destroyed"]
    assert {e["uid"] for e in events["events"]} == {d["uid"], None}
    said = facteur.out("history", d["emailId"])
    assert "came to" in said and "is gone" in said and "another program" in said


def test_flags_and_keywords_that_differ_become_the_servers(facteur, dovecot, alice):
    dovecot.doveadm("flags", "add", "-u", "alice", "work", "mailbox", "Work", "uid", "8")
    facteur.run("sync")
    with Store(facteur) as store:
        flagged, odd, bare = (store.email("Work", uid) for uid in (6, 7, 8))
        store("UPDATE placement SET flags = flags | 4 WHERE mailbox_id = ? AND email_id = ?", *flagged)
        store("UPDATE placement SET keywords = 'odd' WHERE mailbox_id = ? AND email_id = ?", *odd)
        store("UPDATE placement SET keywords = NULL WHERE mailbox_id = ? AND email_id = ?", *bare)
        store("UPDATE email SET flags = flags | 2 WHERE id = ?", store.email("Work", 9)[1])
    report = verify(facteur, "alice", found={"flagsDiffer": 3, "keywordsWrong": 4})
    by_uid = {d["uid"]: (set(d["here"].split()), set(d["there"].split())) for d in report["differences"] if d["type"] == "flagsDiffer"}
    assert by_uid[6][0] - by_uid[6][1] == {"$flagged"}
    assert by_uid[7][0] - by_uid[7][1] == {"odd"} and by_uid[8][1] - by_uid[8][0] == {"work"}

    repair(facteur, "alice", found=report["counts"])

    assert facteur.count("is:flagged") == 0
    verify(facteur, "alice", found={})


def test_a_message_that_is_here_twice_is_found(facteur, dovecot, alice):
    with Store(facteur) as store:
        mailbox, email = store.email("Work", 6)
        [[other]] = store("SELECT max(id) + 1000000 FROM email")
        store("INSERT INTO email (id, account_id, thread_id, blob_id, received_at, sent_at, size, flags, bits, msgid_hash, created_modseq, updated_modseq, from_hash) "
              "SELECT ?, account_id, thread_id, blob_id, received_at, sent_at, size, flags, bits, msgid_hash, created_modseq, updated_modseq, from_hash "
              "FROM email WHERE id = ?", other, email)
        store("INSERT INTO envelope SELECT ?, subject, base_subject, sender_json, from_json, to_json, cc_json, bcc_json, reply_to_json, message_id, "
              "in_reply_to, refs, sent_zone, preview, list_id FROM envelope WHERE email_id = ?", other, email)
        store("INSERT INTO placement SELECT mailbox_id, ?, 4000, flags, keywords, remote_id, added_at FROM placement WHERE email_id = ?", other, email)
    report = verify(facteur, "alice", found={"emailTwice": 1, "notIndexed": 1, "countersWrong": 1})
    repair(facteur, "alice", found=report["counts"])
    assert facteur.count("") == 50
    verify(facteur, "alice", found={})


def test_mailboxes_that_one_side_lacks_are_found(facteur, dovecot, alice):
    dovecot.doveadm("mailbox", "create", "-u", "alice", "Fresh")
    dovecot.doveadm("mailbox", "delete", "-u", "alice", "Work")
    report = verify(facteur, "alice", found={"mailboxNotHere": 1, "mailboxNotThere": 1})
    assert {(d["type"], d["here"], d["there"]) for d in report["differences"]} == {("mailboxNotHere", None, "Fresh"), ("mailboxNotThere", "Work", None)}
    repair(facteur, "alice", found=report["counts"])
    assert "Fresh" in facteur.out("mailboxes") and facteur.count("") == 30
    verify(facteur, "alice", found={})


def test_damaged_bytes_are_fetched_again_for_the_same_email(facteur, dovecot, alice):
    with Store(facteur) as store:
        emails = {uid: store.email("Work", uid)[1] for uid in (6, 7, 8)}
        at = "SELECT pack, offset, stored_size FROM blob b JOIN email e ON e.blob_id = b.id WHERE e.id = ?"
        places = {uid: store(at, id)[0] for uid, id in emails.items()}
    for uid, (pack, offset, size) in places.items():
        with open(facteur.profile / "packs" / f"{pack:06}.pack", "r+b") as f:
            f.seek(offset + (10 if uid == 6 else size - 9))  # in its header, or among the bytes
            f.write(b"\xde\xad\xbe\xef")
    before = {e["id"] for e in facteur.json("list", "-m", "Work", "-n", "100")}
    verify(facteur, "alice", found={"bytesDamaged": 1})  # bytes are not read
    report = verify(facteur, "alice", "--bytes", found={"bytesDamaged": 3})

    repair(facteur, "alice", "--bytes", found={"bytesDamaged": 3})

    assert {e["id"] for e in facteur.json("list", "-m", "Work", "-n", "100")} == before
    for d in report["differences"]:
        [whole] = facteur.json("show", d["emailId"])
        assert facteur.run("show", d["emailId"], "--raw", text=False).stdout == alice[whole["messageId"][0]]
    verify(facteur, "alice", "--bytes", found={})


def test_bytes_that_nothing_is_known_of_any_more_come_back(facteur, dovecot, alice):
    with Store(facteur) as store:
        id = store.email("Work", 6)[1]
        store("DELETE FROM blob WHERE id = (SELECT blob_id FROM email WHERE id = ?)", id)
    [d] = repair(facteur, "alice", found={"bytesDamaged": 1})["differences"]
    [whole] = facteur.json("show", d["emailId"])
    assert facteur.run("show", d["emailId"], "--raw", text=False).stdout == alice[whole["messageId"][0]]
    verify(facteur, "alice", "--bytes", found={})


def test_a_lost_pack_comes_back_whole(facteur, dovecot, alice):
    facteur.run("stop")
    for pack in (facteur.profile / "packs").glob("*.pack"):
        pack.unlink()
    repair(facteur, "alice", found={"bytesDamaged": 50})
    verify(facteur, "alice", "--bytes", found={})


def test_of_a_message_that_is_not_kept_whole_only_the_header_is_compared_and_fetched(facteur, dovecot):
    fill(dovecot, "alice", 12)
    facteur.add_account(dovecot, "alice", "--set", "keep=none")
    facteur.run("sync")
    verify(facteur, "alice", "--bytes", found={})
    with Store(facteur) as store:
        ids = [id for [id] in store("SELECT id FROM email WHERE bits & 4 ORDER BY id")]
        assert len(ids) == 12
        store("DELETE FROM blob WHERE id = (SELECT blob_id FROM email WHERE id = ?)", ids[3])
    [d] = repair(facteur, "alice", found={"bytesDamaged": 1})["differences"]
    facteur.run("stop")
    for pack in (facteur.profile / "packs").glob("*.pack"):
        pack.unlink()

    repair(facteur, "alice", found={"bytesDamaged": 12})

    verify(facteur, "alice", "--bytes", found={})
    with Store(facteur) as store:
        assert [id for [id] in store("SELECT id FROM email WHERE bits & 4 ORDER BY id")] == ids
    assert facteur.run("show", d["emailId"], "--raw", text=False).stdout.count(b"\r\n\r\n") >= 1
    with Store(facteur) as store:
        assert store("SELECT count(*) FROM email WHERE bits & 4") == [(11,)]


def test_what_the_index_and_lists_lack_is_made_again(facteur, dovecot, alice):
    with Store(facteur) as store:
        id = store.email("Work", 6)[1]
        [[subject]] = store("SELECT subject FROM envelope WHERE email_id = ?", id)
        store("DELETE FROM envelope WHERE email_id = ?", id)
        store("DELETE FROM fts_docsize WHERE id = ?", id)
        store("UPDATE mailbox SET total_emails = 7 WHERE name = 'Work'")
    report = verify(facteur, "alice", found={"envelopeMissing": 1, "notIndexed": 1, "countersWrong": 1})
    repair(facteur, "alice", found=report["counts"])
    [work] = [m for m in facteur.json("mailboxes") if m["name"] == "Work"]
    assert work["totalEmails"] == 20 and facteur.count(f'"{subject}"') >= 1
    verify(facteur, "alice", found={})


def test_changes_that_wait_are_no_differences(facteur, dovecot, alice):
    """Whatever is done offline: flags, a move, a deletion, an import."""
    account = facteur.json("account", "show", "alice")[0]["id"]
    work = [e["id"] for e in facteur.json("list", "-m", "Work", "-n", "20")]
    facteur.rpc("Account/set", update={account: {"isEnabled": False}})
    facteur.run("flag", *work[:4], "+flagged", "+later")
    facteur.run("move", work[0], work[5], f"{account}:inbox")
    facteur.run("delete", work[6], "--forever")
    facteur.run("import", "-", "-m", f"{account}:Work", input="From a@b Mon Mar 17 17:31:00 2025\nSubject: mine\nMessage-ID: <mine@x>\n\nhello\n")

    assert verify(facteur, "alice", "--bytes", found={})["waiting"] > 5
    assert "wait for the server" in facteur.out("account", "verify", "alice")
    assert "not active" in facteur.run("account", "repair", "alice", status=1).stderr

    facteur.rpc("Account/set", update={account: {"isEnabled": True}})
    facteur.run("sync")
    wait_until(lambda: facteur.json("account", "show", "alice")[0]["pendingChanges"] == 0)
    assert verify(facteur, "alice", found={})["waiting"] == 0
    assert facteur.count("is:flagged") == 4
    [moved] = facteur.json("history", work[0])
    assert [(e["type"], e["mailboxName"].lower(), e["actor"]["kind"]) for e in moved["events"]] == [
        ("arrived", "work", "server"), ("left", "work", "client"), ("placed", "inbox", "client")], moved
    assert all(e["uid"] for e in moved["events"]) and moved["events"][2]["actor"]["name"] == "facteur"
    [gone] = facteur.json("history", work[6])
    assert gone["isDestroyed"] and gone["events"][-1]["actor"] == {"kind": "client", "name": "facteur"}


def test_mailboxes_that_wait_are_no_differences(facteur, dovecot, alice):
    for name in ("Old", "Dull"):
        dovecot.doveadm("mailbox", "create", "-u", "alice", name)
        dovecot.deliver("alice", b"Subject: in " + name.encode() + b"\r\n\r\nx\r\n", name)
    facteur.run("sync")
    account = facteur.json("account", "show", "alice")[0]["id"]
    facteur.rpc("Account/set", update={account: {"isEnabled": False}})
    facteur.run("mailbox", "rename", f"{account}:Work", "Projects")
    facteur.run("mailbox", "delete", f"{account}:Old", "--with-messages")
    facteur.run("mailbox", "delete", f"{account}:Dull", "--with-messages")
    facteur.run("mailbox", "create", f"{account}:Fresh")

    verify(facteur, "alice", found={})
    dovecot.doveadm("mailbox", "delete", "-u", "alice", "Dull")  # there as well, by another program
    verify(facteur, "alice", found={})

    facteur.rpc("Account/set", update={account: {"isEnabled": True}})
    facteur.run("sync")
    wait_until(lambda: facteur.json("account", "show", "alice")[0]["pendingChanges"] == 0)
    verify(facteur, "alice", found={})
    assert {"Projects", "Fresh"} <= {m["name"] for m in facteur.json("mailboxes", "alice")}


@pytest.mark.waits
def test_a_server_that_takes_one_connection_is_verified_over_it(facteur, certificates):
    with Dovecot(certs=certificates, extra="mail_max_userip_connections = 1\n") as dovecot:
        fill(dovecot, "alice", 10)
        fill(dovecot, "alice", 10, "Work", seed=2)
        facteur.add_account(dovecot, "alice", "--no-check")
        facteur.run("sync")
        with Store(facteur) as store:
            store("UPDATE placement SET flags = flags | 4 WHERE email_id = ?", store.email("Work", 4)[1])
        facteur.run("sync")
        verify(facteur, "alice", found={"flagsDiffer": 1, "keywordsWrong": 1})
        assert "the account's is used" in facteur.log()
        repair(facteur, "alice", found={"flagsDiffer": 1, "keywordsWrong": 1})
        verify(facteur, "alice", found={})
        dovecot.deliver("alice", b"Subject: still watching\r\n\r\nx\r\n")
        wait_until(lambda: facteur.count("") == 21)


def test_a_server_that_is_away_cannot_be_compared(facteur, dovecot, alice):
    dovecot.stop()
    done = facteur.run("account", "verify", "alice", status=1)
    assert "localhost" in done.stderr and not done.stdout
    assert facteur.run("account", "verify", "nobody", status=1).stderr
    assert "localhost" in facteur.run("account", "verify", status=1).stderr     # all of them
