"""Mailboxes both ways, against a real Dovecot."""
import random
import time

import pytest

from dovecot import Dovecot
from e2e import fill, make_message, wait_until

# As much as Dovecot has, and as little as RFC 3501 asks for.
CAPABILITIES = {"all": None, "few": "IMAP4rev1"}


@pytest.fixture(params=CAPABILITIES)
def server(certificates, request):
    with Dovecot(certs=certificates, capability=CAPABILITIES[request.param], compress=False) as d:
        yield d


MADE_BY_DOVECOT = {"Archive", "Drafts", "Junk", "Sent", "Trash"}


def others(boxes):
    return {k: v for k, v in boxes.items() if k not in MADE_BY_DOVECOT}


def on_server(dovecot, user="alice"):
    """Mailboxes and how many messages each holds."""
    try:
        out = dovecot.doveadm("mailbox", "status", "-u", user, "messages", "*")
    except RuntimeError as e:
        if "deleted under us" not in str(e) and "Mailbox doesn't exist" not in str(e):
            raise
        return on_server(dovecot, user)  # one went while they were counted
    return others({line.rsplit(" ", 1)[0]: int(line.rsplit("=", 1)[1]) for line in out.splitlines()})


def subscribed(dovecot, user="alice"):
    return set(dovecot.doveadm("mailbox", "list", "-u", user, "-s").split("\n")) - {""}


def shown(facteur):
    """The same of what is here, and the ids."""
    account = facteur.json("account", "show", "alice")[0]["id"]
    boxes = [m for m in facteur.json("mailboxes", "alice") if m["accountId"] == account]
    return others({m["path"]: m["totalEmails"] for m in boxes}), {m["path"]: m["id"] for m in boxes}


def go_offline(facteur, dovecot):
    """No conversation goes on, and none begins."""
    dovecot.pause()
    facteur.kill()


def waiting(facteur):
    return facteur.json("account", "show", "alice")[0]["pendingChanges"]


def notices(facteur):
    return facteur.json("account", "show", "alice")[0]["notices"]


def test_what_was_done_offline_is_what_the_server_shows(facteur, server):
    fill(server, "alice", 3)
    fill(server, "alice", 7, "Projects", seed=2)
    fill(server, "alice", 4, "Projects/Lighthouse", seed=3)
    fill(server, "alice", 5, "Old", seed=4)
    fill(server, "alice", 1, "A", seed=5)
    fill(server, "alice", 2, "B", seed=6)
    server.doveadm("mailbox", "subscribe", "-u", "alice", "Projects", "Projects/Lighthouse")
    facteur.add_account(server)
    facteur.run("sync")
    before, ids = shown(facteur)
    assert before == on_server(server) and before["Projects/Lighthouse"] == 4
    emails = {e["id"] for e in facteur.json("list", "-m", "Projects", "-n", "100")}

    go_offline(facteur, server)
    facteur.run("mailbox", "create", "alice:Neue Ordner äöü & 日本")
    facteur.run("mailbox", "create", "alice:Neue Ordner äöü & 日本/unter")
    facteur.run("mailbox", "create", "alice:Mistake")
    facteur.run("mailbox", "delete", "Mistake")
    facteur.run("mailbox", "rename", "Projects", "Neue Ordner äöü & 日本/Done")
    assert "--with-messages" in facteur.run("mailbox", "delete", "Old", status=1).stderr
    facteur.run("mailbox", "delete", "Old", "--with-messages")
    for old, new in (("A", "tmp"), ("B", "A"), ("tmp", "B")):
        facteur.run("mailbox", "rename", old, new)
    facteur.run("mailbox", "unsubscribe", "A")
    assert waiting(facteur) >= 6
    expected = {"INBOX": 3, "Neue Ordner äöü & 日本": 0, "Neue Ordner äöü & 日本/unter": 0, "Neue Ordner äöü & 日本/Done": 7,
                "Neue Ordner äöü & 日本/Done/Lighthouse": 4, "A": 2, "B": 1}
    assert shown(facteur)[0] == expected
    facteur.kill()
    assert shown(facteur)[0] == expected  # after a restart, still without the server
    facteur.kill()
    server.start()
    facteur.run("sync")

    assert on_server(server) == expected and shown(facteur)[0] == expected
    assert waiting(facteur) == 0 and notices(facteur) == []
    now = shown(facteur)[1]
    assert now["B"] == ids["A"] and now["A"] == ids["B"]
    assert now["Neue Ordner äöü & 日本/Done/Lighthouse"] == ids["Projects/Lighthouse"]
    assert {e["id"] for e in facteur.json("list", "-m", "Neue Ordner äöü & 日本/Done", "-n", "100")} == emails
    assert "Old" not in subscribed(server) and "Projects" not in subscribed(server) and "A" not in subscribed(server)
    assert "Neue Ordner äöü & 日本/unter" in subscribed(server)
    assert "Projects/Lighthouse" not in subscribed(server), "a RENAME leaves it behind"
    assert "Neue Ordner äöü & 日本/Done/Lighthouse" in subscribed(server)
    (again,) = facteur.json("sync")
    assert again["newMessages"] == 0 and on_server(server) == expected


