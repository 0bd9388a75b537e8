"""A mailbox that is only picked up (POP3), on a real server: complete, once, kept or deleted there as the account says."""
import os

import pytest

from e2e import BUILD, KILLS, MESSAGES, assert_all_there, fill, no_secret_in_logs, wait_until
from dovecot import Dovecot

POP3_MESSAGES = int(os.environ.get("FACTEUR_E2E_POP3_MESSAGES", str(MESSAGES)))
POP3_KILLS = int(os.environ.get("FACTEUR_E2E_POP3_KILLS", str(KILLS)))

pytestmark = pytest.mark.skipif(not Dovecot.has_pop3(), reason="dovecot-pop3d is not installed")


def is_sanitized():
    return b"__asan_init" in (BUILD / "bin" / "facteurd").read_bytes()


@pytest.fixture
def server(certificates):
    with Dovecot(certs=certificates, pop3=True) as d:
        yield d


def add(facteur, server, *more, user="alice", source=None, status=0):
    return facteur.run("account", "add", f"{user}@example.org", "--user", user, "--source",
                       source or f"pop3s://localhost:{server.pop3s_port}", "--ca", server.ca, "--password-stdin", *more,
                       input=server.password + "\n", status=status)


def sync(facteur):
    (outcome,) = facteur.json("sync", timeout=600)
    assert outcome["ok"], outcome
    return outcome


def on_server(server, user="alice"):
    """What is in the maildrop: subjects, in order."""
    out = server.doveadm("fetch", "-u", user, "hdr.subject", "mailbox", "INBOX", "all")
    return [line.partition(": ")[2] for line in out.splitlines() if line.startswith("hdr.subject:")]


def letter(i, body="A line."):
    return (f"Message-ID: <p{i}@e2e.example>\r\nDate: Mon, 1 Jan 2024 10:{i // 60 % 60:02}:{i % 60:02} +0000\r\nFrom: joe@example.org\r\n"
            f"Subject: letter {i}\r\n\r\n{body}\r\n").encode()


def test_a_maildrop_comes_down_whole_and_stays_as_it_is(facteur, server):
    messages = fill(server, "alice", POP3_MESSAGES)
    added = add(facteur, server)
    assert "signed in to localhost" in added.stdout and f"inbox      {POP3_MESSAGES} messages" in added.stdout
    outcome = sync(facteur)
    assert facteur.count("in:inbox") == POP3_MESSAGES == facteur.count()
    assert_all_there(facteur, messages)
    again = sync(facteur)
    assert again["newMessages"] == 0 and again["roundTrips"] <= 6, (outcome, again)
    assert len(on_server(server)) == POP3_MESSAGES
    shown = facteur.json("account", "show", "alice")[0]
    assert shown["syncState"]["phase"] == "idle" and shown["syncState"]["lastError"] is None
    no_secret_in_logs(facteur, server.password + "\n")


def test_dots_and_long_lines_arrive_byte_for_byte(facteur, server):
    odd = {f"p{i}@e2e.example": letter(i, body) for i, body in enumerate((
        ".", "..", ".\r\n.\r\n..", "a\r\n.b\r\n", "x" * 100_000 + "\r\n.", "\r\n\r\n.\r\n", "\x01\x7f", "." * 70_000,
        "\r\n".join(["." + "y" * 65_533] * 5)))}
    for message in odd.values():
        server.deliver("alice", message)
    add(facteur, server)
    sync(facteur)
    assert_all_there(facteur, odd)


def test_stls_is_what_pop3_means(facteur, server):
    server.deliver("alice", letter(1))
    assert "TLS: starttls" in add(facteur, server, source=f"pop3://localhost:{server.pop3_port}").stdout
    assert sync(facteur)["newMessages"] == 1


def test_a_wrong_password_is_told(facteur, server):
    done = facteur.run("account", "add", "alice@example.org", "--user", "alice", "--source", f"pop3s://localhost:{server.pop3s_port}", "--ca",
                       server.ca, "--password-stdin", input="wrong\n", status=1)
    assert "localhost: the server refuses to sign us in: the server does not accept user name and password" in done.stderr


