"""What is known to go wrong and why, so that the rest can be relied on. An entry goes with what mends it.

KNOWN is a list of (beginning of a server's kind, scenario or None for all, reason).
"""
import os

HIDDEN_FIRST = ("where there is no MOVE another program copies a message and marks the old one as \\Deleted: if that is told while the mailbox is "
                "listened to, the message is taken away before the other mailbox is visited, and has another id there")

KNOWN = [
    ("dovecot", "they_make_rename_and_delete_mailboxes", "Dovecot lists from an index, which now and then lacks mailboxes for a moment when another program makes and deletes some"),
    *((kind, "they_deliver_move_and_expunge", HIDDEN_FIRST)
      for kind in ("dovecot-no-move", "dovecot-no-uidplus-no-move", "dovecot-bare", "cyrus-bare", "courier")),
]


def mailboxes_may_go(kind):
    """Whether mailboxes are also renamed and deleted in random worlds: Dovecot's LIST now and then tells of what was there before, or lacks
    what is there, to us and to the other program (one world in sixty). FACTEUR_SYNC_MAILBOXES=1: there too."""
    return not kind.startswith("dovecot") or bool(os.environ.get("FACTEUR_SYNC_MAILBOXES"))


def reason(kind, scenario):
    """Why this is known to fail; None."""
    for begin, name, why in KNOWN:
        if kind.startswith(begin) and name in (None, scenario):
            return why
    return None
