"""An account on a real server: added, synchronised, watched."""
import re
import signal
import socket
import subprocess
import time

import pytest

from e2e import (CLIENTS, Dialogue, KILLS, MESSAGES, assert_all_there, fill, message_ids, no_secret_in_logs, on_terminal,
                 wait_until)

from dovecot import Dovecot

def test_a_mailbox_comes_down_whole_and_then_nothing_moves(facteur, dovecot):
    messages = fill(dovecot, "alice", MESSAGES)
    messages.update(fill(dovecot, "alice", MESSAGES // 10, "Archive", seed=2))
    messages.update(fill(dovecot, "alice", 3, "Projects/Lighthouse", seed=3))

    added = facteur.add_account(dovecot)
    assert "signed in to localhost" in added.stdout and "added as" in added.stdout
    facteur.run("sync", timeout=600)

    assert facteur.count("") == len(messages)
    assert facteur.count("in:inbox") == MESSAGES
    assert facteur.count("in:Projects/Lighthouse") == 3
    assert facteur.count("is:unread") == sum(1 for i in range(MESSAGES) if i % 3 == 0) + len(range(0, MESSAGES // 10, 3)) + 1
    assert_all_there(facteur, messages)

    (again,) = facteur.json("sync")
    assert again["ok"] and again["newMessages"] == 0
    mailboxes = len([m for m in facteur.json("mailboxes") if m["accountId"] == again["accountId"]])
    assert again["roundTrips"] <= 2 * mailboxes + 4
    no_secret_in_logs(facteur, dovecot.password + "\n")


def test_a_sync_counts_what_came_in_while_it_was_waited_for(facteur, dovecot):
    fill(dovecot, "alice", 2 * MESSAGES)
    facteur.add_account(dovecot, "alice", "--no-check")
    wait_until(lambda: facteur.count() > 0)  # the account began by itself, and is under way
    (outcome,) = facteur.json("sync")
    assert 0 < outcome["newMessages"] < 2 * MESSAGES == facteur.count()
    dovecot.deliver("alice", b"Message-ID: <one@e2e>\r\nSubject: one\r\n\r\nx\r\n")
    assert facteur.json("sync")[0]["newMessages"] <= 1
    assert facteur.json("sync")[0]["newMessages"] == 0


def test_new_mail_reaches_every_client_at_once(facteur, dovecot):
    fill(dovecot, "alice", 5)
    facteur.add_account(dovecot)
    facteur.run("sync")
    watchers = [facteur.watch(), facteur.watch("alice")]
    wait_until(lambda: facteur.json("account", "show", "alice")[0]["syncState"]["phase"] == "watching")
    before = facteur.json("account", "show", "alice")[0]["syncState"]["roundTrips"]
    began = time.monotonic()
    dovecot.deliver("alice", b"Message-ID: <pushed@e2e>\r\nSubject: pushed\r\n\r\nIDLE told us\r\n")
    for w in watchers:
        event = w.wait_for(lambda e: e["event"] == "new" and e["email"]["subject"] == "pushed")
        assert time.monotonic() - began < 10
        assert facteur.out("show", event["id"], "--text").strip() == "IDLE told us"
    assert before is not None


def test_flags_go_both_ways(facteur, dovecot):
    fill(dovecot, "alice", 3)
    facteur.add_account(dovecot)
    facteur.run("sync")
    emails = facteur.json("list")
    facteur.run("flag", emails[0]["id"], "+flagged", "+seen")
    subject = emails[0]["subject"]

    def on_server():
        fetched = dovecot.doveadm("fetch", "-u", "alice", "flags", "mailbox", "INBOX", "subject", subject)
        return "\\Flagged" in fetched and "\\Seen" in fetched
    wait_until(on_server)

    watcher = facteur.watch()
    dovecot.doveadm("flags", "remove", "-u", "alice", "\\Flagged", "mailbox", "INBOX", "subject", subject)
    watcher.wait_for(lambda e: e["event"] == "changed" and e["id"] == emails[0]["id"] and "$flagged" not in e["email"]["keywords"])


def test_what_another_program_moves_keeps_its_id(facteur, dovecot):
    messages = fill(dovecot, "alice", 5)
    dovecot.doveadm("mailbox", "create", "-u", "alice", "Archive")
    facteur.add_account(dovecot)
    facteur.run("sync")
    before = message_ids(facteur)
    dovecot.doveadm("move", "-u", "alice", "Archive", "mailbox", "INBOX", "1:3")  # it is watched meanwhile
    wait_until(lambda: len(facteur.json("list", "-m", "Archive")) == 3 and len(facteur.json("list", "-m", "INBOX")) == 2)
    assert message_ids(facteur) == before and before.keys() == messages.keys()
    dovecot.doveadm("move", "-u", "alice", "INBOX", "mailbox", "Archive", "all")
    facteur.run("sync")
    assert message_ids(facteur) == before
    assert len(facteur.json("list", "-m", "INBOX")) == 5


def test_what_vanishes_on_the_server_vanishes_here(facteur, dovecot):
    fill(dovecot, "alice", 6)
    facteur.add_account(dovecot)
    facteur.run("sync")
    gone = facteur.json("list")[2]
    dovecot.doveadm("expunge", "-u", "alice", "mailbox", "INBOX", "subject", gone["subject"])
    facteur.run("sync")
    assert gone["id"] not in [e["id"] for e in facteur.json("list")]
    assert facteur.count("") == 5


def test_accounts_are_listed_shown_checked_and_removed(facteur, dovecot):
    fill(dovecot, "alice", 4)
    fill(dovecot, "bob", 3)
    facteur.add_account(dovecot, "alice", "--name", "Work")
    facteur.add_account(dovecot, "bob")
    facteur.run("sync")
    assert {a["name"] for a in facteur.json("account", "list")} >= {"Work", "bob@example.org"}
    account = facteur.json("account", "show", "work")[0]["id"]
    facteur.run("account", "set", "work", "--set", "keep=30d,1M", "--set", "pollSeconds=600", "--no-check")
    fingerprint = ":".join(["AB"] * 32)
    facteur.run("account", "set", "work", "--trust", f"mail.example.org:993={fingerprint}", "--no-check")
    shown = facteur.out("account", "show", "work")
    assert "imaps://localhost" in shown and "{" not in shown and "\nkeep        30d,1M\n" in shown and "\npollSeconds 600\n" in shown
    assert "\ncertificates mail.example.org:993=" in shown
    facteur.run("account", "set", account, "--set", "keep=all", "--set", "certificates=null", "--no-check")
    assert "signed in to" in facteur.out("account", "check", "bob")
    assert facteur.count("account:work") == 4
    assert len(facteur.json("list", "-m", "bob:inbox")) == 3
    assert len(facteur.json("list")) == 7
    facteur.run("account", "remove", "Work")
    assert facteur.count("") == 3
    assert "no account 'Work'" in facteur.run("account", "show", "Work", status=1).stderr


def test_a_watch_outlives_an_account_that_is_removed(facteur, dovecot):
    fill(dovecot, "alice", 600)
    facteur.add_account(dovecot)
    facteur.run("sync", timeout=600)
    watcher = facteur.watch()
    facteur.run("account", "remove", "alice@example.org")
    facteur.run("import", "-", input="Subject: after all that\n\nx\n")
    watcher.wait_for(lambda e: e["event"] == "new" and e["email"]["subject"] == "after all that")


def test_a_first_sync_survives_kills(facteur, dovecot):
    messages = fill(dovecot, "alice", MESSAGES)
    facteur.add_account(dovecot)
    facteur.kill()
    reached, seen = 0, []
    for attempt in range(KILLS):
        facteur.run("--no-start", "count", "", status=3)
        facteur.count()  # starts it; the account synchronises by itself
        goal = min(reached + MESSAGES // (KILLS + 1), MESSAGES - 1)
        wait_until(lambda: facteur.count() >= goal, 60)
        reached = facteur.count()
        facteur.kill()
        seen.append(reached)
    facteur.run("sync", timeout=600)
    assert facteur.count() == MESSAGES, seen
    assert_all_there(facteur, messages)
    assert facteur.json("sync")[0]["newMessages"] == 0


def test_a_removal_that_is_cut_short_can_be_done_or_undone(facteur, dovecot):
    messages = fill(dovecot, "alice", MESSAGES)
    facteur.add_account(dovecot)
    facteur.run("sync", timeout=600)
    for _ in range(20):
        facteur.count()
        removal = subprocess.Popen(facteur.command("account", "remove", "alice@example.org"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: facteur.count() < MESSAGES)
        facteur.kill()
        removal.wait(30)
        if len(facteur.json("account", "list")) == 2:
            break
        assert facteur.count() == 0  # it was done already
        facteur.add_account(dovecot)
        facteur.run("sync", timeout=600)
    assert len(facteur.json("account", "list")) == 2
    facteur.run("sync", timeout=600)
    assert facteur.count() == MESSAGES
    assert_all_there(facteur, messages, sample=10)
    facteur.run("account", "remove", "alice@example.org")
    assert facteur.count() == 0


def test_a_connection_that_drops_is_made_again(facteur, dovecot):
    fill(dovecot, "alice", 3)
    facteur.add_account(dovecot)
    facteur.run("sync")
    dovecot.kill_connections()
    dovecot.deliver("alice", b"Message-ID: <after@e2e>\r\nSubject: after the drop\r\n\r\nx\r\n")
    wait_until(lambda: facteur.count("subject:drop") == 1, 60)


@pytest.mark.alone
def test_clients_query_while_a_sync_runs(facteur, dovecot):
    fill(dovecot, "alice", MESSAGES)
    facteur.add_account(dovecot)
    facteur.rpc("Account/sync")
    slowest = 0
    for _ in range(CLIENTS):
        began = time.monotonic()
        facteur.run("search", "harbour", "-n", "20")
        slowest = max(slowest, time.monotonic() - began)
    assert slowest < 2
    facteur.run("sync", timeout=600)
    assert facteur.count() == MESSAGES


def test_progress_on_a_terminal_is_a_bar_and_elsewhere_lines(facteur, dovecot):
    fill(dovecot, "alice", 50)
    facteur.add_account(dovecot)
    done = facteur.run("sync")
    assert re.fullmatch(r"alice@example.org: \d+ new messages?\n", done.stdout)
    assert "\x1b" not in done.stderr
    assert on_terminal(facteur, "sync").startswith("alice@example.org: 0 new messages")


def test_progress_says_of_an_account_that_it_failed(facteur, dovecot):
    listener, source = slow_server()
    with listener:
        facteur.add_account(dovecot, "alice", "--no-check", password="wrong")
        facteur.run("account", "add", "slow@example.org", "--source", source, "--no-check", "--password-stdin", input="x\n")
        d = Dialogue(facteur, "sync")
        d.wait_for("alice@example.org  failed")
        d.wait_for("slow@example.org  connecting")
        d.type("\x03")
        d.end()
        assert "done" not in d.out


def test_servers_with_nothing_but_rfc_3501(facteur, certificates):
    with Dovecot(certs=certificates, capability="IMAP4rev1", compress=False) as old:
        messages = fill(old, "alice", 300)
        facteur.add_account(old)
        facteur.run("sync")
        assert_all_there(facteur, messages, sample=10)
        assert facteur.json("sync")[0]["newMessages"] == 0
        old.deliver("alice", b"Message-ID: <late@e2e>\r\nSubject: late\r\n\r\nx\r\n")
        facteur.run("sync")
        assert facteur.count() == 301


def test_starttls_and_clear_text_when_asked_for(facteur, certificates):
    with Dovecot(certs=certificates) as d:
        fill(d, "alice", 2)
        for scheme in (f"imap://localhost:{d.imap_port}", f"imap://localhost:{d.imap_port}?tls=none"):
            facteur.run("account", "add", "alice@example.org", "--user", "alice", "--source", scheme, "--ca", d.ca, "--password-stdin",
                        input=d.password + "\n")
        assert facteur.count("") in (0, 2, 4)
        facteur.run("sync")
        assert facteur.count("") == 4


# ---- the password -------------------------------------------------------------------------------------------


def dialogue(facteur, dovecot, *more):
    return Dialogue(facteur, "account", "add", "alice@example.org", "--source", f"imaps://alice@localhost:{dovecot.imaps_port}", *more)


def test_a_password_is_typed_unseen(facteur, dovecot):
    d = dialogue(facteur, dovecot, "--ca", dovecot.ca)
    d.wait_for("Password of alice@example.org: ")
    assert not d.echoes()
    d.type(dovecot.password + "\n")
    d.wait_for("added as")
    assert d.end() == 0 and dovecot.password + "\r" not in d.out


def test_the_terminal_speaks_again_after_an_interrupted_password(facteur, dovecot):
    d = dialogue(facteur, dovecot, "--ca", dovecot.ca)
    d.wait_for("Password of alice@example.org: ")
    d.type("half a pass\x03")
    wait_until(d.echoes)
    assert d.end() == -signal.SIGINT
    assert [a for a in facteur.json("account", "list") if a["address"] == "alice@example.org"] == []


def slow_server():
    """A server that greets nobody."""
    listener = socket.create_server(("127.0.0.1", 0))
    return listener, f"imaps://localhost:{listener.getsockname()[1]}"


def test_a_password_typed_early_is_neither_shown_nor_lost(facteur, dovecot):
    d = dialogue(facteur, dovecot, "--ca", dovecot.ca)
    d.wait_for("Connecting to localhost…")
    d.type(dovecot.password + "\n")
    d.wait_for("added as")
    assert d.end() == 0 and dovecot.password + "\r" not in d.out
    assert d.out.count("Password of alice@example.org: ") == 1


def test_the_terminal_is_silent_while_a_server_is_slow_and_speaks_again(facteur):
    listener, source = slow_server()
    with listener:
        d = Dialogue(facteur, "account", "add", "a@example.org", "--source", source)
        d.wait_for("Connecting to localhost…")
        wait_until(lambda: not d.echoes())
        d.type("early\n")
        time.sleep(0.2)
        d.type("\x03")
        wait_until(d.echoes)
        assert d.end() == -signal.SIGINT and "early" not in d.out and "Password" not in d.out



def test_no_password_is_asked_for_in_vain(facteur, dovecot):
    for d, told in ((dialogue(facteur, dovecot), "--ca FILE"),
                    (Dialogue(facteur, "account", "add", "a@example.org", "--source", "imap.example.org"), "begins with a scheme"),
                    (Dialogue(facteur, "account", "add", "a@example.org", "--source", "imaps://localhost:1"), "connection refused"),
                    (Dialogue(facteur, "account", "add", "a@example.org", "--source", "gopher://localhost"), "no plugin")):
        assert d.end() == 1
        assert told in d.out and "was not added" in d.out and "Password" not in d.out


def test_a_password_that_changed_is_set(facteur, certificates):
    with Dovecot(certs=certificates) as d:
        fill(d, "alice", 2)
        facteur.add_account(d)
        facteur.run("sync")
        account = facteur.json("account", "show", "alice")[0]["id"]
        d.password = "another"
        d.restart()
        hint = f"facteur account set {account}\n"
        assert facteur.run("sync", status=1).stderr.endswith(hint)
        assert facteur.run("account", "check", "alice", status=1).stderr.endswith(hint)
        assert hint in facteur.run("doctor", status=1).stdout

        wrong = facteur.run("account", "set", "alice", "--password-stdin", input="wrong\n", status=1)
        assert "was not changed" in wrong.stderr and "account set" not in wrong.stderr
        changed = facteur.run("account", "set", "alice", "--password-stdin", input="another\n")
        assert "signed in to localhost" in changed.stdout and changed.stdout.endswith("alice@example.org: changed\n")
        facteur.run("sync")
        assert facteur.count() == 2

        facteur.run("account", "set", "alice", "--password-stdin", "--no-check", input="wrong\n")
        facteur.run("sync", status=1)
        dialogue = Dialogue(facteur, "account", "set", "alice")
        dialogue.wait_for("New password of alice@example.org: ")
        dialogue.type("another\n")
        dialogue.wait_for(": changed")
        assert dialogue.end() == 0 and "another\r" not in dialogue.out
        facteur.run("sync")
        no_secret_in_logs(facteur, "another", "wrong\n")


def test_an_account_is_changed_in_part(facteur, dovecot):
    facteur.add_account(dovecot)
    before = facteur.json("account", "show", "alice")[0]
    facteur.run("account", "set", "alice", "--name", "Work")
    found, updated = facteur.json("account", "set", "Work", "--set", "timeoutSeconds=20", "--source", f"imaps://127.0.0.1:{dovecot.imaps_port}")
    assert found["host"] == "127.0.0.1" and updated == {"updated": before["id"]}
    after = facteur.json("account", "show", "Work")[0]
    assert after["settings"] == {**before["settings"], "timeoutSeconds": 20}
    facteur.run("account", "set", "Work", "--set", "timeoutSeconds=null", "--source", "imaps://localhost:1", status=1)
    assert facteur.json("account", "show", "Work")[0]["settings"] == after["settings"]
    facteur.run("account", "set", "Work", "--set", "timeoutSeconds=null", "--no-check")
    assert facteur.json("account", "show", "Work")[0]["settings"] == before["settings"]
    local = next(a["id"] for a in facteur.json("account", "list") if a["isLocal"])
    assert "no server" in facteur.run("account", "set", local, "--password-stdin", input="x\n", status=1).stderr
    for wrong in ((), ("Work", "--password", "--password-stdin"), ("Work", "--set", "x")):
        facteur.run("account", "set", *wrong, status=2)


def test_an_address_is_an_address(facteur):
    for wrong in ("@", "jane", "jane@", "@example.org", "jane doe@example.org", "<jane@example.org>"):
        assert "is no mail address" in facteur.run("account", "add", wrong, "--source", "imaps://localhost", status=2).stderr