def test_a_first_fetch_survives_kills(facteur, server):
    messages = fill(server, "alice", POP3_MESSAGES)
    add(facteur, server)
    facteur.kill()
    reached, seen = 0, []
    for _ in range(POP3_KILLS):
        facteur.count()
        goal = min(reached + POP3_MESSAGES // (POP3_KILLS + 1), POP3_MESSAGES - 1)
        wait_until(lambda: facteur.count() >= goal, 60)
        reached = facteur.count()
        facteur.kill()
        seen.append(reached)
    sync(facteur)
    assert facteur.count() == POP3_MESSAGES, seen
    assert_all_there(facteur, messages)
    assert sync(facteur)["newMessages"] == 0
    assert len(on_server(server)) == POP3_MESSAGES


def test_nothing_is_left_there_and_nothing_is_lost_when_it_is_killed(facteur, server):
    messages = fill(server, "alice", POP3_MESSAGES // 4)
    add(facteur, server, "--set", "leaveOnServer=none", "--set", "pollSeconds=10")
    for _ in range(POP3_KILLS):
        facteur.count()
        facteur.kill()
    sync(facteur)
    assert_all_there(facteur, messages)
    sync(facteur)
    assert on_server(server) == []
    assert_all_there(facteur, messages)


def test_moves_flags_and_mailboxes_are_ours_alone(facteur, server):
    for i in range(3):
        server.deliver("alice", letter(i))
    add(facteur, server, "--set", "deleteOnServer=false")
    sync(facteur)
    ids = {facteur.out("show", e["id"], "--headers").partition("letter ")[2][0]: e["id"] for e in facteur.json("list")}
    facteur.run("flag", ids["0"], "+flagged")
    account = facteur.json("account", "show", "alice")[0]["id"]
    assert "k" in facteur.rpc("Mailbox/set", accountId=account, create={"k": {"name": "Kept", "parentId": None}})["created"]
    facteur.run("move", ids["1"], "Kept")
    facteur.run("delete", ids["2"])
    sync(facteur)
    assert facteur.count("in:inbox") == 1 and facteur.count("in:Kept") == 1 and facteur.count("in:trash") == 1
    assert facteur.count("is:flagged") == 1
    assert len(on_server(server)) == 3
    assert facteur.json("account", "show", "alice")[0]["pendingChanges"] == 0


def test_what_is_deleted_here_is_deleted_there(facteur, server):
    for i in range(4):
        server.deliver("alice", letter(i))
    add(facteur, server)
    sync(facteur)
    doomed = [e["id"] for e in facteur.json("list") if e["subject"] in ("letter 1", "letter 2")]
    facteur.run("delete", *doomed)
    sync(facteur)
    assert sorted(on_server(server)) == ["letter 0", "letter 3"]
    assert sync(facteur)["newMessages"] == 0
    assert facteur.count("in:inbox") == 2 and facteur.count("in:trash") == 2


@pytest.mark.parametrize("leave,left", [("2n", ["letter 4", "letter 5"]), ("all", [f"letter {i}" for i in range(6)]), ("none", []),
                                        ("1k", [f"letter {i}" for i in range(2, 6)])])
def test_what_stays_there_is_what_the_account_says(facteur, server, leave, left):
    for i in range(6):
        server.deliver("alice", letter(i, "x" * (250 - len(letter(i, "")))))  # four of them are 1,000 bytes
    add(facteur, server, "--set", f"leaveOnServer={leave}")
    sync(facteur)
    wait_until(lambda: sync(facteur) and sorted(on_server(server)) == left)
    assert facteur.count("in:inbox") == 6
    facteur.run("account", "set", "alice", "--set", "leaveOnServer=none")
    sync(facteur)
    assert on_server(server) == [] and facteur.count("in:inbox") == 6


CLOCK = BUILD / "tests" / "preload" / "shifted_clock.so"
DAY = 86400


def days_pass(facteur, days, seconds=0):
    """facteurd ends, and the one that is started next lives so much later."""
    facteur.run("stop", status=None)
    facteur.env["LD_PRELOAD"] = str(CLOCK)
    facteur.env["SHIFTED_CLOCK_SECONDS"] = str(days * DAY + seconds)


@pytest.mark.skipif(is_sanitized(), reason="a sanitizer's runtime must be the first library")
@pytest.mark.parametrize("setting,days", [([], 14), (["--set", "leaveOnServer=3d"], 3)])
def test_days_are_counted_from_the_day_that_it_was_picked_up(facteur, server, setting, days):
    for i in range(3):
        server.deliver("alice", letter(i))
    days_pass(facteur, 0)
    add(facteur, server, *setting)
    sync(facteur)
    days_pass(facteur, 1)
    server.deliver("alice", letter(3))
    sync(facteur)
    days_pass(facteur, days, -60)
    sync(facteur)
    assert len(on_server(server)) == 4
    days_pass(facteur, days, 60)
    sync(facteur)
    assert on_server(server) == ["letter 3"]
    days_pass(facteur, days + 1, -60)
    sync(facteur)
    assert on_server(server) == ["letter 3"]
    days_pass(facteur, days + 1, 60)
    sync(facteur)
    assert on_server(server) == []
    assert facteur.count("in:inbox") == 4 and sync(facteur)["newMessages"] == 0


@pytest.mark.skipif(is_sanitized(), reason="a sanitizer's runtime must be the first library")
def test_a_clock_that_was_set_back_deletes_nothing(facteur, server):
    server.deliver("alice", letter(0))
    days_pass(facteur, 100)
    add(facteur, server)
    sync(facteur)
    days_pass(facteur, 0)
    sync(facteur)
    assert on_server(server) == ["letter 0"] and facteur.count("in:inbox") == 1


def test_settings_are_checked(facteur, server):
    assert "leaveOnServer: must be" in add(facteur, server, "--set", "leaveOnServer=often", status=1).stderr
    assert "leaveOnServer: days must be 1 to 36500" in add(facteur, server, "--set", "leaveOnServer=0d", status=1).stderr
    assert "kept whole" in add(facteur, server, "--set", "keep=none", status=1).stderr
    imap = facteur.run("account", "add", "bob@example.org", "--user", "bob", "--source", f"imaps://localhost:{server.imaps_port}", "--ca", server.ca,
                       "--password-stdin", "--set", "leaveOnServer=all", input="pass\n", status=1)
    assert "stays on the server" in imap.stderr
    add(facteur, server)
    changed = facteur.run("account", "set", "alice", "--source", f"imaps://localhost:{server.imaps_port}", status=1)
    assert "cannot become each other" in changed.stderr