def test_killed_again_and_again_it_arrives_at_the_same(facteur, dovecot):
    for i in range(6):
        fill(dovecot, "alice", 2, f"Box{i}", seed=i)
    facteur.add_account(dovecot)
    facteur.run("sync")
    rng = random.Random(7)
    go_offline(facteur, dovecot)
    facteur.run("mailbox", "create", "alice:Top")
    for i in range(5):
        facteur.run("mailbox", "rename", f"Box{i}", f"Top/Moved{i}")
        facteur.run("mailbox", "create", f"alice:Top/Moved{i}/new")
    facteur.run("mailbox", "delete", "Box5", "--with-messages")
    expected = shown(facteur)[0]
    dovecot.start()
    for _ in range(8):
        facteur.kill()
        facteur.json("account", "list")  # starts it
        time.sleep(rng.uniform(0.0, 0.25))
    facteur.kill()
    facteur.run("sync")
    assert shown(facteur)[0] == expected == on_server(dovecot) and notices(facteur) == []


def test_changes_reach_the_server_at_once_while_it_is_connected(facteur, dovecot):
    facteur.add_account(dovecot)
    facteur.run("sync")
    facteur.run("mailbox", "create", "alice:Now")
    wait_until(lambda: "Now" in on_server(dovecot))
    facteur.run("mailbox", "rename", "Now", "Later")
    wait_until(lambda: set(on_server(dovecot)) == {"INBOX", "Later"})
    facteur.run("mailbox", "delete", "Later")
    wait_until(lambda: set(on_server(dovecot)) == {"INBOX"})
    wait_until(lambda: waiting(facteur) == 0)


def test_renamed_by_another_program_it_stays_the_same(facteur, server):
    fill(server, "alice", 5, "Work", seed=2)
    fill(server, "alice", 5, "Work/Deep", seed=3)
    facteur.add_account(server)
    facteur.run("sync")
    ids, emails = shown(facteur)[1], {e["id"] for e in facteur.json("list", "-m", "Work/Deep")}
    server.doveadm("mailbox", "rename", "-u", "alice", "Work", "Play")
    facteur.run("sync")
    tree, now = shown(facteur)
    assert tree == {"INBOX": 0, "Play": 5, "Play/Deep": 5}
    assert {e["id"] for e in facteur.json("list", "-m", "Play/Deep")} == emails
    if server.capability is None:  # else nothing but the messages tells
        assert now["Play"] == ids["Work"] and now["Play/Deep"] == ids["Work/Deep"]


