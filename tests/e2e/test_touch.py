"""Staying in touch: what a quiet account costs, how a dead connection is noticed, and what is said of it."""
import ctypes
import json
import subprocess
import threading
import time

import pytest

from dovecot import Dovecot
from e2e import fill, wait_until
from wire import Wire

# Of Dovecot's own, without NOTIFY: then other mailboxes are asked for.
PLAIN = "IMAP4rev1 SASL-IR LITERAL+ ENABLE IDLE UIDPLUS LIST-EXTENDED NAMESPACE SPECIAL-USE"
QRESYNC = PLAIN + " CONDSTORE QRESYNC LIST-STATUS"


def add(facteur, wire, *settings):
    facteur.run("account", "add", "alice@example.org", "--source", f"imap://alice@{wire.host}:{wire.port}?tls=none", "--password-stdin",
                "--set", "compress=never", *[word for s in settings for word in ("--set", s)], input="pass\n")


def state(facteur):
    return facteur.json("account", "show", "alice")[0]["syncState"]


def wait_for_phase(facteur, phase, timeout=20):
    wait_until(lambda: state(facteur)["phase"] == phase, timeout)


def next_poll(wire, since):
    """The client's lines from the end of an IDLE to the beginning of the next one, and the moments of both."""
    lines = wire.since(since)
    done = next((i for i, line in enumerate(lines) if line[2:] == ("C", "DONE")), None)
    if done is None:
        return None
    for i in range(done, len(lines)):
        if lines[i][2] == "C" and lines[i][3].endswith(" IDLE"):
            return [line[3] for line in lines[done:i] if line[2] == "C"], lines[done][0], lines[i][0]
    return None


@pytest.mark.waits
@pytest.mark.parametrize("capability", [QRESYNC, PLAIN + " CONDSTORE QRESYNC", PLAIN], ids=["list-status", "qresync", "plain"])
def test_a_quiet_poll_costs_two_round_trips_and_finds_what_came(facteur, certificates, capability):
    with Dovecot(certs=certificates, capability=capability) as d, Wire((d.host, d.imap_port)) as wire:
        fill(d, "alice", 5)
        for i in range(12):
            fill(d, "alice", 2, mailbox=f"box{i}", seed=i + 2)
        add(facteur, wire, "pollSeconds=10")
        facteur.run("sync")
        wait_for_phase(facteur, "watching")
        assert state(facteur)["news"] == "idle"
        began = time.monotonic()
        wait_until(lambda: next_poll(wire, began), 15)
        said, start, end = next_poll(wire, began)
        assert wire.flights(start, end - 1e-6) <= 2, said   # DONE, and one question
        assert not any(" SELECT " in line or " FETCH " in line for line in said), said

        before = facteur.count()
        d.deliver("alice", b"Message-ID: <aside@e2e>\r\nSubject: aside\r\n\r\nx\r\n", mailbox="box7")
        came = time.monotonic()
        wait_until(lambda: facteur.count() == before + 1, 15)
        selected = [line[3] for line in wire.said("C", " SELECT ", came)]
        assert len(selected) <= 2 and "box7" in selected[0], selected   # it, and the inbox again


@pytest.mark.waits
def test_a_server_that_notifies_is_not_asked(facteur, certificates):
    with Dovecot(certs=certificates, capability=QRESYNC + " NOTIFY") as d, Wire((d.host, d.imap_port)) as wire:
        fill(d, "alice", 5)
        fill(d, "alice", 2, mailbox="aside", seed=2)
        add(facteur, wire, "pollSeconds=10")
        facteur.run("sync")
        wait_until(lambda: state(facteur)["news"] == "notify" and state(facteur)["phase"] == "watching")
        began = time.monotonic()
        time.sleep(13)
        assert not [line for line in wire.said("C", "", began)]
        before = facteur.count()
        d.deliver("alice", b"Message-ID: <aside@e2e>\r\nSubject: aside\r\n\r\nx\r\n", mailbox="aside")
        d.doveadm("mailbox", "status", "-u", "alice", "messages", "aside")     # it was delivered behind Dovecot's back
        wait_until(lambda: facteur.count() == before + 1, 8)
        assert not wire.said("C", " LIST ", began)


def test_syncs_at_once_and_a_change_during_them(facteur, dovecot):
    fill(dovecot, "alice", 600)
    facteur.add_account(dovecot, "alice", "--no-check")
    wait_until(lambda: facteur.count() > 0)     # a pass is under way
    email = facteur.json("list", "-n", "1")[0]
    syncs = [subprocess.Popen(facteur.command("--json", "sync"), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) for _ in range(2)]
    facteur.run("flag", email["id"], "+flagged")
    (mine,) = facteur.json("sync")
    flagged = dovecot.doveadm("search", "-u", "alice", "mailbox", "INBOX", "flagged").split("\n")
    assert mine["ok"] and len([line for line in flagged if line]) == 1
    for s in syncs:
        out, _ = s.communicate(timeout=60)
        assert s.returncode == 0 and json.loads(out.splitlines()[-1])["ok"]


