"""Failing disks, failing memory and failing nets in the middle of everything at once: no crash, no false success, and in the end both sides
hold what the model does. What a call has answered counts; one that has failed is made again.

FACTEUR_SYNC_BAD: how many places of each kind are tried (0: every one)."""
import concurrent.futures
import os
import random
import shutil
import subprocess
import tempfile
import traceback

import interrupt
import pytest
from peer import message_of
from proxy import CUT
from world import AT_ONCE, FAULT, World

PLACES = int(os.environ.get("FACTEUR_SYNC_BAD", "5"))
KIND = "dovecot-maildir"
BEGIN = {"INBOX": {"m1": [], "m2": ["work"], "m3": []}, "Work": ["w1"]}

needs_fault = pytest.mark.skipif(not FAULT.exists(), reason="this build has no tests/fault.so")


def act(w):
    """Something of everything that the account can do."""
    w.flag(["m1", "w1"], add=["$flagged"])
    w.they("store", "INBOX", ["m3"], add=["$seen"])
    if w.can("mayMoveEmails"):
        w.move("INBOX", ["m1"], "Work")
        w.destroy(["m2"])
    if w.can("mayImport"):
        w.append("Work", "a1", ["$seen"])
    w.they("append", "INBOX", "n1")


class Story:
    """As interrupt.prepare wants it."""
    begin = BEGIN

    @staticmethod
    def can_run(_):
        return True


def some(n, salt):
    """Places from 1 to n: all, or PLACES of them, always the same."""
    everywhere = range(1, n + 1)
    return list(everywhere) if not PLACES or n <= PLACES else sorted(random.Random(salt).sample(everywhere, PLACES))


def all_of(cases, run):
    """Runs it for each case, some at once. The problems."""
    def one(case):
        try:
            run(case)
        except Exception:
            return f"{case}: {traceback.format_exc()}"
        return None
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        problems = [p for p in pool.map(one, cases) if p]
    assert not problems, f"{len(problems)} of {len(cases)}\n" + "\n\n".join(problems[:5])


def fault(calls, **more):
    return {"FAULT_CALLS": calls, **({"FAULT_GATE": ""} if calls in AT_THE_START else {}), **more}


def count(server, calls):
    with World(server) as w:
        counter = interrupt.prepare(w, Story, fault(calls))
        act(w)
        w.check()
        return int.from_bytes(counter.read_bytes(), "little")


# ---- disks -------------------------------------------------------------------------------------------------------

# What is opened, renamed and cut is so at the start.
AT_THE_START = ("open", "rename", "truncate")
DISK = [("write", "EIO"), ("write", "ENOSPC+"), ("sync", "EIO"), ("sync", "EIO+"), ("open", "EMFILE"), ("open", "EIO"), ("open", "EIO+"), ("rename", "EIO"), ("truncate", "EIO")]


@needs_fault
@pytest.mark.parametrize("calls,error", DISK)
def test_a_call_to_the_disk_fails(real_servers, calls, error):
    server = real_servers(KIND)
    n = count(server, calls)
    assert n, f"no {calls} in the whole story"

    def run(at):
        with World(server) as w:
            w.is_patient = True
            interrupt.prepare(w, Story, fault(calls, FAULT_AT=str(at), FAULT_DO=error))
            act(w)
            if error.endswith("+"):
                w.relieve()
            w.check()
    all_of(some(n, f"{calls} {error}"), run)


@needs_fault
def test_an_allocation_fails(real_servers):
    """What is small and cannot be had ends the process (core/base/alloc.h), as SIGKILL would; what is large is an error."""
    server = real_servers(KIND)
    n = count(server, "malloc")

    def run(at):
        with World(server) as w:
            w.ends = (-9, 0, -6, -5)  # abort() of ours and of libuv, g_error() of GLib
            interrupt.prepare(w, Story, {"FAULT_CALLS": "malloc", "FAULT_AT": str(at), "FAULT_DO": "ENOMEM"})
            w.is_patient = True
            act(w)
            w.check()
    all_of(some(n, "malloc"), run)


