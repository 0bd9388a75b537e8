"""What must be seen of the synchronisation, in numbers that a person would believe."""
import os
import shutil
import statistics
import time

import pytest
import world
from peer import message_of
from world import World

MANY = 10_000
SEEN = int(os.environ.get("SEEN_MESSAGES", "3000"))


def keys(prefix, n):
    return [f"{prefix}{i}" for i in range(n)]


def renumber(w, path):
    """Dovecot numbers a Maildir anew whose list of UIDs is gone. Nobody may be connected meanwhile."""
    w.forget_peer()
    directory = w.server.maildir(w.user, path)
    for name in os.listdir(directory):
        if name.startswith("dovecot"):
            os.unlink(os.path.join(directory, name))
    top = os.path.join(w.server.dir, "mail", w.user, "Maildir")
    shutil.rmtree(os.path.join(top, "dovecot.list.index"), ignore_errors=True)
    for name in os.listdir(top):
        if name.startswith("dovecot.list.index"):
            os.unlink(os.path.join(top, name))


def test_what_was_done_offline_reaches_the_server_after_a_kill(real_servers):
    """100 flagged, 100 moved, 50 deleted, a mailbox renamed; then the server shows exactly that."""
    with World(real_servers("dovecot-maildir")) as w:
        w.begin(INBOX=keys("m", 300), Work=keys("w", 5), Old=keys("o", 5))
        if not w.can("mayMoveEmails"):
            pytest.skip("not available in accounts with a server yet")
        ids = w.ours().ids()
        with w.offline():
            w.flag(keys("m", 100), add=["$flagged"])
            w.move("INBOX", keys("m", 200)[100:], "Work")
            w.destroy(keys("m", 250)[200:])
            if w.can("mayChangeMailboxes"):
                w.rename("Old", "New name")
            w.kill()
            assert w.state()["pendingChanges"] >= 250
        w.check(ids)
        assert len(w.model.boxes["INBOX"]) == 150 and len(w.model.boxes["Work"]) == 105


@pytest.mark.parametrize("kind", ("dovecot-maildir", "dovecot-no-qresync", "dovecot-no-condstore", "cyrus-no-objectid"))
def test_a_thousand_moved_by_another_program_keep_their_ids_and_are_not_fetched_again(real_servers, kind):
    with World(real_servers(kind)) as w:
        w.begin(INBOX=["m1"], Work=keys("w", 1000), Done=["d1"])
        ids = w.ours().ids()
        w.proxy.forget()
        w.they("move", "Work", keys("w", 1000), "Done")
        w.quiet()
        assert w.proxy.bodies == 0, f"{w.proxy.bodies} bodies were fetched again"
        w.check(ids)


def test_what_was_moved_while_the_account_was_switched_off_is_not_fetched_again(real_servers):
    with World(real_servers("dovecot-maildir")) as w:
        w.begin(INBOX=["m1"], Work=keys("w", 100), Done=["d1"])
        ids = w.ours().ids()
        w.call("Account/set", update={w.account: {"isEnabled": False}})
        w.they("move", "Work", keys("w", 100), "Done")
        w.proxy.forget()
        w.call("Account/set", update={w.account: {"isEnabled": True}})
        w.quiet()
        assert w.proxy.bodies == 0, f"{w.proxy.bodies} bodies were fetched again"
        w.check(ids)


def test_ten_thousand_are_renumbered_and_nothing_is_fetched_again(real_servers):
    """UIDVALIDITY changes (RFC 3501 section 2.3.1.1); the keywords, which the other program has changed meanwhile, are right."""
    server = real_servers("dovecot-maildir")
    with World(server) as w:
        for i in range(MANY):
            server.deliver(w.user, message_of(f"m{i}"), "Big", "S" if i % 3 else "")
        w.begin(INBOX=["i1"])
        ids = w.ours().ids()
        assert len(ids) == MANY + 1
        w.flag(["m1", "m2"], add=["$flagged"])
        w.quiet()
        before = w.theirs.counts()["Big"]
        with w.offline():
            w.they("store", "Big", ["m3", "m4"], add=["$answered"])
            renumber(w, "Big")
        assert w.theirs.counts()["Big"][0] != before[0], "UIDVALIDITY is the same"
        w.proxy.forget()
        w.quiet()
        assert w.proxy.bodies == 0, f"{w.proxy.bodies} bodies were fetched again"
        w.check(ids)


@pytest.mark.parametrize("kind", ("dovecot-maildir", "dovecot-no-qresync", "cyrus-no-objectid"))  # CONDSTORE at least: else flags must be asked for
def test_a_quiet_poll_costs_at_most_two_round_trips(real_servers, kind):
    with World(real_servers(kind)) as w:
        w.begin(INBOX=keys("m", 20), Work=keys("w", 5), Lists=keys("l", 5))
        w.quiet()
        w.sync()
        assert w.state()["syncState"]["roundTrips"] <= 2


