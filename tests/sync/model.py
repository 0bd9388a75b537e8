"""What both sides shall hold in the end, and where they differ from it.

A Model is {path of a mailbox: {key of a message: its keywords}}; a message is at most once in a mailbox.

The server is compared message by message, with the bytes (Peer.everything). Ours is compared as Emails: each key once, with its set of
mailboxes and the keywords that follow from all its copies (decision 8), and with the same bytes.
"""
import collections
import hashlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from peer import message_of  # noqa: E402


class Model:
    def __init__(self, boxes=None):
        self.boxes = {path: {k: set(w) for k, w in box.items()} for path, box in (boxes or {}).items()}

    def copy(self):
        return Model(self.boxes)

    @classmethod
    def of_server(cls, everything):
        return cls({path: {key: words for key, words, _ in rows} for path, rows in everything.items()})

    # ---- changes, whoever makes them -------------------------------------------------------------------------
    # One side may still see a mailbox that the other has taken away: what it does there is none here.

    def box(self, path):
        return self.boxes.get(path, {})

    def append(self, path, key, keywords=()):
        self.box(path)[key] = set(keywords)

    def store(self, path, keys, add=(), remove=()):
        for k in keys:
            if k in self.box(path):
                self.boxes[path][k] = self.boxes[path][k] - set(remove) | set(add)

    def flag(self, keys, add=(), remove=()):
        """As Email/set does: on every copy, if it is a change of the Email at all."""
        words = self.words()
        for k in keys:
            for path in self.where(k):
                self.store(path, [k], set(add) - words[k], set(remove) & words[k])

    def copy_to(self, path, keys, target, words=None):
        for k in keys:
            if k in self.box(path):
                self.box(target).setdefault(k, set(words[k] if words else self.boxes[path][k]))

    def move(self, path, keys, target, words=None):
        self.copy_to(path, keys, target, words)
        self.expunge(path, keys)

    def words(self):
        """Key to the keywords of the Email: what a copy has that is made through the API (there are no others in JMAP)."""
        return {k: words for k, (_, words) in self.emails().items()}

    def expunge(self, path, keys):
        for k in keys:
            self.box(path).pop(k, None)

    def destroy(self, keys):
        for box in self.boxes.values():
            for k in keys:
                box.pop(k, None)

    def create(self, path):
        self.boxes.setdefault(path, {})

    def rename(self, path, to):
        for old in [p for p in self.boxes if p == path or p.startswith(path + "/")]:
            self.boxes[to + old[len(path):]] = self.boxes.pop(old)

    def delete(self, path):
        self.boxes.pop(path, None)

    # ---- what follows ----------------------------------------------------------------------------------------

    def keys(self):
        return {k for box in self.boxes.values() for k in box}

    def where(self, key):
        return {p for p, box in self.boxes.items() if key in box}

    def emails(self):
        """Key to (paths, keywords), as ours shows it."""
        out = {}
        for key in self.keys():
            copies = [box[key] for box in self.boxes.values() if key in box]
            words = set().union(*copies) - {"$seen"}
            if all("$seen" in c for c in copies):
                words.add("$seen")
            out[key] = (frozenset(self.where(key)), frozenset(words))
        return out


def containers(paths):
    """The mailboxes above these."""
    out = set()
    for p in paths:
        while "/" in p:
            p = p.rpartition("/")[0]
            out.add(p)
    return out


