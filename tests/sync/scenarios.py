"""What is done with mail, as short stories; each is run against every server, and interrupted at every step.

    @scenario(needs=MOVES, INBOX=["m1", "m2"], Work=[])
    def moved(w):
        w.move("INBOX", ["m1"], "Work")

The keywords are what the server holds before (World.begin). The function does something through the API (w.flag, w.move, ...) or as
another program (w.they), and says what shall be there in the end by changing the model, which these do by themselves. Where both sides
touched the same message, the story says what docs/sync.md promises. `needs`: what the account must be able to do.
"""
import dataclasses
import time
import typing

import servers

MOVES, APPENDS, MAILBOXES = "mayMoveEmails", "mayImport", "mayChangeMailboxes"


@dataclasses.dataclass
class Scenario:
    name: str
    act: typing.Callable
    begin: dict
    needs: tuple
    keeps_ids: bool

    def can_run(self, world):
        return all(world.can(n) for n in self.needs)


SCENARIOS = {}


def scenario(*needs, keeps_ids=True, **begin):
    def add(act):
        SCENARIOS[act.__name__] = Scenario(act.__name__, act, begin, needs, keeps_ids)
        return act
    return add


# ---- flags -------------------------------------------------------------------------------------------------------

@scenario(INBOX=["m1", "m2", "m3"])
def flags_set(w):
    w.flag(["m1", "m3"], add=["$flagged"])
    w.flag(["m2"], add=["$seen", "work"])


@scenario(INBOX={"m1": ["$seen", "work"], "m2": ["$flagged"]})
def flags_removed(w):
    w.flag(["m1"], remove=["$seen", "work"])
    w.flag(["m2"], remove=["$flagged"], add=["$answered"])


@scenario(INBOX={"m1": [], "m2": ["$flagged"]})
def flags_set_and_taken_back_offline(w):
    with w.offline():
        w.flag(["m1"], add=["$flagged", "later"])
        w.flag(["m1"], remove=["$flagged"])
        w.flag(["m2"], remove=["$flagged"])
        w.flag(["m2"], add=["$flagged", "$seen"])


@scenario(INBOX={"m1": [], "m2": ["$seen"], "m3": []})
def flags_of_both_sides_merge(w):
    with w.offline():
        w.flag(["m1"], add=["$flagged"])
        w.flag(["m2"], remove=["$seen"])
        w.they("store", "INBOX", ["m1"], add=["$seen"])
        w.they("store", "INBOX", ["m2"], add=["$answered"])
        w.they("store", "INBOX", ["m3"], add=["$draft"])


@scenario(INBOX={"m1": [], "m2": []})
def flags_changed_here_and_expunged_there(w):
    with w.offline():
        w.flag(["m1"], add=["$flagged"])
        w.flag(["m2"], add=["$seen"])
        w.theirs.expunge("INBOX", ["m1"])
        w.model.expunge("INBOX", ["m1"])


@scenario(INBOX=["m1"], Work=["m1", "m2"])
def flags_on_two_copies(w):
    w.flag(["m1"], add=["$seen", "$flagged"])


# ---- what the other program does ---------------------------------------------------------------------------------

@scenario(INBOX=["m1", "m2", "m3"], Work=["w1"])
def they_deliver_move_and_expunge(w):
    w.they("append", "INBOX", "n1", ["$flagged"])
    w.they("move", "INBOX", ["m1"], "Work")
    w.they("expunge", "INBOX", ["m2"])
    w.they("copy", "Work", ["w1"], "INBOX")


@scenario(INBOX=["m1"], Work=["w1", "w2"])
def they_make_rename_and_delete_mailboxes(w):
    w.they("create", "New")
    w.they("append", "New", "n1")
    w.they("rename", "Work", "Done")
    w.they("create", "Short")
    w.they("delete", "Short")


# ---- moves, copies, deletes --------------------------------------------------------------------------------------

@scenario(MOVES, INBOX={"m1": ["$seen", "work"], "m2": []}, Work=["w1"])
def moved(w):
    w.move("INBOX", ["m1"], "Work")


@scenario(MOVES, INBOX=["m1", "m2", "m3", "m4", "m5"], Work=[])
def many_moved_offline(w):
    with w.offline():
        w.move("INBOX", ["m1", "m3", "m4"], "Work")
        w.flag(["m3", "m5"], add=["$flagged"])


@scenario(MOVES, INBOX=["m1", "m2"], Work=[], Other=[])
def moved_twice_and_back_offline(w):
    with w.offline():
        w.move("INBOX", ["m1"], "Work")
        w.move("Work", ["m1"], "Other")
        w.move("INBOX", ["m2"], "Work")
        w.move("Work", ["m2"], "INBOX")


@scenario(MOVES, INBOX={"m1": ["$flagged"], "m2": []}, Work=[])
def copied(w):
    w.copy("INBOX", ["m1"], "Work")


@scenario(MOVES, INBOX=["m1", "m2"], Work=["m1"])
def taken_out_of_one_of_two(w):
    w.take_out("INBOX", ["m1"])


@scenario(MOVES, INBOX=["m1", "m2", "m3"], Work=["m3"])
def destroyed(w):
    w.destroy(["m1", "m3"])


