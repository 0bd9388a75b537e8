"""What is known to go wrong and why, so that the rest can be relied on. An entry goes with what mends it.

KNOWN is a list of (beginning of a server's kind, scenario or None for all, reason).
"""
import os

KNOWN = [
    ("dovecot", "they_make_rename_and_delete_mailboxes", "Dovecot lists from an index, which now and then lacks mailboxes for a moment when another program makes and deletes some"),
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
