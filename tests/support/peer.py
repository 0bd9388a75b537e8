"""Another mail program, in plain IMAP: what "theirs" does in a test, and what the server really holds.

Mailboxes are named by paths like "Work/2024", whatever the server's separator and the prefix of its personal namespace are; a
message by its key, the left part of its Message-ID. Keywords are told as JMAP spells them ($seen, $flagged, work).
"""
import hashlib
import imaplib
import re

imaplib._MAXLINE = 10_000_000
DOMAIN = "sync.test"
TO_KEYWORD = {"\\seen": "$seen", "\\answered": "$answered", "\\flagged": "$flagged", "\\draft": "$draft"}
TO_FLAG = {k: f.title() for f, k in TO_KEYWORD.items()}


class PeerError(Exception):
    pass


def message_of(key, body=""):
    """The bytes of the message of a key; always the same."""
    return (f"Message-ID: <{key}@{DOMAIN}>\r\nDate: Thu, 30 Oct 2025 14:12:00 +0000\r\nFrom: Sender <{key}@{DOMAIN}>\r\nTo: me@{DOMAIN}\r\n"
            f"Subject: message {key}\r\n\r\nThis is {key}.\r\n{body}").encode()


def quoted(name):
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def keywords_of(flags):
    """JMAP's keywords of IMAP's flags; \\Deleted and \\Recent left as they are."""
    return {TO_KEYWORD.get(f.lower(), f.lower()) for f in flags} - {"\\recent"}