@pytest.fixture
def small_disk():
    """A tmpfs of 4 MB."""
    path = tempfile.mkdtemp(prefix="fct-small-")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", path], capture_output=True, text=True)
    if done.returncode != 0:
        os.rmdir(path)
        pytest.skip(f"a tmpfs cannot be mounted here: {done.stderr.strip()}")
    yield path
    subprocess.run(["umount", "-l", path], check=True)
    os.rmdir(path)


def test_the_disk_is_full(real_servers, small_disk):
    with World(real_servers(KIND), profile=f"{small_disk}/profile") as w:
        w.begin(**BEGIN)
        w.is_patient = True
        with open(f"{small_disk}/ballast", "wb", buffering=0) as f:
            try:
                while f.write(bytes(4096)):
                    pass
            except OSError:
                pass
        assert shutil.disk_usage(small_disk).free < 4096
        w.relieve = lambda: os.path.exists(f"{small_disk}/ballast") and os.unlink(f"{small_disk}/ballast")
        act(w)
        assert w.troubles, "nothing has failed on a full disk"
        w.relieve()
        w.check()


# ---- nets --------------------------------------------------------------------------------------------------------

class CutLiteral:
    """Cuts the connection after so many bytes of the first literal that the client appends."""

    def __init__(self, at):
        self.at, self.n, self.is_append, self.has_cut = at, 0, False, False

    def __call__(self, step):
        if step.side != "C" or self.has_cut:
            return None
        if step.kind == "line":
            self.is_append = b" APPEND " in step.data
            return None
        if self.is_append and self.n + len(step.data) >= self.at:
            self.has_cut = True
            return self.at - self.n
        self.n += len(step.data) if self.is_append else 0
        return None


class CutAnswer:
    """Cuts the connection after so many bytes of what the server says to the first command of a kind."""

    def __init__(self, command, at):
        self.command, self.at, self.n, self.is_due, self.has_cut = command, at, 0, False, False

    def __call__(self, step):
        if step.side == "C":
            self.is_due = self.is_due or (step.kind == "line" and self.command in step.data)
            return None
        if not self.is_due or self.has_cut:
            return None
        if self.n + len(step.data) >= self.at:
            self.has_cut = True
            return self.at - self.n or CUT
        self.n += len(step.data)
        return None


def cut_everywhere(server, hook, n, do):
    reached = []

    def run(at):
        with World(server) as w:
            w.begin(**BEGIN)
            w.proxy.hook = trap = hook(at)
            do(w)
            w.quiet()
            reached.append(trap.has_cut)
            w.proxy.hook = None
            w.check()
    all_of(some(n, "cut"), run)
    assert any(reached), "no connection was cut"


@pytest.mark.parametrize("kind", (KIND, "dovecot-no-uidplus", "dovecot-no-literal-plus", "cyrus-no-objectid"))
def test_the_connection_is_cut_in_every_byte_of_an_append(real_servers, kind):
    server = real_servers(kind)
    with World(server) as w:
        w.begin(**BEGIN)
        if not w.can("mayImport"):
            pytest.skip("not available in accounts with a server yet")
    cut_everywhere(server, CutLiteral, len(message_of("a1")), lambda w: w.append("Work", "a1", ["$seen"]))


@pytest.mark.parametrize("kind", (KIND, "dovecot-no-uidplus", "dovecot-no-condstore", "cyrus-no-objectid"))
@pytest.mark.parametrize("command", (b" UID MOVE ", b" APPEND "))
def test_the_connection_is_cut_in_every_byte_of_an_answer(real_servers, kind, command):
    server = real_servers(kind)
    with World(server) as w:
        w.begin(**BEGIN)
        if not w.can("mayMoveEmails"):
            pytest.skip("not available in accounts with a server yet")
    do = (lambda w: w.move("INBOX", ["m1", "m3"], "Work")) if command == b" UID MOVE " else (lambda w: w.append("Work", "a1"))
    cut_everywhere(server, lambda at: CutAnswer(command, at), 120, do)
