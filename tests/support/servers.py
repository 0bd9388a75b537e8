"""The real servers that the tests run against, each with and without its extensions.

    with servers.start("dovecot-maildir") as s:
        s.add_user("alice")
        s.url("alice")          where facteurd finds it; s.password
        with s.peer("alice") as p: p.append("INBOX", raw)      another program, in plain IMAP (peer.py)

KINDS names them. A server that is not on this machine has is_there(KIND) == False.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from courier import CAPABILITY as COURIER_CAPABILITY  # noqa: E402
from courier import Courier  # noqa: E402
from cyrus import Cyrus  # noqa: E402
from dovecot import Dovecot  # noqa: E402
from peer import Peer  # noqa: E402


def _without(all_of_them, *names):
    """A capability string without some of its words; QRESYNC goes with CONDSTORE."""
    return " ".join(w for w in all_of_them.split() if w not in names)


def _dovecot(mail_format="maildir", without=()):
    capability = _without(Dovecot.CAPABILITY, *without) if without else None
    return lambda: Dovecot(tls=False, mail_format=mail_format, capability=capability)


def _cyrus(*without, idle=True):
    return lambda: Cyrus(suppress=without, idle=idle)


def _courier(*without):
    return lambda: Courier(capability=_without(COURIER_CAPABILITY, *without))


BARE = ("IDLE", "NOTIFY", "NAMESPACE", "UIDPLUS", "MOVE", "CONDSTORE", "QRESYNC", "ENABLE", "SPECIAL-USE", "LITERAL+", "LIST-EXTENDED",
        "LIST-STATUS", "STATUS=SIZE", "SAVEDATE", "SASL-IR", "ID", "UNSELECT", "MULTIAPPEND", "ESEARCH", "SEARCHRES", "CHILDREN", "BINARY",
        "OBJECTID", "CREATE-SPECIAL-USE", "XLIST", "APPENDLIMIT", "REPLACE", "METADATA", "LIST-MYRIGHTS", "LIST-METADATA", "ACL")

KINDS = {
    "dovecot-maildir": _dovecot(),
    "dovecot-sdbox": _dovecot("sdbox"),
    "dovecot-no-uidplus": _dovecot(without=("UIDPLUS",)),
    "dovecot-no-move": _dovecot(without=("MOVE",)),
    "dovecot-no-uidplus-no-move": _dovecot(without=("UIDPLUS", "MOVE")),
    "dovecot-no-qresync": _dovecot(without=("QRESYNC",)),
    "dovecot-no-condstore": _dovecot(without=("QRESYNC", "CONDSTORE")),
    "dovecot-no-special-use": _dovecot(without=("SPECIAL-USE",)),
    "dovecot-no-literal-plus": _dovecot(without=("LITERAL+",)),
    "dovecot-no-idle": _dovecot(without=("IDLE", "NOTIFY")),
    "dovecot-no-notify": _dovecot(without=("NOTIFY",)),
    "dovecot-no-namespace": _dovecot(without=("NAMESPACE",)),
    "dovecot-no-list-status": _dovecot(without=("LIST-STATUS",)),
    "dovecot-bare": _dovecot("sdbox", without=BARE),
    "cyrus": _cyrus(),
    "cyrus-no-objectid": _cyrus("OBJECTID"),
    "cyrus-bare": _cyrus(*BARE, idle=False),
    "courier": _courier(),
    "courier-bare": _courier(*BARE),
}

_CLASS = {"dovecot": Dovecot, "cyrus": Cyrus, "courier": Courier}


def is_there(kind):
    return _CLASS[kind.partition("-")[0]].is_there()


def tells_renames(kind):
    """Whether a listing tells that a mailbox is the one that had another name: by its MAILBOXID (Cyrus's cannot be asked for with a
    listing, plugins/imap/quirks.c), or by a UIDVALIDITY that it keeps (not with Cyrus), which is known with LIST-STATUS or CONDSTORE."""
    return kind.startswith("dovecot") and kind != "dovecot-bare"


def start(kind):
    """A server of that kind, not yet running; a context manager that runs it."""
    server = KINDS[kind]()
    server.kind = kind
    server.peer = lambda user: Peer(server.host, server.imap_port, user, server.password)
    return server
