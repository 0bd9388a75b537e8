"""What the other tests here stand on: that it sees what is wrong, and interrupts where it says."""
import contextlib
import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading

import model
import time

import pytest
from peer import from_mutf7, message_of, mutf7
from proxy import CUT, Proxy
from world import FAULT


def digest(key):
    return hashlib.sha256(message_of(key)).hexdigest()


def rows(*messages):
    return [(key, tuple(words), digest(key)) for key, words in messages]


# ---- the comparer ------------------------------------------------------------------------------------------------

def test_a_server_that_holds_the_model_differs_in_nothing():
    m = model.Model({"INBOX": {"a": ["$seen"], "b": []}, "Work/Deep": {}})
    assert model.differences_of_server(m, {"INBOX": rows(("a", ["$seen"]), ("b", [])), "Work/Deep": [], "Work": []}) == []


@pytest.mark.parametrize("everything,said", [
    ({"INBOX": rows(("a", []))}, "server: INBOX: a has [] and should have ['$seen']"),
    ({"INBOX": rows(("a", ["$seen"]), ("a", ["$seen"]))}, "server: INBOX: a is there 2 times"),
    ({"INBOX": []}, "server: INBOX: a is there 0 times"),
    ({"INBOX": rows(("a", ["$seen"]), ("x", []))}, "server: INBOX: x should not be there (1 times)"),
    ({"INBOX": rows(("a", ["$seen"])), "Odd": []}, "server: mailbox Odd should not be there"),
    ({}, "server: mailbox INBOX is missing"),
    ({"INBOX": [("a", ("$seen",), "0" * 64)]}, "server: INBOX: the bytes of a are others"),
])
def test_what_differs_on_a_server_is_said(everything, said):
    assert model.differences_of_server(model.Model({"INBOX": {"a": ["$seen"]}}), everything) == [said]


def test_an_email_is_seen_when_every_copy_is_and_has_the_other_keywords_of_one():
    m = model.Model({"INBOX": {"a": ["$seen", "x"]}, "Work": {"a": ["$flagged"]}})
    assert m.emails() == {"a": (frozenset({"INBOX", "Work"}), frozenset({"x", "$flagged"}))}


def test_names_outside_of_ascii_come_back():
    for name in ("Entwürfe", "a&b", "日本語/x", "&"):
        assert from_mutf7(mutf7(name)) == name
    assert mutf7("Entwürfe") == "Entw&APw-rfe"


# ---- the proxy ---------------------------------------------------------------------------------------------------

class Echo:
    """A server that keeps what it is told and answers each line with two."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.got = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                s, _ = self.listener.accept()
            except OSError:
                return
            got = []
            self.got.append(got)
            with contextlib.suppress(OSError), s, s.makefile("rb") as f:  # who was cut off cannot be answered; the next can
                for line in f:
                    got.append(line)
                    s.sendall(b"* one " + line + b"* two\r\n")


@pytest.fixture
def echo():
    e = Echo()
    yield e
    e.listener.close()


def talk(port, *data, answer=0):
    """Says it, waits for so many bytes of an answer, or for the end."""
    with socket.create_connection(("127.0.0.1", port), 5) as s:
        for d in data:
            s.sendall(d)
        out = b""
        try:
            while not answer or len(out) < answer:
                piece = s.recv(4096)
                if not piece:
                    break
                out += piece
        except ConnectionResetError:
            pass
        return out


def test_the_proxy_counts_lines_and_passes_all_bytes(echo):
    with Proxy("127.0.0.1", echo.port, hide=()) as p:
        said = b"* one a NOOP\r\n* two\r\n* one b X\r\n* two\r\n"
        assert talk(p.port, b"a NO", b"OP\r\nb X\r\n", answer=len(said)) == said
        assert (p.steps, p.commands()) == (6, ["NOOP", "X"])


def test_a_literal_is_part_of_the_line_before_it(echo):
    with Proxy("127.0.0.1", echo.port, hide=()) as p:
        talk(p.port, b"a APPEND x {5+}\r\n1\r\n23\r\n", answer=54)
        assert p.commands() == ["APPEND x {5+}", ""]
        assert echo.got[0] == [b"a APPEND x {5+}\r\n", b"1\r\n", b"23\r\n"]


def test_the_proxy_cuts_where_it_is_told(echo):
    def got(connection, lines):
        """The other side hears a moment later, and of a connection that was cut before anything was passed on perhaps never."""
        end = time.monotonic() + 10
        while (len(echo.got) <= connection or len(echo.got[connection]) < lines) and time.monotonic() < end:
            time.sleep(0.01)
        return echo.got[connection]

    with Proxy("127.0.0.1", echo.port, hide=()) as p:
        p.hook = lambda step: CUT if step.data == b"b\r\n" else None
        talk(p.port, b"a\r\n", b"b\r\n", b"c\r\n")
        assert got(0, 0) in ([], [b"a\r\n"])
        p.hook = lambda step: 3 if step.kind == "literal" else None
        talk(p.port, b"x {5}\r\n12345\r\n")
        assert got(1, 2) == [b"x {5}\r\n", b"123"]


def test_the_proxy_takes_capabilities_away():
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        s, _ = listener.accept()
        with s:
            s.sendall(b"* OK [CAPABILITY IMAP4rev1 COMPRESS=DEFLATE IDLE MOVE] hello\r\n")
    threading.Thread(target=serve, daemon=True).start()
    with Proxy(*listener.getsockname()[:2], hide=("COMPRESS=DEFLATE", "MOVE")) as p:
        assert talk(p.port) == b"* OK [CAPABILITY IMAP4rev1 IDLE] hello\r\n"
    listener.close()


# ---- the bad disk ------------------------------------------------------------------------------------------------

WRITER = """
import os, sys
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
for i in range(5):
    try:
        os.write(fd, b"x")
    except OSError as e:
        print(i, e.errno)
"""

needs_fault = pytest.mark.skipif(not FAULT.exists(), reason="this build has no tests/fault.so")


def write_five(tmp_path, **env):
    counter = tmp_path / "count"
    counter.write_bytes(bytes(8))
    done = subprocess.run([sys.executable, "-c", WRITER, tmp_path / "there" / "f"], capture_output=True, text=True,
                          env={**os.environ, "LD_PRELOAD": str(FAULT), "FAULT_DIR": str(tmp_path / "there"), "FAULT_COUNT": str(counter),
                               "FAULT_CALLS": "write", **env})
    return done, int.from_bytes(counter.read_bytes(), "little"), len((tmp_path / "there" / "f").read_bytes())


@needs_fault
@pytest.mark.parametrize("env,status,said,counted,written", [
    ({}, 0, "", 5, 5),
    ({"FAULT_AT": "3", "FAULT_DO": "EIO"}, 0, "2 5\n", 5, 4),
    ({"FAULT_AT": "3", "FAULT_DO": "ENOSPC+"}, 0, "2 28\n3 28\n4 28\n", 5, 2),
    ({"FAULT_AT": "3", "FAULT_DO": "kill"}, -signal.SIGKILL, "", 3, 2),
    ({"FAULT_AT": "3", "FAULT_DO": "killed"}, -signal.SIGKILL, "", 3, 3),
    ({"FAULT_GATE": "/nonexistent", "FAULT_AT": "1", "FAULT_DO": "EIO"}, 0, "", 0, 5),
])
def test_the_disk_fails_at_the_call_that_was_named(tmp_path, env, status, said, counted, written):
    (tmp_path / "there").mkdir()
    done, n, size = write_five(tmp_path, **env)
    assert (done.returncode, done.stdout, n, size) == (status, said, counted, written)
