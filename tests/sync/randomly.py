"""Random worlds: both sides change the same mail, facteurd dies at random moments, and when it is quiet again both sides agree.

    problem = run(server, seed)         None, or what is wrong, with the story

A world has some rounds. In a round each side does a few random things, the line is cut or not, facteurd is killed or not; then it is left
alone until it is quiet. After each round:

  always                 both sides hold the same; no message is twice in a mailbox
  what one side touched  is exactly as the model says (a message, with its keywords; a mailbox)
  what both touched      is *loose*: docs/sync.md allows more than one end, depending on who was seen first. It must not be lost where nobody
                         removed it, must have its own bytes, and is where one of them has put it or was before.

The same seed draws the same things; when exactly they meet is up to the machine.
"""
import collections
import imaplib
import random
import traceback

import known
from client import RpcError
from model import Model, differences_of_ours, differences_of_server
from peer import PeerError
from proxy import CUT
from scenarios import APPENDS, MAILBOXES, MOVES
from world import World

WORDS = ("$seen", "$flagged", "$answered", "work", "later")
NAMES = ("Work", "Work/2024", "Lists", "Ünter wegs", "a & b", "Deep/er/most")


class Side:
    """What one of them has touched in this round."""

    def __init__(self):
        self.words = collections.defaultdict(set)   # key to keywords set or removed
        self.places = collections.defaultdict(set)  # key to mailboxes it was put into, or taken from
        self.removed = set()                        # keys that it took away somewhere for good
        self.filled = set()                         # mailboxes whose messages it touched
        self.boxes = set()                          # mailboxes that it made, renamed, deleted

    def keys(self):
        return self.words.keys() | self.places.keys()


