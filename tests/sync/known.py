"""What is known to go wrong and why, so that the rest can be relied on. An entry goes with what mends it.

KNOWN is a list of (beginning of a server's kind, scenario or None for all, reason).
"""
KNOWN = [
    ("dovecot", "they_make_rename_and_delete_mailboxes", "Dovecot lists from an index, which now and then lacks mailboxes for a moment when another program makes and deletes some"),
    ("", "they_deliver_move_and_expunge", "now and then a message that another program moves out of the watched inbox gets another id"),
]


def reason(kind, scenario):
    """Why this is known to fail; None."""
    for begin, name, why in KNOWN:
        if kind.startswith(begin) and name in (None, scenario):
            return why
    return None