class Peer:
    def __init__(self, host, port, user, password):
        self.where, self.who = (host, port), (user, password)
        self._connect()
        kind, caps = self.imap.capability()
        self.caps = set(caps[0].decode().upper().split())
        self.separator, self.prefix = self._namespace()

    def _connect(self):
        self.imap = imaplib.IMAP4(*self.where, timeout=30)
        self.imap.login(*self.who)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        try:
            self.imap.logout()
        except (OSError, imaplib.IMAP4.error):
            pass

    def _ok(self, answer, what):
        kind, data = answer
        if kind != "OK":
            raise PeerError(f"{what}: {kind} {data}")
        return data

    # ---- names -----------------------------------------------------------------------------------------------

    def _namespace(self):
        line = [x for x in self._ok(self.imap.list(), "LIST") if x and b"INBOX" in x.upper()][0]
        separator = re.search(rb'\) "(.)"', line)[1].decode()
        prefix = ""
        # As its document says: everything of a user is below INBOX (Courier, with the name space not announced too).
        kind, _ = self.imap.xatom("NAMESPACE")
        answer = self.imap.response("NAMESPACE")[1]
        if kind == "OK" and answer and answer[0]:
            found = re.match(rb'\(\("([^"]*)"', answer[0])
            prefix = found[1].decode() if found else ""
        return separator, prefix

    def wire(self, path):
        if path == "INBOX":
            return path
        name = self.separator.join(path.split("/"))
        return mutf7(name if path.startswith("INBOX/") else self.prefix + name)

    def path(self, wire):
        name = from_mutf7(wire)
        if name.upper() == "INBOX":
            return "INBOX"
        if self.prefix and name.startswith(self.prefix):
            name = name[len(self.prefix):]
        return "/".join(name.split(self.separator))

    def mailboxes(self):
        """The paths of what can be selected."""
        out = []
        for line in self._ok(self.imap.list(), "LIST"):
            if line is None:
                continue
            if isinstance(line, tuple):  # the name came as a literal
                attributes, name = line[0], line[1].decode()
            else:
                found = re.fullmatch(rb'(\([^)]*\)) (?:"[^"]*"|NIL) (.*)', line)
                attributes, name = found[1], found[2].decode()
                if name.startswith('"'):
                    name = re.sub(r"\\(.)", r"\1", name[1:-1])
            if not re.search(rb"\\(noselect|nonexistent)", attributes.lower()):
                out.append(self.path(name))
        return out

    # ---- looking ---------------------------------------------------------------------------------------------

    def select(self, path, readonly=False):
        return int(self._ok(self.imap.select(quoted(self.wire(path)), readonly), f"SELECT {path}")[0])

    def uids(self, path, readonly=False):
        """Key to its UIDs in a mailbox, which is selected thereby; what is marked \\Deleted left out."""
        out = {}
        for uid, key, words in self._rows(path, "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]", readonly):
            if "\\deleted" not in words:
                out.setdefault(key, []).append(uid)
        return out

    def _rows(self, path, item, readonly):
        if self.select(path, readonly) == 0:
            return
        data = self._ok(self.imap.fetch("1:*", f"(UID FLAGS {item})"), "FETCH")
        i = 0
        while i < len(data):
            if not isinstance(data[i], tuple):
                i += 1
                continue
            text, literal = data[i]
            rest = data[i + 1] if i + 1 < len(data) and isinstance(data[i + 1], bytes) else b""
            both = text + rest
            key = re.search(rb"(?im)^message-id:\s*<([^@>]+)", literal)
            yield (int(re.search(rb"UID (\d+)", both)[1]), key[1].decode() if key else "?",
                   keywords_of(re.search(rb"FLAGS \(([^)]*)\)", both)[1].decode().split())) if item != "BODY.PEEK[]" else \
                  (literal, key[1].decode() if key else "?", keywords_of(re.search(rb"FLAGS \(([^)]*)\)", both)[1].decode().split()))
            i += 1

    def everything(self):
        """Path to a list of (key, keywords, SHA-256 of the bytes) of all messages that are not marked \\Deleted."""
        out = {}
        self.close()  # Dovecot goes on listing what was renamed twice in a second, to those who listed it then
        self._connect()
        for path in self.mailboxes():
            out[path] = sorted((key, tuple(sorted(words)), hashlib.sha256(raw).hexdigest())
                               for raw, key, words in self._rows(path, "BODY.PEEK[]", True) if "\\deleted" not in words)
        self.imap.close()  # Courier takes nothing into what is selected for reading only; nothing is expunged thereby
        return out

    def counts(self):
        """Path to UIDVALIDITY, UIDNEXT."""
        out = {}
        for path in self.mailboxes():
            data = self._ok(self.imap.status(quoted(self.wire(path)), "(UIDVALIDITY UIDNEXT)"), "STATUS")[0]
            out[path] = tuple(int(re.search(rb"%s (\d+)" % w, data)[1]) for w in (b"UIDVALIDITY", b"UIDNEXT"))
        return out

    # ---- changing --------------------------------------------------------------------------------------------

    def append(self, path, key, keywords=(), raw=None):
        flags = "(" + " ".join(TO_FLAG.get(k, k) for k in keywords) + ")"
        self._ok(self.imap.append(quoted(self.wire(path)), flags, None, raw if raw is not None else message_of(key)), f"APPEND {path}")

    def append_many(self, path, keys):
        """Without keywords; in one command where the server takes many (RFC 3502) without being asked for each (RFC 7888)."""
        if len(keys) < 20 or not {"MULTIAPPEND", "LITERAL+"} <= self.caps:
            for key in keys:
                self.append(path, key)
            return
        for at in range(0, len(keys), 500):
            tag = self.imap._new_tag()
            text = tag + b" APPEND " + quoted(self.wire(path)).encode()
            for raw in map(message_of, keys[at:at + 500]):
                text += b" {%d+}\r\n" % len(raw) + raw
            self.imap.tagged_commands[tag] = None
            self.imap.send(text + b"\r\n")
            self._ok(self.imap._command_complete("APPEND", tag), f"APPEND {path}")

    def _set(self, path, keys):
        """The UID set of these messages, of all their copies; those that are not there are left out."""
        uids = self.uids(path)
        return ",".join(str(u) for k in keys for u in uids.get(k, ()))

    def store(self, path, keys, add=(), remove=()):
        uids = self._set(path, keys)
        for sign, words in (("+", add), ("-", remove)):
            if words and uids:
                self._ok(self.imap.uid("STORE", uids, sign + "FLAGS", "(" + " ".join(TO_FLAG.get(w, w) for w in words) + ")"), "STORE")

    def copy(self, path, keys, target):
        uids = self._set(path, keys)
        if uids:
            self._ok(self.imap.uid("COPY", uids, quoted(self.wire(target))), "COPY")

    def move(self, path, keys, target):
        uids = self._set(path, keys)
        if not uids:
            return
        if "MOVE" in self.caps:
            self._ok(self.imap.uid("MOVE", uids, quoted(self.wire(target))), "MOVE")
        else:
            self._ok(self.imap.uid("COPY", uids, quoted(self.wire(target))), "COPY")
            self._expunge(uids)

    def expunge(self, path, keys):
        uids = self._set(path, keys)
        if uids:
            self._expunge(uids)

    def _expunge(self, uids):
        self._ok(self.imap.uid("STORE", uids, "+FLAGS.SILENT", "(\\Deleted)"), "STORE")
        if "UIDPLUS" in self.caps:
            self._ok(self.imap.uid("EXPUNGE", uids), "UID EXPUNGE")
        else:
            self._ok(self.imap.expunge(), "EXPUNGE")

    def create(self, path):
        self._ok(self.imap.create(quoted(self.wire(path))), f"CREATE {path}")

    def rename(self, path, to):
        self.leave()
        self._ok(self.imap.rename(quoted(self.wire(path)), quoted(self.wire(to))), f"RENAME {path}")

    def delete(self, path):
        self.leave()
        self._ok(self.imap.delete(quoted(self.wire(path))), f"DELETE {path}")

    def leave(self):
        """Some servers refuse to rename or delete what somebody has selected, others end the connection of who has."""
        if self.imap.state == "SELECTED":
            self.select("INBOX")


# ---- modified UTF-7 (RFC 3501 section 5.1.3) ---------------------------------------------------------------------

def mutf7(name):
    import base64
    out, run = "", ""

    def flush():
        nonlocal out, run
        if run:
            out += "&" + base64.b64encode(run.encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"
            run = ""
    for c in name:
        if " " <= c <= "~":
            flush()
            out += "&-" if c == "&" else c
        else:
            run += c
    flush()
    return out


def from_mutf7(wire):
    import base64

    def decode(found):
        text = found[1].replace(",", "/")
        return base64.b64decode(text + "=" * (-len(text) % 4)).decode("utf-16-be") if text else "&"
    return re.sub(r"&([^-]*)-", decode, wire)
