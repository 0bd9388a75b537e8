"""Where passwords are kept, as a user moves them about; and that none stays in facteurd's memory."""
import json
import socket
import subprocess
import time

import pytest

from dovecot import Dovecot
from e2e import BUILD, Dialogue, no_secret_in_logs, wait_until
from memory import find
from smtp_sink import Sink

FACTEURD = BUILD / "bin" / "facteurd"
SANITIZED = FACTEURD.exists() and b"__asan_init" in FACTEURD.read_bytes()
PASSWORD = 'correct-horse"battery\\staple-4711'
PASSPHRASE = "open sesame 4711"


class Guarded(Dovecot):
    password = PASSWORD


@pytest.fixture
def server(certificates):
    with Guarded(certs=certificates, pop3=True) as d:
        yield d


def phase(facteur, account):
    return facteur.json("account", "show", account)[0]["syncState"]["phase"]


def send_in_pieces(path):
    """The line grows with every piece, and may move each time."""
    request = {"jsonrpc": "2.0", "id": 1, "method": "Account/set", "params": {"update": {"a999": {"password": PASSWORD}}}}
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(path))
        s.sendall(json.dumps(request).encode())
        for pad in range(12):     # to some megabytes
            time.sleep(0.01)
            s.sendall(b" " * (1000 << pad))
        s.sendall(b"\n")
        assert b"notUpdated" in s.recv(65536)


@pytest.mark.skipif(SANITIZED, reason="its shadow of the memory is larger than the memory")
def test_no_password_stays_in_memory(facteur, server):
    facteur.env["FACTEUR_DEBUG"] = "1"  # else not even its own user may look
    facteur.json("account", "list")
    pid = facteur.pid()
    looked = []

    def look(what):
        """What stays. While an account signs in, as it does after each change of it, its password is in use for a moment."""
        until = time.monotonic() + 10
        while left := find(pid, PASSWORD, "alice", "bob", "carol") + find(pid, PASSPHRASE):
            assert time.monotonic() < until, (what, left[:5])
            time.sleep(0.2)
        looked.append(what)

    facteur.add_account(server)
    wait_until(lambda: phase(facteur, "alice") == "watching")
    look("IMAP over TLS")
    for user, url in (("bob", f"imap://localhost:{server.imap_port}?tls=none"), ("carol", f"pop3s://localhost:{server.pop3s_port}"),
                      ("dave", f"pop3://localhost:{server.pop3_port}?tls=none")):
        facteur.run("account", "add", f"{user}@example.org", "--user", user, "--source", url, "--ca", server.ca, "--password-stdin",
                    input=PASSWORD + "\n")
        facteur.run("sync", user)
        look(url)
    with Sink(extensions=("SIZE 10000000", "AUTH PLAIN")) as sink:
        facteur.run("account", "set", "carol", "--transport", f"smtp://carol@127.0.0.1:{sink.port}?tls=none", "--password-stdin", input=PASSWORD + "\n")
        assert any(c.startswith("AUTH PLAIN ") for c in sink.commands)
        look("SMTP")
    facteur.run("account", "set", "alice", "--password-stdin", input=PASSWORD + "\n")
    facteur.run("account", "set", "alice", "--password-stdin", "--user", "nobody", "--source", f"imap://localhost:{server.imap_port}?tls=starttls", input=PASSWORD + "!\n", status=1)
    look("after a refusal")
    send_in_pieces(facteur.profile / "rpc.sock")
    look("a request in pieces")
    facteur.run("secrets", "encrypt", "--passphrase-stdin", input=PASSPHRASE + "\n")
    facteur.run("secrets", "move", "encrypted")
    facteur.run("sync")
    look("after moving")
    assert find(pid, "alice@example.org")  # what is there is found
    no_secret_in_logs(facteur, PASSWORD)
    no_secret_in_logs(facteur, PASSPHRASE)
    assert not [p for p in facteur.profile.rglob("*") if p.is_file() and PASSWORD[:13].encode() in p.read_bytes()]


