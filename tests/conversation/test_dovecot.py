#!/usr/bin/env python3
"""The IMAP plugin against a real Dovecot: with all extensions, with none, and with some.

Usage: test_dovecot.py PATH-OF-imap_probe. Exit status 77 (skipped) where Dovecot is not installed.
"""
import hashlib
import imaplib
import json
import os
import shutil
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from dovecot import Certificates, Dovecot  # noqa: E402

PROBE = None
SEEN, FLAGGED = 1, 4


class Answers:
    def __init__(self, done):
        self.status = done.returncode
        self.events = [json.loads(line) for line in done.stdout.splitlines()]
        self.stderr = done.stderr

    def of(self, kind):
        return [e for e in self.events if e.get("event") == kind]

    def one(self, kind):
        found = self.of(kind)
        assert len(found) == 1, (kind, self.events, self.stderr)
        return found[0]

    @property
    def mailboxes(self):
        return {e["mailbox"]: e for e in self.events if "mailbox" in e}


def command(server, *commands, tls="tls", user="alice", password="pass", **keys):
    port = server.imaps_port if tls == "tls" else server.imap_port
    keys.setdefault("ca", server.ca) if tls != "none" else None
    return [PROBE, "127.0.0.1", str(port), tls, user, password, *(f"{k}={v}" for k, v in keys.items()), "--", *commands]


def probe(server, *commands, **keys):
    return Answers(subprocess.run(command(server, *commands, **keys), capture_output=True, text=True, timeout=60))


def message(i, body=b"hello\r\n"):
    return b"Subject: message %d\r\nMessage-ID: <%d@example.org>\r\n\r\n" % (i, i) + body


class WithServer(unittest.TestCase):
    options = {}

    @classmethod
    def setUpClass(cls):
        cls.server = Dovecot(certs=CERTS, **cls.options)
        cls.server.start()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def fill(self, user, n):
        messages = [message(i, b"line\r\n" * i) for i in range(n)]
        for m in messages:
            self.server.deliver(user, m)
        return messages

    def check_fetch(self, user, n, **keys):
        """Every message comes down with exactly its bytes."""
        messages = self.fill(user, n)
        a = probe(self.server, "select", "INBOX", "fetch", user=user, **keys)
        self.assertEqual(a.status, 0, a.events)
        got = {e["sha256"] for e in a.of("message")}
        self.assertEqual(got, {hashlib.sha256(m).hexdigest() for m in messages})
        self.assertEqual(sorted(e["uid"] for e in a.of("message")), list(range(1, n + 1)))
        self.assertTrue(all(e["missing"] == 0 for e in a.of("message")))
        return a


    def check_writing(self, user, tells, **keys):
        """append, copy, move, expunge, on INBOX and Other; `tells`: which UID became which."""
        text = message(99).decode()
        a = probe(self.server, "create", "Other", "append", "INBOX", text, "append", "INBOX", text, "append", "INBOX", text,
                  "select", "INBOX", "copy", "1:2", "Other", "details", user=user, **keys)
        self.assertEqual(a.status, 0, a.events)
        if tells:
            self.assertEqual([e["uid"] for e in a.of("appended")], [1, 2, 3])
            self.assertEqual([(e["from"], e["to"]) for e in a.of("copied")], [(1, 1), (2, 2)])
        self.assertEqual({(e["date"], e["flags"], e["keywords"], e["octets"]) for e in a.of("flags")},
                         {(837596665, SEEN, "work", len(text))})
        if not tells:
            return
        b = probe(self.server, "select", "INBOX", "flag", "2", "+flagged", "move", "2", "Other", "expunge", "3", "messages",
                  "select", "Other", "fetch", user=user, **keys)
        self.assertEqual(b.status, 0, b.events)
        self.assertEqual([(e["from"], e["to"]) for e in b.of("copied")], [(2, 3)])
        self.assertEqual([e["uid"] for e in b.of("flags")][-1:], [1])
        self.assertEqual([(e["uid"], e["flags"]) for e in b.of("message")], [(1, SEEN), (2, SEEN), (3, SEEN | FLAGGED)])
        self.assertEqual({e["sha256"] for e in b.of("message")}, {hashlib.sha256(text.encode()).hexdigest()})

    def check_mailboxes(self, user, **keys):
        a = probe(self.server, "create", "R\u00e9sum\u00e9s/alt", "subscribe", "R&AOk-sum&AOk-s/alt", "rename",
                  "R&AOk-sum&AOk-s/alt", "R\u00e9sum\u00e9s/neu", "list", user=user, **keys)
        self.assertEqual(a.status, 0, a.events)
        self.assertEqual(a.mailboxes["R\u00e9sum\u00e9s/neu"]["wireName"], "R&AOk-sum&AOk-s/neu")
        self.assertNotIn("R\u00e9sum\u00e9s/alt", a.mailboxes)
        b = probe(self.server, "delete", "R&AOk-sum&AOk-s/neu", "list", user=user, **keys)
        self.assertEqual(b.status, 0, b.events)
        self.assertNotIn("R\u00e9sum\u00e9s/neu", b.mailboxes)
        self.assertEqual(probe(self.server, "delete", "Nothing", user=user, **keys).one("error")["code"], 12)
        self.assertEqual(probe(self.server, "create", "Other", "create", "Other", user=user, **keys).one("error")["code"], 13)
        c = probe(self.server, "append", "Nothing", "x\r\n\r\n", user=user, **keys)
        self.assertEqual(c.one("error")["code"], 12)
        d = probe(self.server, "append", "INBOX", "Subject: x\r\n\r\n", "select", "INBOX", "copy", "1", "Nothing", user=user,
                  **keys)
        self.assertEqual(d.one("error")["code"], 12)