class Round:
    def __init__(self, w, r, model):
        self.w, self.r, self.before, self.model = w, r, model.copy(), model
        self.ours, self.theirs = Side(), Side()
        self.log = []

    # Each side knows what it has seen: what was there when the round began, and what it did itself.

    def some(self, side, n=3):
        """A mailbox and some keys that were in it and that this side has not taken away."""
        boxes = {p: [k for k in box if k not in side.places] for p, box in self.before.boxes.items() if p not in side.boxes}
        full = [p for p in sorted(boxes) if boxes[p]]
        if not full:
            return None, []
        path = self.r.choice(full)
        return path, self.r.sample(sorted(boxes[path]), min(len(boxes[path]), self.r.randint(1, n)))

    def target(self, side, but):
        paths = [p for p in sorted(self.before.boxes) if p != but and p not in side.boxes]
        return self.r.choice(paths) if paths else None

    def note(self, *what):
        self.log.append(" ".join([self.who, *map(str, what)]))

    # ---- what may be done ------------------------------------------------------------------------------------

    def do_flag(self, side):
        path, keys = self.some(side, 5)
        words = self.r.sample(WORDS, self.r.randint(1, 2))
        add, remove = words[:1], words[1:]
        if self.r.random() < 0.4:
            add, remove = remove, add
        if not keys:
            return
        self.note("flag", path, keys, "+", add, "-", remove)
        for k in keys:
            side.words[k] |= set(words)
        side.filled.add(path)
        if side is self.ours:
            self.w.flag(keys, add, remove)
            side.filled |= {p for k in keys for p in self.before.where(k)}
        else:
            self.w.theirs.store(path, keys, add, remove)
            self.model.store(path, keys, add, remove)

    def do_move(self, side):
        path, keys = self.some(side)
        to = self.target(side, path)
        # A set cannot hold a mailbox twice: what is there already is not moved there again.
        keys = [k for k in keys if to and k not in self.before.boxes[to]]
        if keys:
            self.put("move", side, path, keys, to)
            (self.w if side is self.ours else self.w.theirs).move(path, keys, to)
            if side is self.theirs:
                self.model.move(path, keys, to)

    def do_copy(self, side):
        path, keys = self.some(side)
        to = self.target(side, path)
        keys = [k for k in keys if to and k not in self.before.boxes[to]]
        if keys:
            self.put("copy", side, path, keys, to)
            (self.w if side is self.ours else self.w.theirs).copy(path, keys, to)
            if side is self.theirs:
                self.model.copy_to(path, keys, to)

    def put(self, what, side, path, keys, to):
        self.note(what, path, keys, "to", to)
        for k in keys:
            side.places[k] |= {path, to}
        side.filled |= {path, to}

    def do_remove(self, side):
        path, keys = self.some(side)
        if not keys:
            return
        self.note("remove", path if side is self.theirs else "everywhere", keys)
        for k in keys:
            side.places[k] |= {path} if side is self.theirs else self.before.where(k)
            side.filled |= side.places[k]
        side.removed |= set(keys)
        if side is self.ours:
            self.w.destroy(keys)
        else:
            self.w.theirs.expunge(path, keys)
            self.model.expunge(path, keys)

    def do_append(self, side):
        path = self.target(side, None)
        if not path:
            return
        key = f"n{self.w.fresh()}"
        words = self.r.sample(WORDS, self.r.randint(0, 2))
        self.note("append", path, key, words)
        side.places[key].add(path)
        side.filled.add(path)
        if side is self.ours:
            self.w.append(path, key, words)
        else:
            self.w.they("append", path, key, words)

    def do_create(self, side):
        path = f"Box {self.w.fresh()}"
        self.note("create", path)
        side.boxes.add(path)
        self.w.create(path) if side is self.ours else self.w.they("create", path)

    def a_leaf(self, side):
        paths = [p for p in sorted(self.before.boxes) if p != "INBOX" and p not in side.boxes | side.filled and p not in SPECIAL
                 and not any(q.startswith(p + "/") for q in self.before.boxes | dict.fromkeys(self.model.boxes))]
        return self.r.choice(paths) if paths else None

    def do_rename(self, side):
        path = self.a_leaf(side)
        if path:
            to = f"Name {self.w.fresh()}"
            self.note("rename", path, to)
            side.boxes |= {path, to}
            for k in self.before.boxes[path]:
                side.places[k] |= {path, to}
            self.w.rename(path, to) if side is self.ours else self.w.they("rename", path, to)

    def do_delete(self, side):
        path = self.a_leaf(side)
        if path:
            self.note("delete", path)
            side.boxes.add(path)
            # What the other side has put there meanwhile goes with it, if it has come so far.
            keys = self.before.boxes[path].keys() | self.model.box(path).keys()
            for k in keys:
                side.places[k].add(path)
            side.removed |= keys
            self.w.delete(path) if side is self.ours else self.w.they("delete", path)

    # ---- a round ---------------------------------------------------------------------------------------------

    def act(self, side):
        what = {"flag": 5, "append": 2 if side is self.theirs or self.w.can(APPENDS) else 0}
        if side is self.theirs or self.w.can(MOVES):
            what |= {"move": 4, "copy": 2, "remove": 2}
        if side is self.theirs or self.w.can(MAILBOXES):
            what |= {"create": 1, "rename": 1, "delete": 1} if known.mailboxes_may_go(self.w.server.kind) else {"create": 1}
        name = self.r.choices(list(what), list(what.values()))[0]
        self.who = "ours" if side is self.ours else "theirs"
        kept, touched = self.model.copy(), side.keys()
        try:
            getattr(self, "do_" + name)(side)
        except (KeyError, RpcError, PeerError, imaplib.IMAP4.error, AssertionError) as e:
            # The other side was faster: the message or the mailbox is not there any more, as far as this side has been told.
            if isinstance(e, AssertionError) and not any(t in str(e) for t in ("notFound", "not found", "invalidProperties", "no mailbox")):
                raise
            self.log.append(f"   not done: {str(e)[:100]}")
            other = self.theirs if side is self.ours else self.ours
            assert other.keys() or other.boxes, f"nobody else has done anything, and yet: {e}"
            if isinstance(e, imaplib.IMAP4.error):
                self.w.forget_peer()
            side.removed |= side.keys() - touched - self.before.keys()  # it has not come to be
            self.model.boxes = kept.boxes
            self.w.model = self.model
        if side is self.theirs:
            try:
                self.w.theirs.leave()
            except (PeerError, imaplib.IMAP4.error):  # what it had opened has been deleted
                self.w.forget_peer()

    def loose(self):
        """Keys and paths that both have touched."""
        a, b = self.ours, self.theirs
        paths = {p for x, y in ((a, b), (b, a)) for p in x.boxes & (y.boxes | y.filled)}
        for x in (a, b):  # what a mailbox became that was renamed
            if x.boxes & paths:
                paths |= x.boxes
        keys = set()
        for k in a.keys() & b.keys():
            only_words = k not in a.places and k not in b.places
            if not only_words or a.words[k] & b.words[k]:
                keys.add(k)
        # Our keywords go to all copies; one that they have made meanwhile is not among them, or is.
        keys |= {k for k in self.before.keys() | self.model.keys() | a.keys() | b.keys() if (self.before.where(k) | self.model.where(k) | a.places[k] | b.places[k]) & paths}
        return keys, paths

    def problems(self):
        everything = self.w.theirs.everything()
        ours = self.w.ours()
        keys, paths = self.loose()
        there = Model.of_server(everything)
        twice = {(p, k) for p, rows in everything.items() for k, n in collections.Counter(row[0] for row in rows).items() if n > 1}
        # Two copies of a message that two have moved to the same place are two there.
        self.meetings = {(p, k) for p, k in twice if p in self.ours.places[k] and p in self.theirs.places[k]}
        out = [f"both sides: {d}" for d in differences_of_ours(there, ours) if not any(f"ours: {k} is there 2 times" in d for _, k in self.meetings)]
        out += [f"{k} is twice in {p}" for p, k in sorted(twice - self.meetings)]
        want = self.model.copy()
        for p in [p for p in want.boxes if p in paths and p not in everything]:
            del want.boxes[p]
        for p in paths & everything.keys():
            want.boxes.setdefault(p, {})
        for box in want.boxes.values():
            for k in keys & box.keys():
                del box[k]
        seen = {p: [row for row in rows if row[0] not in keys] for p, rows in everything.items()}
        out += differences_of_server(want, seen)
        for k in sorted(keys):
            where = there.where(k)
            if not where and k not in self.ours.removed | self.theirs.removed:
                out.append(f"{k} is lost, and nobody has removed it")
            allowed = self.before.where(k) | self.ours.places[k] | self.theirs.places[k] | paths
            if where - allowed:
                out.append(f"{k} is in {sorted(where - allowed)}, where nobody has put it")
        self.w.model = there
        return out


