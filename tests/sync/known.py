"""What is known to go wrong and why, so that the rest can be relied on. An entry goes with what mends it.

KNOWN is a list of (beginning of a server's kind, scenario or None for all, reason).
"""
KNOWN = [
    ("", "they_make_rename_and_delete_mailboxes", "killed in the midst of it, a mailbox that another program renamed now and then is a new one"),
    ("cyrus", "mailbox_renamed_on_both_sides", "Cyrus gives a renamed mailbox a new UIDVALIDITY, and nothing in the listing tells that it is the same"),
    ("cyrus-no-objectid", "mailbox_renamed_on_both_sides", "as cyrus"),
    ("courier", "mailbox_renamed_on_both_sides", "a rename is not recognised where no status comes with the listing"),
    ("dovecot-bare", "mailbox_renamed_on_both_sides", "a rename is not recognised where neither MAILBOXID nor a status in the listing tells of it"),
    ("", "they_deliver_move_and_expunge", "now and then a message that another program moves out of the watched inbox gets another id"),
]
EXACT = {"cyrus"}  # of these kinds the whole name is meant


def reason(kind, scenario):
    """Why this is known to fail; None."""
    for begin, name, why in KNOWN:
        fits = kind == begin if begin in EXACT else kind.startswith(begin)
        if fits and name in (None, scenario):
            return why
    return None
