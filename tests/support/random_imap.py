"""An IMAP server whose every choice is drawn: extensions, spelling, order, timing, what else happens meanwhile, and when it
hangs up. What it says is within RFC 3501, 4551 and 7162, or what real servers are known to do.

    world = World(seed)                the mailboxes; world.step() changes something as another program would
    with Server(world) as s: ...       s.url; world.calm = True: no more accidents
"""
import contextlib
import random
import re
import socket
import threading
import time

FLAGS = ["\\Seen", "\\Answered", "\\Flagged", "\\Draft", "\\Deleted", "$Forwarded", "$Junk", "work", "later"]
NAMES = ["Archive", "Sent", "a.b", "Entw&APw-rfe", "deep/er/most", "NIL", "quo\"te\\", "&AGE-odd", "Inbox/sub", "*", "%", "x y", "{5}"]


class Hangup(Exception):
    pass


class Message:
    def __init__(self, uid, body, flags, modseq):
        self.uid, self.body, self.flags, self.modseq = uid, body, set(flags), modseq


class Mailbox:
    def __init__(self, name, validity):
        self.name, self.validity, self.next, self.modseq = name, validity, 1, 1
        self.messages, self.gone = [], []
        self.has_modseqs = True

    def bump(self):
        self.modseq += 1
        return self.modseq


class World:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lock = threading.RLock()
        self.calm = False
        self.n_bodies = 0
        self.validity = 1000
        self.boxes = {}
        r = self.random
        for name in ["INBOX"] + r.sample(NAMES, r.randint(1, 5)):
            self.add(name)
        self.boxes["INBOX"].has_modseqs = r.random() < 0.9
        for _ in range(r.randint(0, 150)):
            self.deliver()
        caps = ["IMAP4rev1", "AUTH=PLAIN"]
        for cap, p in [("SASL-IR", .7), ("LITERAL+", .4), ("IDLE", .7), ("UIDPLUS", .5), ("NAMESPACE", .6), ("ID", .5),
                       ("LIST-EXTENDED", .6), ("LIST-STATUS", .5), ("CONDSTORE", .6), ("ENABLE", .7), ("QRESYNC", .5), ("COMPRESS=XYZ", .2)]:
            if r.random() < p:
                caps.append(cap)
        if "QRESYNC" in caps:
            caps += [c for c in ("ENABLE", "CONDSTORE") if c not in caps]
        if "LIST-STATUS" in caps and "LIST-EXTENDED" not in caps:
            caps.append("LIST-EXTENDED")
        self.caps = caps
        self.bumps_on_expunge = "QRESYNC" in caps or r.random() < 0.5
        self.accident = r.choice([0, 0, 0.01, 0.03])  # of a hang-up, for each line
        self.unrest = r.choice([0, 0.01, 0.05])       # of a change, for each line

    def add(self, name):
        self.validity += self.random.randint(1, 50)
        self.boxes[name] = Mailbox(name, self.validity)

    def some(self):
        full = [b for b in self.boxes.values() if b.messages]
        return self.random.choice(full) if full else None

    def put(self, box, body, flags):
        if any(m.body == body for m in box.messages):
            return
        box.messages.append(Message(box.next, body, flags, box.bump()))
        box.next += self.random.choice([1, 1, 1, 2, 30, 5000])

    def deliver(self):
        r = self.random
        self.n_bodies += 1
        head = f"Subject: number {self.n_bodies}\r\nMessage-ID: <{self.n_bodies}@world>\r\n\r\n"
        body = head + r.choice(["", "x\r\n", ")\r\nA1 OK\r\n* BYE\r\n" * 9, "long\r\n" * r.randint(1, 4000)])
        self.put(r.choice(list(self.boxes.values())), body.encode(), [f for f in FLAGS if r.random() < 0.15])

    def expunge(self, box, m):
        box.messages.remove(m)
        box.gone.append((m.uid, box.bump() if self.bumps_on_expunge else box.modseq))

    def step(self):
        r = self.random
        with self.lock:
            what, box = r.random(), self.some()
            if what < 0.4 or not box:
                return self.deliver()
            m = r.choice(box.messages)
            if what < 0.65:
                m.flags ^= {r.choice(FLAGS)}
                m.modseq = box.bump()
            elif what < 0.85:
                for m in r.sample(box.messages, min(len(box.messages), r.choice([1, 1, 3, 20]))):
                    self.expunge(box, m)
            elif what < 0.94:
                other = r.choice(list(self.boxes.values()))
                self.put(other, m.body, m.flags)
                if r.random() < 0.5 and other is not box:
                    self.expunge(box, m)
            elif what < 0.96:
                self.renumber(box)
            elif what < 0.98 and box.name != "INBOX":
                del self.boxes[box.name]
            else:
                name = r.choice(NAMES)
                if name not in self.boxes:
                    self.add(name)

    def renumber(self, box):
        self.validity += 1
        box.validity, box.gone = self.validity, []
        box.next = self.random.randint(1, 100)
        box.modseq = 1
        for m in box.messages:
            m.uid, m.modseq = box.next, box.bump()
            box.next += 1

    def expected(self):
        """Body to (names of its mailboxes, its keywords), by the rules of RFC 8621 and decision 8."""
        out = {}
        with self.lock:
            for box in self.boxes.values():
                for m in box.messages:
                    if "\\Deleted" not in m.flags:
                        out.setdefault(m.body, []).append((box.name, m.flags))
        keyword = {"\\Answered": "$answered", "\\Flagged": "$flagged", "\\Draft": "$draft", "$Forwarded": "$forwarded", "$Junk": "$junk"}
        result = {}
        for body, places in out.items():
            words = {keyword.get(f, f) for _, flags in places for f in flags} - {"\\Seen"}
            if all("\\Seen" in flags for _, flags in places):
                words.add("$seen")
            result[body] = ({name for name, _ in places}, words)
        return result