@scenario(MOVES, INBOX=["m1", "m2"], Bin=[])
def moved_to_the_bin_and_destroyed(w):
    w.move("INBOX", ["m1"], "Bin")
    w.destroy(["m1"])


@scenario(MOVES, INBOX={"m1": [], "m2": []}, Work=[])
def moved_here_and_flagged_there(w):
    with w.offline():
        w.move("INBOX", ["m1"], "Work")
        w.flag(["m1"], add=["$flagged"])
        w.theirs.store("INBOX", ["m1"], add=["$seen"])
        w.model.store("Work", ["m1"], add=["$seen"])


@scenario(MOVES, INBOX=["m1", "m2"], Work=[], Other=[])
def moved_here_and_moved_there(w):
    with w.offline():
        w.move("INBOX", ["m1"], "Work")
        w.theirs.move("INBOX", ["m1"], "Other")
        w.model.copy_to("Work", ["m1"], "Other")


@scenario(MOVES, INBOX=["m1", "m2"], Work=[])
def moved_here_and_expunged_there(w):
    with w.offline():
        w.move("INBOX", ["m1"], "Work")
        w.theirs.expunge("INBOX", ["m1"])


@scenario(MOVES, INBOX=["m1", "m2"])
def destroyed_here_and_flagged_there(w):
    with w.offline():
        w.destroy(["m1"])
        w.theirs.store("INBOX", ["m1"], add=["$flagged"])


@scenario(MOVES, keeps_ids=False, INBOX=["m1", "m2"], Other=[])
def destroyed_here_and_moved_there(w):
    with w.offline():
        w.destroy(["m1"])
        w.theirs.move("INBOX", ["m1"], "Other")
        w.model.append("Other", "m1")


# ---- appends -----------------------------------------------------------------------------------------------------

@scenario(APPENDS, INBOX=["m1"], Notes=[])
def appended(w):
    w.append("INBOX", "a1", ["$seen", "work"])
    w.append("Notes", "a2")


@scenario(APPENDS, MOVES, INBOX=["m1"], Notes=[])
def appended_flagged_and_moved_offline(w):
    with w.offline():
        w.append("INBOX", "a1")
        w.append("INBOX", "a2")
        w.append("INBOX", "a3")
        w.flag(["a1"], add=["$flagged"])
        w.move("INBOX", ["a1"], "Notes")
        w.destroy(["a2"])


# ---- mailboxes ---------------------------------------------------------------------------------------------------

@scenario(MAILBOXES, INBOX=["m1"])
def mailboxes_made(w):
    w.create("Neu")
    w.create("Neu/Entwürfe")


@scenario(MAILBOXES, MOVES, INBOX=["m1", "m2"])
def mailbox_made_and_filled_offline(w):
    with w.offline():
        w.create("Work")
        w.move("INBOX", ["m1"], "Work")


@scenario(MAILBOXES, INBOX=["m1"], Work=["w1", "w2"])
def mailbox_renamed(w):
    w.rename("Work", "Done")


@scenario(MAILBOXES, INBOX=["m1"], Work=["w1"], Work__Deep=["d1"], Other=[])
def mailbox_with_children_moved_offline(w):
    with w.offline():
        w.rename("Work", "Other/Job")
        w.flag(["w1", "d1"], add=["$flagged"])


@scenario(MAILBOXES, INBOX=["m1"], Work=["w1"], Work__Deep=["d1"], Other=["o1"])
def mailboxes_exchange_names(w):
    w.exchange("Work", "Other")


@scenario(MAILBOXES, INBOX=["m1"], Work=["w1", "w2"])
def mailbox_deleted(w):
    w.delete("Work")


@scenario(MAILBOXES, INBOX=["m1"], Work=["w1"])
def mailbox_renamed_on_both_sides(w):
    with w.offline():
        if w.server.kind.startswith("cyrus"):  # its UIDVALIDITY is the second in which a mailbox was made or renamed: in the same one it would tell the rename
            while time.time() < w.theirs.counts()["Work"][0] + 1:
                time.sleep(0.05)
        w.theirs.rename("Work", "Theirs")
        w.rename("Work", "Ours")
        if not servers.tells_renames(w.server.kind):
            w.model.rename("Ours", "Theirs")  # a new mailbox, whose messages are recognised


@scenario(MAILBOXES, INBOX=["m1"])
def mailbox_made_on_both_sides(w):
    with w.offline():
        w.create("Same")
        w.theirs.create("Same")
        w.they("append", "Same", "n1")


@scenario(MAILBOXES, keeps_ids=False, INBOX=["m1"], Work=["w1"])
def mailbox_deleted_here_and_filled_there(w):
    with w.offline():
        w.delete("Work")
        w.theirs.append("Work", "n1")
        w.model.create("Work")  # all of it stays: docs/sync.md
        w.model.append("Work", "w1")
        w.model.append("Work", "n1")


@scenario(MOVES, INBOX=["m1", "m2"], Work=["w1"])
def moved_here_into_what_was_deleted_there(w):
    with w.offline():
        w.move("INBOX", ["m1"], "Work")
        w.theirs.delete("Work")
        w.model.expunge("Work", ["w1"])


@scenario(INBOX=["m1"], Work=["w1", "w2"])
def flagged_here_and_mailbox_deleted_there(w):
    with w.offline():
        w.flag(["w1"], add=["$flagged"])
        w.they("delete", "Work")