def test_a_locked_account_waits_for_one_command(facteur, server):
    facteur.add_account(server)
    refused = facteur.add_account(server, "bob", "--secrets", "encrypted", status=1).stderr
    assert "facteur secrets encrypt" in refused and "bob@example.org was not added" in refused
    nobody = subprocess.run(facteur.command("secrets", "encrypt"), stdin=subprocess.DEVNULL, capture_output=True, text=True, start_new_session=True)
    assert nobody.returncode == 2 and "--passphrase-stdin" in nobody.stderr and "password" not in nobody.stderr
    d = Dialogue(facteur, "secrets", "encrypt")
    d.wait_for("New passphrase: ")
    assert not d.echoes()
    d.type(PASSPHRASE + "\n")
    d.wait_for("Once more: ")
    d.type(PASSPHRASE + "x\n")
    assert d.end() == 1 and "not the same" in d.out and PASSPHRASE not in d.out
    facteur.run("secrets", "encrypt", "--passphrase-stdin", input=PASSPHRASE + "\n")
    assert facteur.out("secrets", "move", "encrypted", "alice") == "alice@example.org: the password is in: encrypted\n"
    assert "alice@example.org" in next(line for line in facteur.out("secrets", "list").splitlines() if line.startswith("encrypted"))
    facteur.run("stop")

    wait_until(lambda: phase(facteur, "alice") == "failed")  # the next command has started it
    assert "facteur unlock" in facteur.out("account", "show", "alice")
    assert "facteur unlock" in facteur.run("sync", status=1).stderr
    assert "wrong" in facteur.run("unlock", "--passphrase-stdin", input="barley\n", status=1).stderr
    d = Dialogue(facteur, "unlock")
    d.wait_for("Passphrase: ")
    d.type(PASSPHRASE + "\n")
    assert d.end() == 0 and "unlocked" in d.out
    wait_until(lambda: phase(facteur, "alice") == "watching")
    facteur.run("secrets", "passphrase", "--passphrase-stdin", input=PASSPHRASE + "\nnew words\n")
    facteur.run("lock")
    assert facteur.run("account", "check", "alice", status=1).stderr.count("unlock")
    facteur.run("unlock", "--passphrase-stdin", input="new words\n")
    facteur.run("account", "check", "alice")


def test_a_command_gives_the_password_and_nobody_is_asked(facteur, server):
    store = facteur.dir / "store" / "alice@example.org"
    store.parent.mkdir()
    store.write_text(PASSWORD + "\nurl: imaps://localhost\n")
    source = ("--user", "alice", "--source", f"imaps://localhost:{server.imaps_port}", "--ca", server.ca)
    wrong = facteur.run("account", "add", "alice@example.org", *source, "--password-command", "cat /nonexistent/%a", status=1)
    assert "No such file" in wrong.stderr and "not added" in wrong.stderr
    for command, complaint in (("/nonexistent/pass show %a", "no command /nonexistent/pass"), ("true", "prints no password")):
        wrong = facteur.run("account", "add", "alice@example.org", *source, "--password-command", command, status=1)
        assert complaint in wrong.stderr and "may pass" not in wrong.stderr, wrong.stderr
    facteur.run("account", "add", "alice@example.org", *source, "--password-command", f"cat {store.parent}/%a")
    facteur.run("sync")
    assert facteur.json("account", "show", "alice")[0]["settings"]["secrets"] == "command"
    moved = facteur.run("secrets", "move", "file", "alice")
    assert "is in: file" in moved.stdout and "passwordCommand" not in facteur.json("account", "show", "alice")[0]["settings"]
    store.unlink()
    facteur.run("account", "check", "alice")
    assert facteur.run("secrets", "move", "command", "alice", status=2).stderr.count("--password-command")
    refused = facteur.run("secrets", "move", "command", "alice", "--password-command", f"cat {store}", status=1)
    assert "No such file" in refused.stderr
    facteur.run("account", "check", "alice")