def test_renamed_on_both_sides_it_has_the_name_that_was_given_here(facteur, dovecot):
    fill(dovecot, "alice", 2, "B", seed=2)
    facteur.add_account(dovecot)
    facteur.run("sync")
    ids = shown(facteur)[1]
    go_offline(facteur, dovecot)
    facteur.run("mailbox", "rename", "B", "X")
    facteur.kill()
    dovecot.start()
    dovecot.doveadm("mailbox", "rename", "-u", "alice", "B", "Y")
    facteur.run("sync")
    assert on_server(dovecot) == {"INBOX": 0, "X": 2} == shown(facteur)[0]
    assert shown(facteur)[1]["X"] == ids["B"]


def test_what_nobody_has_seen_is_not_deleted(facteur, server):
    fill(server, "alice", 2, "B", seed=2)
    facteur.add_account(server)
    facteur.run("sync")
    go_offline(facteur, server)
    facteur.run("mailbox", "delete", "B", "--with-messages")
    assert "B" not in shown(facteur)[0]
    facteur.kill()
    server.deliver("alice", make_message(99, random.Random(1)), "B")
    server.start()
    facteur.run("sync")
    assert on_server(server) == {"INBOX": 0, "B": 3} == shown(facteur)[0]
    (notice,) = notices(facteur)
    assert notice["type"] == "mailboxNotDestroyed" and "not here yet" in notice["description"]
    assert "not here yet" in facteur.out("account", "show", "alice")
    facteur.run("account", "dismiss", "alice")
    assert notices(facteur) == [] and "not here yet" not in facteur.out("account", "show", "alice")
    facteur.run("mailbox", "delete", "B", "--with-messages")
    wait_until(lambda: on_server(server) == {"INBOX": 0})


def test_moved_here_and_deleted_there_the_mailbox_is_made_again(facteur, dovecot):
    fill(dovecot, "alice", 2)
    fill(dovecot, "alice", 2, "B", seed=2)
    facteur.add_account(dovecot)
    facteur.run("sync")
    (first, _) = facteur.json("list")
    go_offline(facteur, dovecot)
    facteur.run("move", first["id"], "B")
    facteur.kill()
    dovecot.start()
    dovecot.doveadm("mailbox", "delete", "-u", "alice", "B")
    facteur.run("sync")
    assert on_server(dovecot) == {"INBOX": 1, "B": 1} == shown(facteur)[0]
    assert [e["id"] for e in facteur.json("list", "-m", "B")] == [first["id"]]


def test_moved_out_and_then_deleted_nothing_is_lost(facteur, server):
    fill(server, "alice", 6, "B", seed=2)
    facteur.add_account(server)
    facteur.run("sync")
    emails = [e["id"] for e in facteur.json("list", "-m", "B")]
    go_offline(facteur, server)
    facteur.run("mailbox", "create", "alice:Kept")
    facteur.run("move", *emails[:4], "Kept")
    facteur.run("mailbox", "delete", "B", "--with-messages")
    assert shown(facteur)[0] == {"INBOX": 0, "Kept": 4}
    facteur.kill()
    server.start()
    facteur.run("sync")
    wait_until(lambda: on_server(server) == {"INBOX": 0, "Kept": 4})
    assert {e["id"] for e in facteur.json("list", "-m", "Kept")} == set(emails[:4])
    assert notices(facteur) == []


def test_a_name_that_the_server_will_not_have_is_undone_with_a_notice(facteur, dovecot):
    fill(dovecot, "alice", 1, "Good", seed=2)
    facteur.add_account(dovecot)
    facteur.run("sync")
    failed = facteur.run("mailbox", "create", "alice:Good", status=1)
    assert "already" in failed.stderr
    facteur.run("mailbox", "create", "alice:inbox", status=1)
    facteur.run("mailbox", "rename", "INBOX", "x", status=1)
    facteur.run("mailbox", "rename", "Good", "v1.2")  # '.' separates levels on the disk of this server
    wait_until(lambda: len(notices(facteur)) == 1)
    assert notices(facteur)[0]["type"] == "mailboxNotRenamed" and notices(facteur)[0]["server"]
    assert shown(facteur)[0] == {"INBOX": 0, "Good": 1} == on_server(dovecot)
    facteur.run("mailbox", "create", "alice:v2.0")
    wait_until(lambda: len(notices(facteur)) == 2)
    assert shown(facteur)[0] == {"INBOX": 0, "Good": 1} and waiting(facteur) == 0


