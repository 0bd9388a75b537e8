"""What goes wrong with servers and disks: told in time, by name, with what to do; and nothing is lost."""
import contextlib
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

from e2e import SAMPLES, assert_all_there, fill, message_ids, no_secret_in_logs, wait_until

from dovecot import Dovecot, free_port

PASSWORD = "Correct-Horse-77"


def add(facteur, source, *more, status=0, password=PASSWORD):
    return facteur.run("account", "add", "jane@example.org", "--user", "jane", "--source", source, "--password-stdin", *more,
                       input=password + "\n", status=status, timeout=90)


def refused(facteur, source, *more, within=40):
    """Adding fails in time, says what failed, and adds nothing."""
    began = time.monotonic()
    done = add(facteur, source, *more, status=1)
    assert time.monotonic() - began < within
    assert done.stdout == "" and "was not added" in done.stderr
    assert len(facteur.json("account", "list")) == 1
    no_secret_in_logs(facteur, PASSWORD)
    return done.stderr


def test_wrong_password(facteur, dovecot):
    said = refused(facteur, f"imaps://localhost:{dovecot.imaps_port}", "--ca", dovecot.ca)
    assert "jane@example.org" in said and "password" in said.lower()


def test_unknown_host(facteur):
    said = refused(facteur, "imaps://no-such-host.invalid")
    assert "no-such-host.invalid" in said


def test_refused_port(facteur):
    port = free_port()
    said = refused(facteur, f"imaps://localhost:{port}")
    assert "refused" in said and str(port) in said


def test_expired_certificate(facteur, certificates):
    with Dovecot(certs=certificates, certificate="expired") as d:
        said = refused(facteur, f"imaps://localhost:{d.imaps_port}", "--ca", d.ca)
    assert "certificate" in said and "expired" in said


def test_certificate_of_another_host(facteur, certificates):
    with Dovecot(certs=certificates, certificate="foreign") as d:
        said = refused(facteur, f"imaps://localhost:{d.imaps_port}", "--ca", d.ca)
    assert "certificate" in said and "localhost" in said


def test_authority_that_is_not_trusted(facteur, dovecot):
    said = refused(facteur, f"imaps://localhost:{dovecot.imaps_port}")
    assert "certificate" in said
    said = refused(facteur, f"imaps://localhost:{dovecot.imaps_port}", "--ca", dovecot.certs.dir + "/other-ca.pem")
    assert "certificate" in said


def test_scheme_that_no_plugin_speaks(facteur):
    said = refused(facteur, "gopher://localhost")
    assert "gopher" in said


def test_password_in_a_url_is_refused(facteur):
    said = refused(facteur, f"imaps://jane:{PASSWORD}@localhost")
    assert PASSWORD not in said


class Server:
    """A server that speaks in clear and follows a script: script(connection)."""

    def __init__(self, script):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = 0
        self.script = script
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.handle, args=(connection,), daemon=True).start()

    def handle(self, connection):
        with contextlib.suppress(OSError), connection:
            self.script(connection)

    @property
    def url(self):
        return f"imap://localhost:{self.port}?tls=none"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


def hang(connection):
    while connection.recv(4096):
        pass


def test_server_that_never_greets(facteur):
    with Server(hang) as s:
        said = refused(facteur, s.url, "--set", "connectTimeoutSeconds=2", "--set", "timeoutSeconds=2", within=20)
    assert "localhost" in said


def test_server_that_hangs_after_its_greeting(facteur):
    def script(c):
        c.sendall(b"* OK ready\r\n")
        hang(c)
    with Server(script) as s:
        refused(facteur, s.url, "--set", "timeoutSeconds=2", within=20)


def test_server_that_is_none(facteur):
    def script(c):
        c.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        hang(c)
    with Server(script) as s:
        refused(facteur, s.url, "--set", "timeoutSeconds=3", within=20)