def differences_of_server(model, everything):
    """Sentences. `everything` is Peer.everything()."""
    out = []
    # Where a mailbox is made below one that is not there, servers differ in whether that one comes to be, too.
    extra = everything.keys() - model.boxes.keys() - containers(model.boxes)
    out += [f"server: mailbox {p} should not be there" for p in sorted(extra)]
    out += [f"server: mailbox {p} is missing" for p in sorted(model.boxes.keys() - everything.keys())]
    for path in sorted(model.boxes.keys() & everything.keys()):
        there = collections.defaultdict(list)
        for key, words, digest in everything[path]:
            there[key].append(words)
            if digest != hashlib.sha256(message_of(key)).hexdigest():
                out.append(f"server: {path}: the bytes of {key} are others")
        box = model.boxes[path]
        for key in sorted(box.keys() | there.keys()):
            n = len(there.get(key, ()))
            if key not in box:
                out.append(f"server: {path}: {key} should not be there ({n} times)")
            elif n != 1:
                out.append(f"server: {path}: {key} is there {n} times")
            elif set(there[key][0]) != box[key]:
                out.append(f"server: {path}: {key} has {sorted(there[key][0])} and should have {sorted(box[key])}")
    return out


class Ours:
    """Everything of an account, as the API tells it: look(method, **params) asks. `prefix`: of the server's personal name space."""

    def __init__(self, look, account, prefix=""):
        self.paths = mailbox_paths(look, account, prefix)
        self.emails = []  # (key, id, paths, keywords, blob id)
        for at in range(0, 10**6, 400):
            ids = look("Email/query", accountId=account, position=at, limit=400, sort=[{"property": "receivedAt"}])["ids"]
            if not ids:
                break
            wanted = ["messageId", "mailboxIds", "keywords", "blobId"]
            for e in look("Email/get", accountId=account, ids=ids, properties=wanted)["list"]:
                key = (e["messageId"] or ["?"])[0].partition("@")[0]
                self.emails.append((key, e["id"], frozenset(self.paths[m] for m in e["mailboxIds"]), frozenset(e["keywords"]), e["blobId"]))
        self.digests = {}
        blobs = sorted({e[4] for e in self.emails})
        for at in range(0, len(blobs), 100):
            for b in look("Blob/get", accountId=account, ids=blobs[at:at + 100], properties=["digest:sha-256"])["list"]:
                self.digests[b["id"]] = b["digest:sha-256"]

    def ids(self):
        """Key to Email id."""
        return {e[0]: e[1] for e in self.emails}


def mailbox_paths(look, account, prefix=""):
    """Mailbox id to path. Where a server keeps everything below INBOX ("INBOX." of Courier), that is not counted."""
    boxes = {m["id"]: m for m in look("Mailbox/get", accountId=account, properties=["name", "parentId"])["list"]}
    above = prefix[:-1] + "/" if prefix else ""

    def path(id):
        m = boxes[id]
        return (path(m["parentId"]) + "/" if m["parentId"] else "") + m["name"]

    def told(path):
        path = "INBOX" + path[5:] if path[:5].upper() == "INBOX" and path[5:6] in ("", "/") else path
        return path[len(above):] if above and path.startswith(above) else path
    return {id: told(path(id)) for id in boxes}


def differences_of_ours(model, ours):
    import base64
    out = []
    paths = set(ours.paths.values())
    # A mailbox that only holds others is shown, though the server cannot select it.
    out += [f"ours: mailbox {p} should not be there" for p in sorted(paths - model.boxes.keys() - containers(model.boxes))]
    out += [f"ours: mailbox {p} is missing" for p in sorted(model.boxes.keys() - paths)]
    expected, here = model.emails(), collections.defaultdict(list)
    for key, id, where, words, blob in ours.emails:
        here[key].append((where, words))
        if ours.digests.get(blob) != base64.b64encode(hashlib.sha256(message_of(key)).digest()).decode():
            out.append(f"ours: the bytes of {key} are others")
    for key in sorted(expected.keys() | here.keys()):
        if key not in expected:
            out.append(f"ours: {key} should not be there: {describe(here[key])}")
        elif len(here.get(key, ())) != 1:
            out.append(f"ours: {key} is there {len(here.get(key, ()))} times: {describe(here.get(key, ()))}")
        elif here[key][0] != expected[key]:
            out.append(f"ours: {key} is {describe(here[key])} and should be {describe([expected[key]])}")
    return out


def describe(emails):
    return "; ".join(f"in {', '.join(sorted(where))} with {sorted(words)}" for where, words in emails) or "nowhere"