@pytest.mark.alone
def test_a_change_of_flags_reaches_a_subscribed_client_within_50_ms(real_servers):
    """From the server's line to the client's notification; the middle one of nine, as the machine has other things to do."""
    with World(real_servers("dovecot-maildir")) as w:
        w.begin(INBOX=keys("m", 9))
        w.quiet()
        told = []
        with w.daemon.client() as c:
            c.call("Push/subscribe", types=["Email"])
            end = time.monotonic() + 10
            while w.state()["syncState"]["phase"] != "watching":
                assert time.monotonic() < end, w.state()
                time.sleep(0.01)
            for key in keys("m", 9):
                said = []
                w.proxy.hook = lambda step, said=said: said.append(time.monotonic()) if step.side == "S" and b" FETCH " in step.data and not said else None
                c.notifications.clear()
                w.they("store", "INBOX", [key], add=["$flagged"])
                c.notification("StateChange", timeout=20)
                told.append(time.monotonic() - said[0])
                w.proxy.hook = None
                w.quiet()
                while not c.is_quiet(0.1):
                    c.read_line()
        assert statistics.median(told) <= 0.05, told
        w.check()


def verify(w):
    """The report of Account/verify, and how long it took."""
    began = time.monotonic()
    task = w.look("Account/verify", accountId=w.account)["taskId"]
    while (t := w.look("Task/get", ids=[task], waitMs=1000)["list"][0])["state"] in ("running", "queued", "waiting"):
        assert time.monotonic() - began < world.QUIET, t
    assert t["state"] == "done", t
    return t["result"], time.monotonic() - began


def peak_mb(w):
    with open(f"/proc/{w.daemon.process.pid}/status") as f:
        return next(int(line.split()[1]) // 1024 for line in f if line.startswith("VmHWM"))


def test_verify_finds_nothing_after_all_of_this_and_one_message_that_is_removed_behind_its_back(real_servers, monkeypatch):
    """SEEN_MESSAGES of them, of which a tenth are renumbered: 3,000 by default, 100,000 to be believed (and about ten minutes)."""
    monkeypatch.setattr(world, "QUIET", 60 + SEEN // 50)
    server = real_servers("dovecot-maildir")
    renumbered, moved = SEEN // 10, min(1000, SEEN // 10)
    with World(server, hide=("COMPRESS=DEFLATE", "IDLE", "NOTIFY")) as w:  # nobody tells it
        for i in range(renumbered):
            server.deliver(w.user, message_of(f"b{i}"), "Big", "S" if i % 3 else "")
        for i in range(SEEN - renumbered - moved - 311):
            server.deliver(w.user, message_of(f"a{i}"), "Archive", "S" if i % 7 else "F")
        began = time.monotonic()
        w.begin({"pollSeconds": 86400}, INBOX=keys("m", 300), Work=keys("w", moved), Done=["d1"], Old=keys("o", 10))
        first = time.monotonic() - began
        ids = w.ours().ids()
        assert len(ids) == SEEN
        w.flag(["b1", "b2"], add=["$flagged"])
        w.quiet()
        with w.offline():
            w.flag(keys("m", 100), add=["$flagged"])
            w.move("INBOX", keys("m", 200)[100:], "Work")
            w.destroy(keys("m", 250)[200:])
            w.rename("Old", "New name")
            w.they("move", "Work", keys("w", moved), "Done")
            w.they("store", "Big", ["b3", "b4"], add=["$answered"])
            before = w.theirs.counts()["Big"]
            renumber(w, "Big")
            w.kill()
            assert w.state()["pendingChanges"] >= 250
        assert w.theirs.counts()["Big"][0] != before[0], "UIDVALIDITY is the same"
        w.proxy.forget()
        w.quiet()
        assert w.proxy.bodies == 0, f"{w.proxy.bodies} bodies were fetched again"

        report, seconds = verify(w)
        assert report["found"] == 0, report["differences"]
        assert report["messagesHere"] == report["messagesThere"] == SEEN - 50
        w.check(ids)

        cur = os.path.join(server.maildir(w.user, "Archive"), "cur")
        os.unlink(os.path.join(cur, sorted(os.listdir(cur))[SEEN // 5]))
        report, again = verify(w)
        assert report["counts"] == {"emailNotThere": 1}, report["differences"]
        print(f"{SEEN} messages: first sync {first:.1f} s, verified in {seconds:.1f} s and {again:.1f} s, peak {peak_mb(w)} MB")