def test_mailboxes_of_this_computer_are_changed_by_the_same_commands(facteur):
    facteur.run("mailbox", "create", "Lists", "--role", "archive", status=1)  # another has it
    facteur.run("mailbox", "create", "Lists")
    assert "made as m" in facteur.out("mailbox", "create", "Lists/news")
    facteur.run("mailbox", "rename", "Lists/news", "News")
    facteur.run("mailbox", "subscribe", "News")
    facteur.run("mailbox", "unsubscribe", "News")
    boxes = {m["path"]: m for m in facteur.json("mailboxes")}
    assert boxes["News"]["isSubscribed"] is False and "Lists/news" not in boxes
    facteur.run("mailbox", "delete", "Lists")
    facteur.run("mailbox", "delete", "Nowhere", status=1)
    assert "--force" in facteur.run("mailbox", "delete", "junk", status=1).stderr
    facteur.run("mailbox", "delete", "inbox", "--force", status=1)
    facteur.run("mailbox", "delete", "junk", "--force")
    assert "'facteur mailbox create \"On this computer:A\"' makes it" in facteur.run("mailbox", "create", "A/B", status=1).stderr
    for command in (["delete", "", "--with-messages"], ["rename", "", "Other"], ["create", ":Other"], ["keep", "a1:"]):
        facteur.run("mailbox", *command, status=1)  # a script whose variable is empty
    assert "News" in {m["path"] for m in facteur.json("mailboxes")}
    for wrong in (["create"], ["rename", "News"], ["delete"], ["subscribe", "a", "b"]):
        facteur.run("mailbox", *wrong, status=2)


def test_a_mailbox_is_shown_in_a_colour(facteur, server):
    """Ours alone: the server is not told, and what it says of the mailbox does not touch it."""
    fill(server, "alice", 2, "Projects")
    facteur.add_account(server)
    facteur.run("sync")
    assert facteur.out("mailbox", "color", "Projects") == "Projects: none\n"

    assert facteur.out("mailbox", "color", "Projects", "violet") == "Projects: violet\n"

    def colors():
        return {m["path"]: m["color"] for m in facteur.json("mailboxes", "alice") if m["color"]}
    assert colors() == {"Projects": "violet"} and waiting(facteur) == 0
    assert facteur.out("mailbox", "color", "Projects") == "Projects: violet\n"
    assert facteur.json("mailbox", "color", "Projects")[0]["color"] == "violet"
    facteur.run("mailbox", "rename", "alice:Projects", "Stuff")
    facteur.run("sync")
    assert colors() == {"Stuff": "violet"}
    assert "no colour" in facteur.out("mailbox", "color", "Stuff", "none") and colors() == {}

    for wrong in ((), ("Stuff", "mauve"), ("Stuff", "Red"), ("Stuff", ""), ("Stuff", "r"), ("Stuff", "red, orange"), ("Stuff", "red", "blue")):
        facteur.run("mailbox", "color", *wrong, status=2)
    assert facteur.run("mailbox", "color", "Nowhere", "red", status=1).stderr


def test_a_colour_goes_with_a_mailbox_that_somebody_else_renames(facteur, dovecot):
    """Where the server says that it is the same one (RFC 8474)."""
    fill(dovecot, "alice", 2, "Projects")
    facteur.add_account(dovecot)
    facteur.run("sync")
    facteur.run("mailbox", "color", "Projects", "brown")
    dovecot.doveadm("mailbox", "rename", "-u", "alice", "Projects", "Things")
    facteur.run("sync")
    assert {m["path"]: m["color"] for m in facteur.json("mailboxes", "alice") if m["color"]} == {"Things": "brown"}