def test_an_account_says_what_it_does(facteur, dovecot):
    fill(dovecot, "alice", 3)
    facteur.add_account(dovecot)
    facteur.run("sync")
    wait_for_phase(facteur, "watching")
    shown = facteur.out("account", "show", "alice")
    assert "State       watching: the server tells" in shown and "\nSince  " in shown and "\nConnected  " in shown
    watcher = facteur.watch()
    dovecot.pause()
    event = watcher.wait_for(lambda e: e["event"] == "account" and e["syncState"]["phase"] == "waiting")
    assert event["syncState"]["waitsFor"] == "time" and event["syncState"]["lastError"]["type"] == "network"
    shown = facteur.out("account", "show", "alice")
    assert "\nNext try  " in shown and "\nTrouble  " in shown and "127.0.0.1" not in shown.split("Trouble")[0].split("State")[1]
    dovecot.start()
    watcher.wait_for(lambda e: e["event"] == "account" and e["syncState"]["phase"] == "watching" and not e["syncState"]["lastError"])


# ---- a network of its own ----------------------------------------------------------------------------------------------

def ip(*args):
    subprocess.run(["ip", *args], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def in_own_network(body):
    """Runs it in a thread with a network namespace of its own, which processes and threads begun there inherit."""
    outcome = []

    def run():
        try:
            if ctypes.CDLL(None, use_errno=True).unshare(0x40000000) != 0:   # CLONE_NEWNET
                raise PermissionError(ctypes.get_errno(), "unshare")
            ip("link", "set", "lo", "up")
            ip("link", "add", "d0", "type", "veth", "peer", "name", "d1")
            for args in (("addr", "add", "192.0.2.1/24", "dev", "d0"), ("link", "set", "d0", "up"), ("link", "set", "d1", "up")):
                ip(*args)
        except (OSError, subprocess.CalledProcessError) as e:
            outcome.append(("skip", e))
            return
        try:
            body()
            outcome.append(("ok", None))
        except BaseException as e:  # noqa: B902 - told to the test
            outcome.append(("failed", e))
    t = threading.Thread(target=run)
    t.start()
    t.join()
    kind, e = outcome[0]
    if kind == "skip":
        pytest.skip(f"no network namespace can be made here: {e}")
    if kind == "failed":
        raise e


@pytest.mark.waits
def test_what_died_with_the_network_is_noticed_and_what_comes_back_is_used(facteur, certificates):
    def body():
        with Dovecot(certs=certificates, tls=False) as d, Wire((d.host, d.imap_port), host="192.0.2.1") as wire:
            fill(d, "alice", 3)
            add(facteur, wire)
            facteur.run("sync")
            wait_for_phase(facteur, "watching")
            connections = wire.connections

            # The connection dies in silence: nothing tells until something changes, and then a question is not answered.
            wire.freeze()
            began = time.monotonic()
            ip("addr", "add", "192.0.2.9/24", "dev", "d0")
            wait_until(lambda: wire.connections > connections, 60)
            assert time.monotonic() - began > 9
            wait_for_phase(facteur, "watching")
            assert state(facteur)["lastError"] is None
            connections = wire.connections

            # One that lives is asked, and kept.
            asked = time.monotonic()
            ip("addr", "del", "192.0.2.9/24", "dev", "d0")
            wait_until(lambda: wire.said("C", "DONE", asked))
            time.sleep(1)
            assert wire.connections == connections and state(facteur)["phase"] == "watching"

            # Without a network it is waited for, and nothing is tried.
            ip("addr", "del", "192.0.2.1/24", "dev", "d0")
            wait_until(lambda: state(facteur)["waitsFor"] == "network", 25)
            s = state(facteur)
            assert s["phase"] == "waiting" and s["nextTryAt"] is None and s["connectedSince"] is None
            assert "State       waiting for the network" in facteur.out("account", "show", "alice")
            ip("addr", "add", "192.0.2.1/24", "dev", "d0")
            began = time.monotonic()
            wait_for_phase(facteur, "watching", 10)
            assert time.monotonic() - began < 5
            facteur.run("sync")
            d.deliver("alice", b"Message-ID: <after@e2e>\r\nSubject: after\r\n\r\nx\r\n")
            wait_until(lambda: facteur.count() == 4)
    in_own_network(body)