SPECIAL = {"Drafts", "Sent", "Trash", "Junk", "Archive"}


class RandomWorld(World):
    n_fresh = 0

    def fresh(self):
        self.n_fresh += 1
        return self.n_fresh

    def kill_some_time(self, r):
        """At a random step of the wire from now on, or now."""
        if r.random() < 0.3:
            self.kill()
            return "now"
        left = [r.choice([1, 2, 3, 5, 8, 15, 30, 60])]
        at, way = left[0], r.choice(["before", "after", "cut"])

        def hook(step):
            left[0] -= step.kind == "line"
            if left[0] != 0 or step.kind != "line":
                return None
            self.proxy.hook = None
            if way == "after":
                return self.kill
            if way == "before":
                self.kill()
            return CUT
        self.proxy.hook = hook
        return f"{way} step {at}"


def run(server, seed):
    r = random.Random(seed)
    log = [f"seed {seed} on {server.kind}"]
    with RandomWorld(server) as w:
        try:
            boxes = {"INBOX": {}, **{n: {} for n in r.sample(NAMES, r.randint(1, 3))}}
            for i in range(r.randint(2, 14)):
                for path in r.sample(sorted(boxes), 1 if r.random() < 0.8 else 2 if len(boxes) > 1 else 1):
                    boxes[path][f"m{i}"] = r.sample(WORDS, r.randint(0, 2))
            w.begin(**{p.replace("/", "__"): b for p, b in boxes.items()})
            for n in range(r.randint(1, 4)):
                log.append(f"round {n + 1}: {w.model.boxes}")
                a = Round(w, r, w.model)
                a.log = log
                w.proxy.offline = r.random() < 0.4
                log.append("offline" if w.proxy.offline else "online")
                for _ in range(r.randint(2, 8)):
                    if r.random() < 0.25:
                        log.append(f"killed {w.kill_some_time(r)}")
                    a.act(r.choice([a.ours, a.ours, a.theirs]))
                    if r.random() < 0.2 and not w.proxy.offline:
                        log.append("sync")
                        w.sync()
                w.proxy.offline = False
                w.quiet()
                w.proxy.hook = None
                w.quiet()
                problems = a.problems()
                assert not problems, "\n".join(problems)
                for path, key in sorted(a.meetings):  # the model cannot hold them
                    w.they("expunge", path, [key])
                    w.quiet()
                w.no_work(w.ours())
            return None
        except AssertionError as e:
            return f"{e}\n" + "\n".join(log) + f"\n{w.story()}"
        except Exception:
            return traceback.format_exc() + "\n".join(log) + f"\n{w.story()}"