class EverythingOffered(WithServer):
    def test_every_way_to_sign_in_works_under_tls(self):
        for tls in ("tls", "starttls", "none"):
            for auth in ("auto", "scram-sha-256", "scram-sha-1", "plain", "login", "command"):
                a = probe(self.server, "describe", tls=tls, auth=auth)
                self.assertEqual(a.status, 0, (tls, auth, a.events))
                self.assertIn("Dovecot, IMAP4rev1", a.one("describe")["text"])

    def test_a_wrong_password_needs_the_user(self):
        for auth in ("auto", "plain", "login", "command"):
            a = probe(self.server, password="wrong", auth=auth)
            self.assertEqual((a.one("error")["code"], a.one("error")["retry"]), (7, 0))
            self.assertNotIn("wrong", json.dumps(a.events) + a.stderr)

    def test_odd_passwords_survive_every_mechanism(self):
        # Refused, since only "pass" is right, but the server must understand them.
        for auth in ("auto", "plain", "login", "command"):
            for password in ('q"u\\ote', "p\u00e4ss w\u00f6rd", "x" * 900):
                self.assertEqual(probe(self.server, password=password, auth=auth).one("error")["code"], 7, (auth, password))

    def test_an_unknown_authority_is_refused(self):
        a = probe(self.server, ca=os.path.join(CERTS.dir, "other-ca.pem"))
        self.assertEqual(a.one("error")["code"], 6)

    def test_messages_come_down_byte_for_byte(self):
        self.check_fetch("fetcher", 300)

    def test_messages_come_down_byte_for_byte_compressed(self):
        a = self.check_fetch("zipper", 300, compress="always", tls="none")
        self.assertEqual(a.status, 0)
        b = probe(self.server, "select", "INBOX", "drain", "stats", user="zipper", compress="always")
        self.assertLess(b.one("stats")["bytesIn"], b.one("fetched")["octets"])

    def test_a_quiet_check_takes_one_round_trip_after_the_login(self):
        login = probe(self.server, "stats", auth="plain", user="quiet").one("stats")["roundTrips"]
        a = probe(self.server, "list", "stats", auth="plain", user="quiet")
        self.assertEqual(a.one("stats")["roundTrips"], login + 1)
        self.assertEqual(login, 3)  # the greeting, the password, what is switched on
        self.assertTrue(all(e["status"] for e in a.mailboxes.values()))

    def test_roles_and_names_are_listed(self):
        self.server.deliver("lister", message(1), "R&AOk-sum&AOk-s/2026")
        m = probe(self.server, "list", user="lister").mailboxes
        self.assertEqual({m[n]["role"] for n in ("INBOX", "Drafts", "Sent", "Trash", "Junk", "Archive")}, {1, 2, 3, 4, 5, 6})
        self.assertEqual(m["R\u00e9sum\u00e9s/2026"]["wireName"], "R&AOk-sum&AOk-s/2026")
        self.assertEqual(m["R\u00e9sum\u00e9s/2026"]["status"]["messages"], 1)

    def test_flags_go_up_and_come_down(self):
        self.fill("flagger", 3)
        a = probe(self.server, "select", "INBOX", "flag", "2", "+seen", "flag", "2", "+work", "flag", "2", "-seen",
                  "flag", "3", "+flagged", "messages", user="flagger")
        self.assertEqual(a.status, 0, a.events)
        last = {e["uid"]: e for e in a.of("flags")}
        self.assertEqual((last[2]["flags"], last[2]["keywords"]), (0, "work"))
        self.assertEqual(last[3]["flags"], FLAGGED)
        self.assertEqual(last[1]["flags"], 0)

    def test_a_listing_tells_what_identifies_each_message(self):
        sizes = [len(m) for m in self.fill("namer", 50)]
        a = probe(self.server, "select", "INBOX", "details", user="namer")
        self.assertEqual(a.status, 0, a.events)
        self.assertEqual([(e["uid"], e["octets"], e["header"].strip()) for e in a.of("flags")],
                         [(i + 1, sizes[i], "Message-ID: <%d@example.org>" % i) for i in range(50)])
        self.assertTrue(all(abs(e["date"] - time.time()) < 600 and e["modseq"] > 0 for e in a.of("flags")))

    def test_messages_are_appended_copied_moved_and_expunged(self):
        self.check_writing("writer", tells=True)

    def test_thousands_of_messages_are_moved_with_few_round_trips(self):
        n = 3000
        self.fill("mover", n)
        everyother = ",".join(str(uid) for uid in range(1, n + 1, 2))
        a = probe(self.server, "create", "Other", "select", "INBOX", "stats", "move", everyother, "Other", "stats",
                  "messages", "select", "Other", "details", user="mover")
        self.assertEqual(a.status, 0, a.events)
        before, after = (e["roundTrips"] for e in a.of("stats"))
        self.assertLessEqual(after - before, 2)  # the first MOVE shows that the server can
        self.assertEqual([(e["from"], e["to"]) for e in a.of("copied")], [(2 * i + 1, i + 1) for i in range(n // 2)])
        flags = a.of("flags")
        self.assertEqual([e["uid"] for e in flags[:n // 2]], list(range(2, n + 1, 2)))
        self.assertEqual([e["header"].strip() for e in flags[n // 2:]],
                         ["Message-ID: <%d@example.org>" % i for i in range(0, n, 2)])

    def test_mailboxes_are_created_renamed_subscribed_and_deleted(self):
        self.check_mailboxes("builder")

    def test_qresync_tells_what_happened_since(self):
        self.fill("syncer", 5)
        first = probe(self.server, "select", "INBOX", user="syncer").one("selected")["status"]
        self.server.doveadm("flags", "add", "-u", "syncer", "\\Seen", "mailbox", "INBOX", "uid", "2")
        self.server.doveadm("expunge", "-u", "syncer", "mailbox", "INBOX", "uid", "4")
        a = probe(self.server, "resync", "INBOX", str(first["uidvalidity"]), str(first["modseq"]), user="syncer")
        self.assertTrue(a.one("selected")["caughtUp"])
        self.assertEqual([(e["first"], e["last"]) for e in a.of("vanished")], [(4, 4)])
        self.assertEqual([(e["uid"], e["flags"]) for e in a.of("flags")], [(2, SEEN)])
        other = probe(self.server, "resync", "INBOX", str(first["uidvalidity"] + 1), str(first["modseq"]), user="syncer")
        self.assertFalse(other.one("selected")["caughtUp"])
        self.assertEqual(other.of("vanished"), [])

    def test_idle_tells_of_new_mail_at_once(self):
        self.fill("idler", 1)
        p = self.start_idling("idler", 2)
        time.sleep(0.3)
        begin = time.monotonic()
        self.server.deliver("idler", message(2))
        self.assertEqual(json.loads(p.stdout.readline()), {"event": "exists", "messages": 2})
        self.assertEqual(p.wait(5), 0)
        self.assertLess(time.monotonic() - begin, 3)

    def start_idling(self, user, times):
        """Selects INBOX and waits; the first wait ends at once, since NOTIFY begins with it."""
        p = subprocess.Popen(command(self.server, "select", "INBOX", *["idle", "20000"] * times, user=user),
                             stdout=subprocess.PIPE, text=True)
        self.addCleanup(p.stdout.close)
        self.addCleanup(p.wait)
        self.addCleanup(p.kill)
        while "selected" not in p.stdout.readline():
            pass
        first = json.loads(p.stdout.readline())
        self.assertEqual((first["event"], first["wireName"]), ("status", ""))
        return p

    def test_notify_tells_of_other_mailboxes_at_once(self):
        other = imaplib.IMAP4("127.0.0.1", self.server.imap_port)
        self.addCleanup(other.logout)
        other.login("notified", "pass")
        other.create("Other")
        p = self.start_idling("notified", 4)
        time.sleep(0.3)
        begin = time.monotonic()
        other.append("Other", None, None, message(2))
        told = json.loads(p.stdout.readline())
        self.assertEqual((told["event"], told["wireName"], told["status"]["messages"]), ("status", "Other", 1))
        self.assertLess(time.monotonic() - begin, 3)
        time.sleep(0.3)
        other.create("New")
        for line in p.stdout:
            if json.loads(line).get("wireName") == "":
                self.assertLess(time.monotonic() - begin, 6)
                return
        self.fail("nobody tells of a new mailbox")

    def test_a_killed_server_is_a_network_error(self):
        p = self.start_idling("victim", 2)
        time.sleep(0.3)
        self.server.kill_connections()
        error = json.loads(p.stdout.readline())
        p.wait(5)
        self.assertEqual((error["code"], error["retry"]), (4, 1))


class NothingOffered(WithServer):
    """A server as RFC 3501 has it, and no more."""
    options = {"tls": False, "capability": "IMAP4rev1", "compress": False}

    def test_mailboxes_messages_and_flags_work(self):
        a = self.check_fetch("fetcher", 200, tls="none")
        self.assertEqual(a.one("connected")["can"] & 0x37f, 7)  # no MODSEQ, VANISHED, IDLE, LIST_STATUS, MOVE, EXPUNGE
        m = probe(self.server, "list", "status", "INBOX", tls="none", user="fetcher")
        self.assertEqual(m.mailboxes["INBOX"]["role"], 1)
        self.assertEqual(m.one("status")["status"]["messages"], 200)
        f = probe(self.server, "select", "INBOX", "flag", "7", "+seen", "details", tls="none", user="fetcher")
        self.assertEqual({e["uid"]: e["flags"] for e in f.of("flags")}[7], SEEN)
        self.assertEqual(f.one("listed")["messages"], 200)

    def test_messages_are_appended_and_copied(self):
        self.check_writing("writer", tells=False, tls="none")
        a = probe(self.server, "select", "INBOX", "move", "1", "Other", user="writer", tls="none")
        self.assertEqual(a.one("error")["code"], 22)
        # A plain EXPUNGE would remove what others marked: it is marked, and stays.
        probe(self.server, "select", "INBOX", "expunge", "1", user="writer", tls="none")
        f = probe(self.server, "select", "INBOX", "details", user="writer", tls="none")
        self.assertEqual(f.one("selected")["status"]["messages"], 3)
        self.assertEqual({e["uid"]: e["flags"] & 16 for e in f.of("flags")}[1], 16)

    def test_mailboxes_are_created_renamed_subscribed_and_deleted(self):
        self.check_mailboxes("builder", tls="none")

    def test_waiting_asks_at_the_end(self):
        self.fill("idler", 1)
        p = subprocess.Popen(command(self.server, "select", "INBOX", "idle", "2500", tls="none", user="idler"),
                             stdout=subprocess.PIPE, text=True)
        self.addCleanup(p.stdout.close)
        while "selected" not in p.stdout.readline():
            pass
        self.server.deliver("idler", message(2))
        self.assertEqual(json.loads(p.stdout.readline()), {"event": "exists", "messages": 2})
        self.assertEqual(p.wait(5), 0)


class SomeOffered(WithServer):
    options = {"capability": "IMAP4rev1 LITERAL+ CONDSTORE LIST-EXTENDED IDLE", "mail_format": "sdbox"}

    def test_condstore_without_enable(self):
        a = probe(self.server, "list", "select", "INBOX", "messages", "idle", "50")
        self.assertEqual(a.status, 0, a.events)
        self.assertGreater(a.one("selected")["status"]["modseq"], 0)
        self.assertTrue(a.mailboxes["Drafts"]["attrs"] & 4)  # subscribed


class PrefixedNames(WithServer):
    """Names as Courier and older Cyrus have them."""
    options = {"extra": "namespace inbox {\n  prefix = INBOX.\n  separator = .\n}\n"}

    def test_the_prefix_is_not_shown(self):
        a = probe(self.server, "create", "Neu", "rename", "INBOX.Neu", "Alt.er", "append", "INBOX.Alt.er", "Subject: x\r\n\r\n",
                  "list", user="courier")
        self.assertEqual(a.status, 0, a.events)
        self.assertEqual(a.mailboxes["Alt.er"]["wireName"], "INBOX.Alt.er")
        self.assertEqual(a.mailboxes["Alt.er"]["status"]["messages"], 1)
        self.assertEqual(a.mailboxes["INBOX"]["role"], 1)


class ExpiredCertificate(WithServer):
    options = {"certificate": "expired"}

    def test_it_is_refused(self):
        for tls in ("tls", "starttls"):
            a = probe(self.server, tls=tls)
            self.assertEqual(a.one("error")["code"], 6)
            self.assertIn("expired", a.one("error")["message"])
        self.assertNotIn("Login:", self.server.log())


class ForeignCertificate(WithServer):
    options = {"certificate": "foreign"}

    def test_it_is_refused(self):
        self.assertEqual(probe(self.server).one("error")["code"], 6)
        self.assertNotIn("Login:", self.server.log())


if __name__ == "__main__":
    if not shutil.which("dovecot"):
        print("Dovecot is not installed: skipped")
        sys.exit(77)
    import tempfile
    PROBE = sys.argv.pop(1)
    with tempfile.TemporaryDirectory() as directory:
        CERTS = Certificates(directory)
        unittest.main()