class Connection:
    def __init__(self, world, sock):
        self.w, self.sock, self.r = world, sock, random.Random(world.random.random())
        self.file = sock.makefile("rb")
        self.box, self.view, self.told, self.enabled = None, [], {}, set()
        self.out = b""

    # ---- out ----

    def send(self, text):
        self.out += text.encode("latin-1") if isinstance(text, str) else text
        if not self.w.calm:
            if self.r.random() < self.w.unrest:
                self.w.step()
            if self.r.random() < self.w.accident:
                self.out = self.out[:self.r.randint(0, len(self.out))]
                self.flush()
                raise Hangup
        if len(self.out) > 100000 or self.r.random() < 0.05:
            self.flush()

    def flush(self):
        out, self.out = self.out, b""
        with contextlib.suppress(OSError):
            self.sock.sendall(out)

    def line(self, text):
        if self.r.random() < 0.03:
            self.send("* OK still here\r\n")
        self.send(text + "\r\n")

    def string(self, s):
        s = s.decode("latin-1") if isinstance(s, bytes) else s
        how = self.r.random()
        if how < 0.3 and re.fullmatch(r"[A-Za-z0-9&/.,+-]+", s):
            return s
        if how < 0.7 and "\r" not in s and len(s) < 200:
            return '"' + s.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return "{%d}\r\n%s" % (len(s), s)

    def word(self, s):
        return self.r.choice([s, s, s, s.lower(), s.title()])

    def flag_list(self, flags):
        flags = [self.word(f) if f[0] != "w" else f for f in flags] + self.r.choice([[], ["\\Recent"]])
        self.r.shuffle(flags)
        return "(" + " ".join(flags) + ")"

    def fetch(self, seq, *items):
        items = list(items)
        self.r.shuffle(items)
        self.line(f"* {seq} {self.word('FETCH')} (" + " ".join(items) + ")")

    def modseq(self, m):
        return [f"MODSEQ ({m.modseq})"] if self.enabled and self.box.has_modseqs else []

    # ---- what happened meanwhile ----

    def news(self, may_expunge):
        with self.w.lock:
            if self.box is None:
                return
            if self.w.boxes.get(self.box.name) is not self.box or self.box.validity != self.validity:
                self.send("* BYE the mailbox is gone\r\n")
                raise Hangup
            here = set(map(id, self.box.messages))
            if may_expunge:
                gone = [m for m in self.view if id(m) not in here]
                if gone and "QRESYNC" in self.enabled and self.box.has_modseqs:
                    self.line("* VANISHED " + ",".join(str(m.uid) for m in gone))
                    self.view = [m for m in self.view if id(m) in here]
                else:
                    for m in gone:
                        self.line(f"* {self.view.index(m) + 1} EXPUNGE")
                        self.view.remove(m)
            known = set(map(id, self.view))
            new = [m for m in self.box.messages if id(m) not in known]
            self.view += new
            if new:
                self.line(f"* {len(self.view)} EXISTS")
            for m in new:
                self.told[id(m)] = set(m.flags)
            for i, m in enumerate(self.view):
                if self.told.get(id(m)) != m.flags:
                    self.told[id(m)] = set(m.flags)
                    uid = [f"UID {m.uid}"] if self.enabled or self.r.random() < 0.5 else []
                    self.fetch(i + 1, "FLAGS " + self.flag_list(m.flags), *uid, *self.modseq(m))

    # ---- in ----

    def read_line(self):
        self.flush()
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise Hangup
        return line[:-2].decode("latin-1")

    def read_command(self):
        line = self.read_line()
        while (m := re.search(r"\{(\d+)(\+?)\}$", line)):
            if not m[2]:
                self.send("+ go on\r\n")
                self.flush()
            text = self.file.read(int(m[1])).decode("latin-1")
            line = line[:m.start()] + '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' + self.read_line()
        tag, _, rest = line.partition(" ")
        return tag, rest

    @staticmethod
    def unquote(s):
        return re.sub(r"\\(.)", r"\1", s[1:-1]) if s.startswith('"') else s

    def run(self):
        caps = " ".join(self.w.caps)
        self.line(self.r.choice(["* OK hello", f"* OK [CAPABILITY {caps}] hello"]))
        while True:
            tag, rest = self.read_command()
            name, _, args = rest.partition(" ")
            if name == "UID":
                verb, _, args = args.partition(" ")
                name += "_" + verb
            if not self.w.calm and self.r.random() < self.w.accident:
                answers = ["NO [UNAVAILABLE] not now", "NO [INUSE] busy", "NO no", "BAD what"]
                answer = self.r.choice(answers[:1] if name == "AUTHENTICATE" else answers)
            else:
                answer = getattr(self, "do_" + name)(args, tag)
            if name not in ("FETCH", "STORE"):
                self.news(True)
            self.line(f"{tag} {answer}")
            if name == "LOGOUT":
                raise Hangup

    def do_CAPABILITY(self, args, tag):
        self.line("* CAPABILITY " + " ".join(self.w.caps))
        return "OK"

    def do_AUTHENTICATE(self, args, tag):
        if " " not in args:
            self.send("+ \r\n")
            self.read_line()
        return self.r.choice(["OK", "OK [CAPABILITY " + " ".join(self.w.caps) + "] in"])

    def do_ID(self, args, tag):
        self.line(self.r.choice(["* ID NIL", '* ID ("name" "world" "version" NIL)']))
        return "OK"

    def do_ENABLE(self, args, tag):
        done = [c for c in args.split() if c in self.w.caps]
        self.enabled |= set(done)
        self.line("* ENABLED " + " ".join(done))
        return "OK"

    def do_NAMESPACE(self, args, tag):
        self.line('* NAMESPACE (("" "/")) NIL NIL')
        return "OK"

    def do_NOOP(self, args, tag):
        return "OK"

    do_LOGOUT = do_NOOP

    def status(self, box):
        items = [f"MESSAGES {len(box.messages)}", f"UIDNEXT {box.next}", f"UIDVALIDITY {box.validity}",
                 f"UNSEEN {sum(1 for m in box.messages if chr(92) + 'Seen' not in m.flags)}"]
        if "CONDSTORE" in self.w.caps:
            items.append(f"HIGHESTMODSEQ {box.modseq if box.has_modseqs else 0}")
        self.r.shuffle(items)
        return "(" + " ".join(items) + ")"

    def do_LIST(self, args, tag):
        with self.w.lock:
            boxes = list(self.w.boxes.values())
            self.r.shuffle(boxes)
            for box in boxes:
                name = self.r.choice(["INBOX", "Inbox"]) if box.name == "INBOX" else box.name
                attrs = self.r.choice(["", "\\HasNoChildren", "\\Marked \\X"])
                self.send(f'* LIST ({attrs}) "/" {self.string(name)}\r\n')
                if "STATUS" in args:
                    self.send(f"* STATUS {self.string(name)} {self.status(box)}\r\n")
        return "OK"

    def do_LSUB(self, args, tag):
        return self.r.choice(["OK", "NO"])

    def find(self, args):
        m = re.match(r'"(?:[^"\\]|\\.)*"|\S+', args)
        name = self.unquote(m[0])
        return self.w.boxes.get("INBOX" if name.upper() == "INBOX" else name), args[m.end():].strip()

    def do_STATUS(self, args, tag):
        with self.w.lock:
            box, _ = self.find(args)
            if not box:
                return "NO [NONEXISTENT] no"
            self.line(f"* STATUS {self.string(box.name)} {self.status(box)}")
        return "OK"

    def do_SELECT(self, args, tag):
        with self.w.lock:
            was, self.box = self.box, None
            box, more = self.find(args)
            if was and "QRESYNC" in self.enabled:
                self.line("* OK [CLOSED] closed")
            if not box:
                return "NO [NONEXISTENT] no"
            if "CONDSTORE" in more:
                self.enabled.add("CONDSTORE")
            self.box, self.view, self.validity = box, list(box.messages), box.validity
            self.told = {id(m): set(m.flags) for m in self.view}
            lines = [f"* {len(self.view)} EXISTS", "* 0 RECENT", "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)",
                     f"* OK [UIDVALIDITY {box.validity}] x", f"* OK [UIDNEXT {box.next}] x",
                     "* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] x", "* OK [X-UNKNOWN (a] b"]
            if self.enabled:
                lines.append(f"* OK [HIGHESTMODSEQ {box.modseq}] x" if box.has_modseqs else "* OK [NOMODSEQ] x")
            self.r.shuffle(lines)
            for line in lines:
                self.send(line + "\r\n")
            m = re.search(r"QRESYNC \((\d+) (\d+)", more)
            if m and "QRESYNC" not in self.enabled:
                return "BAD not enabled"
            if m and int(m[1]) == box.validity and box.has_modseqs:
                since = int(m[2])
                gone = [str(uid) for uid, modseq in box.gone if modseq > since]
                if gone:
                    self.line("* VANISHED (EARLIER) " + ",".join(gone))
                for i, msg in enumerate(self.view):
                    if msg.modseq > since:
                        self.fetch(i + 1, f"UID {msg.uid}", "FLAGS " + self.flag_list(msg.flags), f"MODSEQ ({msg.modseq})")
        return "OK [READ-WRITE] selected"

    def do_EXAMINE(self, args, tag):
        answer = self.do_SELECT(args, tag)
        return "OK [READ-ONLY] examined" if answer.startswith("OK") else answer

    @staticmethod
    def in_set(text):
        ranges = []
        for part in text.split(","):
            a, _, b = part.partition(":")
            ranges.append((int(a), 1 << 40 if b == "*" else int(b or a)))
        return lambda n: any(a <= n <= b for a, b in ranges)

    def do_UID_FETCH(self, args, tag, by_uid=True):
        ids, _, items = args.partition(" ")
        if not self.box:
            return "BAD nothing is selected"
        if not self.box.has_modseqs and ("MODSEQ" in items or "CHANGEDSINCE" in items):
            return "BAD no modseqs here"
        since = re.search(r"CHANGEDSINCE (\d+)( VANISHED)?", items)
        if since and since[2]:
            gone = [str(uid) for uid, modseq in self.box.gone if modseq > int(since[1])]
            if gone:
                self.line("* VANISHED (EARLIER) " + ",".join(gone))
        wanted, refused = self.in_set(ids), 0
        last = len(self.view) - 1
        for i, m in enumerate(list(self.view)):
            hit = wanted(m.uid if by_uid else i + 1) or (by_uid and i == last and "*" in ids)
            if not hit or (since and m.modseq <= int(since[1])):
                continue
            if m not in self.box.messages and self.r.random() < 0.5:
                refused += 1
                continue
            parts = [f"UID {m.uid}", "FLAGS " + self.flag_list(m.flags), *self.modseq(m)]
            self.told[id(m)] = set(m.flags)
            if "INTERNALDATE" in items:
                parts.append('INTERNALDATE "%2d-Jul-2024 10:00:00 +0000"' % (1 + m.uid % 30))
            if "BODY" in items:
                parts.append("BODY[] " + ("{%d}\r\n" % len(m.body)) + m.body.decode("latin-1"))
            self.fetch(i + 1, *parts)
            if self.r.random() < 0.05:
                self.news(False)
            elif by_uid and self.r.random() < 0.02:
                self.news(True)
                return self.rest(ids, items, m)
        return "NO some are gone" if refused and self.r.random() < 0.5 else "OK"

    def rest(self, ids, items, m):
        """Goes on behind m: the numbers have moved."""
        at = next((i for i, x in enumerate(self.view) if x.uid > m.uid), None)
        if at is None:
            return "OK"
        wanted = self.in_set(ids)
        left = ",".join(str(x.uid) for x in self.view[at:] if wanted(x.uid))
        return self.do_UID_FETCH(f"{left} {items.replace(' VANISHED', '')}", None) if left else "OK"

    def do_FETCH(self, args, tag):
        return self.do_UID_FETCH(args, tag, by_uid=False)

    def do_UID_STORE(self, args, tag):
        ids, action, flags = args.split(" ", 2)
        if not self.box:
            return "BAD nothing is selected"
        flags = {next((f for f in FLAGS if f.lower() == x.lower()), x) for x in flags.strip("()").split()}
        wanted = self.in_set(ids)
        with self.w.lock:
            for i, m in enumerate(self.view):
                if not wanted(m.uid) or m not in self.box.messages:
                    continue
                now = m.flags | flags if action[0] == "+" else m.flags - flags
                if now != m.flags:
                    m.flags, m.modseq = now, self.box.bump()
                self.told[id(m)] = set(m.flags)
                if "SILENT" not in action:
                    self.fetch(i + 1, f"UID {m.uid}", "FLAGS " + self.flag_list(m.flags), *self.modseq(m))
                elif self.enabled and self.box.has_modseqs:
                    self.fetch(i + 1, f"UID {m.uid}", *self.modseq(m))
        return "OK"

    def do_IDLE(self, args, tag):
        if self.r.random() < 0.1:
            return "NO not today"
        self.send("+ idling\r\n")
        self.flush()
        self.sock.settimeout(0.05)
        end = time.monotonic() + self.r.choice([0.3, 2, 60])
        got = b""
        try:
            while time.monotonic() < end or self.w.calm:
                try:
                    piece = self.sock.recv(1)
                    if not piece:
                        raise Hangup
                    got += piece
                    if got.endswith(b"\n"):
                        return "OK"
                except socket.timeout:
                    self.news(True)
                    self.flush()
        finally:
            self.sock.settimeout(None)
        if self.r.random() < 0.5:
            raise Hangup
        self.line(f"{tag} OK enough of it")  # and DONE may be on its way
        raise Hangup


class Server:
    def __init__(self, world):
        self.world = world
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.errors, self.log = [], []
        threading.Thread(target=self.serve, daemon=True).start()

    @property
    def url(self):
        return f"imap://localhost:{self.port}?tls=none"

    def serve(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.handle, args=(sock,), daemon=True).start()

    def handle(self, sock):
        c = Connection(self.world, sock)
        try:
            c.run()
        except Hangup:
            c.flush()
        except OSError:
            pass
        except Exception as e:  # a mistake of this server, not of its client
            self.errors.append(repr(e))
        finally:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            c.file.close()
            sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