def test_server_that_closes_in_the_middle_of_a_literal(facteur, certificates):
    """A relay to a real server that cuts the connection inside a message; what came before it stays, and the rest comes later."""
    with Dovecot(certs=certificates, compress=False, capability="IMAP4rev1 UIDPLUS") as d:
        messages = fill(d, "jane", 400)
        cut = threading.Event()
        cut.set()

        def script(client):
            with socket.create_connection(("127.0.0.1", d.imap_port)) as server:
                def forward(a, b):
                    with contextlib.suppress(OSError):
                        while data := a.recv(65536):
                            b.sendall(data)
                threading.Thread(target=forward, args=(client, server), daemon=True).start()
                passed = 0
                while data := server.recv(4096):
                    if cut.is_set() and passed > 200_000 and b"BODY[" not in data:
                        client.sendall(data[:len(data) // 2])
                        client.shutdown(socket.SHUT_RDWR)
                        return
                    passed += len(data)
                    client.sendall(data)

        with Server(script) as s:
            add(facteur, s.url, "--no-check", password=d.password)
            done = facteur.run("sync", status=1, timeout=90)
            assert "jane@example.org" in done.stderr
            kept = facteur.count()
            assert 0 < kept < 400
            cut.clear()
            facteur.run("sync", timeout=90)
            assert facteur.count() == 400
            assert_all_there(facteur, messages)


def test_mailboxes_that_are_missing_for_a_while_cost_nothing(facteur, dovecot):
    """A server whose disk is not mounted lists the inbox alone; what it lists again later is as it was, and nothing was lost meanwhile."""
    user = "missing"
    messages = {**fill(dovecot, user, 5), **fill(dovecot, user, 10, "Work", seed=2), **fill(dovecot, user, 10, "Lists", seed=3)}
    facteur.add_account(dovecot, user)
    facteur.run("sync")
    before = message_ids(facteur)
    assert before.keys() == messages.keys()
    maildir = pathlib.Path(dovecot.maildir(user, "Work")).parent
    away = maildir.parent / "away"
    away.mkdir()

    for name in (".Work", ".Lists"):
        os.rename(maildir / name, away / name)
    facteur.run("stop")  # a session of Dovecot's goes on listing what it has seen
    for _ in range(2):
        facteur.run("sync")
        assert message_ids(facteur) == before
    [shown] = facteur.json("account", "show", f"{user}@example.org")
    assert [n["type"] for n in shown["notices"]] == ["mailboxesMissing"]
    assert shown["syncState"]["mailboxesMissing"] == 2

    for name in (".Work", ".Lists"):
        os.rename(away / name, maildir / name)
    facteur.run("stop")
    facteur.run("sync")
    assert message_ids(facteur) == before
    [shown] = facteur.json("account", "show", f"{user}@example.org")
    assert shown["syncState"]["mailboxesMissing"] == 0
    facteur.run("account", "verify", f"{user}@example.org")


def relay_that_dies_of(d, marker):
    """A relay to a real server, and a switch: while it is on, the connection ends where `marker` should pass."""
    deadly = threading.Event()
    deadly.set()

    def script(client):
        with socket.create_connection(("127.0.0.1", d.imap_port)) as server:
            def forward():
                with contextlib.suppress(OSError):
                    while data := client.recv(65536):
                        server.sendall(data)
                    server.shutdown(socket.SHUT_RDWR)
            threading.Thread(target=forward, daemon=True).start()
            tail = b""
            while data := server.recv(65536):
                at = (tail + data).find(marker)
                if deadly.is_set() and at >= 0:
                    client.sendall(data[:max(0, at - len(tail))])
                    client.shutdown(socket.SHUT_RDWR)
                    return
                tail = (tail + data)[-len(marker):]
                client.sendall(data)

    return script, deadly


@pytest.mark.parametrize("part", ["body", "header"])
def test_a_message_that_ends_the_connection_each_time_does_not_keep_the_others_out(facteur, certificates, part):
    """It is left out with a notice, as far as its header does it too; the count over restarts is durable; a sync that is asked for tries
    again."""
    with Dovecot(certs=certificates, compress=False, capability="IMAP4rev1 UIDPLUS") as d:
        messages = fill(d, "jane", 40)
        head = b"Message-ID: <deadly@e2e.example>\r\nSubject: deadly\r\n"
        deadly_message = head + (b"X-Note: POISON\r\n\r\nbody\r\n" if part == "header" else b"\r\nPOISON\r\n")
        d.deliver("jane", deadly_message, flags="")
        messages |= fill(d, "jane", 40, seed=2)
        script, deadly = relay_that_dies_of(d, b"POISON")
        with Server(script) as s:
            add(facteur, s.url, "--no-check", password=d.password)
            facteur.run("sync", status=None, timeout=90)
            facteur.kill()

            wait_until(lambda: "left out" in facteur.run("account", "show", "jane@example.org").stdout, timeout=60)
            facteur.run("sync", status=None, timeout=90)
            wait_until(lambda: facteur.count() == (81 if part == "body" else 80))
            shown = facteur.json("account", "show", "jane@example.org")
            assert [n["type"] for n in shown[0]["notices"]] == ["messageLeftOut"]
            wait_until(lambda: facteur.json("account", "show", "jane@example.org")[0]["syncState"]["phase"] == "watching")
            [verified] = facteur.json("account", "verify", "jane@example.org", status=0 if part == "body" else 1)
            assert verified["counts"] == ({} if part == "body" else {"emailLeftOut": 1})

            deadly.clear()
            facteur.run("sync", timeout=90)
            assert_all_there(facteur, messages | {"deadly@e2e.example": deadly_message}, sample=200)
            facteur.run("account", "verify", "jane@example.org")


def test_a_connection_that_went_dead_while_it_waited_is_no_failure(facteur, certificates):
    """What a laptop finds when it wakes up: the old connection gives no answer any more, a new one does."""
    with Dovecot(certs=certificates) as d:
        fill(d, "jane", 3)
        dead = threading.Event()

        def script(client):
            with socket.create_connection(("127.0.0.1", d.imap_port)) as server:
                def forward(a, b):
                    with contextlib.suppress(OSError):
                        while data := a.recv(65536):
                            if not was_here or not dead.is_set():
                                b.sendall(data)
                was_here = not dead.is_set()
                threading.Thread(target=forward, args=(client, server), daemon=True).start()
                forward(server, client)

        with Server(script) as s:
            add(facteur, s.url, "--no-check", "--set", "timeoutSeconds=2", password=d.password)
            facteur.run("sync")
            wait_until(lambda: [a for a in facteur.json("account", "list") if not a["isLocal"]][0]["syncState"]["phase"] == "watching")
            dead.set()
            d.deliver("jane", b"Message-ID: <late@e2e>\r\nSubject: late\r\n\r\nx\r\n")
            facteur.run("sync", timeout=20)
            assert facteur.count() == 4


def test_trouble_of_one_account_is_told_and_the_other_goes_on(facteur, dovecot):
    fill(dovecot, "alice", 5)
    facteur.add_account(dovecot)
    port = free_port()
    add(facteur, f"imaps://localhost:{port}", "--no-check")
    done = facteur.run("sync", status=1)
    assert "alice@example.org: " in done.stdout
    assert "jane@example.org" in done.stderr and "refused" in done.stderr
    assert facteur.count() == 5
    told = facteur.run("doctor", status=1).stdout
    assert told.count("problem") >= 1 and "Nothing is wrong." not in told
    no_secret_in_logs(facteur, PASSWORD)


def test_the_password_goes_wrong_later(facteur, certificates):
    with Dovecot(certs=certificates) as d:
        fill(d, "alice", 3)
        facteur.add_account(d)
        facteur.run("sync")
        (account,) = [a for a in facteur.json("account", "list") if not a["isLocal"]]
        facteur.rpc("Account/set", update={account["id"]: {"password": "wrong"}})
        done = facteur.run("sync", status=1)
        assert "alice@example.org" in done.stderr
        assert facteur.count() == 3
        no_secret_in_logs(facteur, "wrong\n")


# ---- the disk -----------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path):
    """A tmpfs of 24 MB."""
    path = tmp_path / "small"
    path.mkdir()
    mounted = os.getuid() == 0 and subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", path], stderr=subprocess.DEVNULL).returncode == 0
    if not mounted:
        pytest.skip("a small file system needs root and the right to mount")
    yield path
    subprocess.run(["umount", "-l", path], check=True)


def test_what_a_full_disk_leaves_of_a_set_of_accounts_is_told(facteur, small_disk):
    facteur.profile = small_disk / "profile"
    facteur.count()
    space = os.statvfs(small_disk)
    (small_disk / "filler").write_bytes(b"x" * (space.f_bavail * space.f_bsize - 300_000))
    accounts = {f"k{i}": {"address": f"{i}@example.org", "source": "imap://127.0.0.1:1?tls=none", "isEnabled": False, "settings": {"user": "x" * 20_000}}
                for i in range(30)}
    request = {"jsonrpc": "2.0", "id": 1, "method": "Account/set", "params": {"create": accounts}}
    answer = json.loads(facteur.out("rpc", "-", input=json.dumps(request)))
    (small_disk / "filler").unlink()
    result = answer["result"]
    assert result["created"] and result["notCreated"]
    assert {e["type"] for e in result["notCreated"].values()} == {"diskFull"}
    assert len(facteur.json("account", "list")) == 1 + len(result["created"])
    facteur.run("stop")


def test_a_full_disk_is_told_and_loses_nothing(facteur, dovecot, small_disk):
    facteur.profile = small_disk / "profile"
    facteur.run("import", SAMPLES)
    before = {e["id"]: facteur.run("show", e["id"], "--raw", text=False).stdout for e in facteur.json("list", "-n", "20")}
    messages = {}
    for i in range(60):
        message = b"Message-ID: <static%d@e2e>\r\nSubject: static %d\r\n\r\n" % (i, i) + os.urandom(400_000).hex().encode() + b"\r\n"
        dovecot.deliver("alice", message)
        messages[f"static{i}@e2e"] = message
    facteur.add_account(dovecot)
    done = facteur.run("sync", status=1, timeout=120)
    assert "alice@example.org" in done.stderr and ("disk" in done.stderr.lower() or "space" in done.stderr.lower())
    assert "make room" in done.stderr and "this may pass" not in done.stderr
    assert {i: facteur.run("show", i, "--raw", text=False).stdout for i in before} == before

    subprocess.run(["mount", "-o", "remount,size=200m", small_disk], check=True)
    facteur.run("sync", timeout=120)
    assert facteur.count("subject:static") == 60
    assert facteur.count("") == 260
    facteur.run("stop")


def one_that_ends(facteur, reads):
    """A facteurd's socket that takes one connection, and goes."""
    facteur.run("stop")
    path = str(facteur.profile / "rpc.sock")
    pathlib.Path(path).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()

    def serve():
        connection = listener.accept()[0]
        select.select([connection], [], [])
        listener.close()
        if reads:
            connection.recv(65536)
        connection.close()
    thread = threading.Thread(target=serve)
    thread.start()
    return thread


def test_a_call_that_a_dying_facteurd_has_not_read_is_made_again(facteur):
    facteur.run("import", "-", input="Subject: x\n\nx\n")
    for command in (("count", ""), ("list",), ("search", "x"), ("rpc", "Core/status", "{}")):
        thread = one_that_ends(facteur, False)
        assert facteur.run(*command).stderr == ""
        thread.join()
    thread = one_that_ends(facteur, False)
    lost = facteur.run("--no-start", "count", "", status=3)
    assert lost.stderr.startswith("facteur: no facteurd runs") and lost.stderr.count("\n") == 1
    thread.join()
    thread = one_that_ends(facteur, True)  # it may have been done
    assert "it was closed" in facteur.run("count", "", status=3).stderr
    thread.join()


def test_a_facteurd_that_was_killed_is_started_by_the_next_command(facteur):
    facteur.count()
    for _ in range(10):
        os.kill(facteur.pid(), signal.SIGKILL)
        assert facteur.count() == 0
