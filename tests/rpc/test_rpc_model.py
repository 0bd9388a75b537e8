"""Random changes, and after each round everything that a client keeps is brought up to date by what /changes and /queryChanges say
(RFC 8620 sections 5.2 and 5.6) and held against what is asked for anew; the counters of mailboxes against a recomputation from
the Emails (RFC 8621 section 2). FACTEUR_MODELS: how many; FACTEUR_MODEL: the seed of the first."""
import os
import random

import pytest

from client import RpcError
from mail import LOCAL, message, upload

MODELS = int(os.environ.get("FACTEUR_MODELS", "2"))
FIRST = int(os.environ.get("FACTEUR_MODEL", "1"))
ROUNDS = 12
WORDS = ["$seen", "$draft", "$flagged", "work"]

FILTERS = [None, {"hasKeyword": "$flagged"}, {"notKeyword": "$seen"}, {"inMailbox": 0}, {"inMailboxOtherThan": [0]}, {"subject": "topic1"},
           {"someInThreadHaveKeyword": "work"}, {"allInThreadHaveKeyword": "$seen"}, {"noneInThreadHaveKeyword": "$flagged"},
           {"operator": "AND", "conditions": [{"inMailbox": 1}, {"operator": "NOT", "conditions": [{"hasKeyword": "work"}]}]},
           {"operator": "OR", "conditions": [{"inMailbox": 2, "notKeyword": "$seen"}, {"subject": "topic2"}]},
           {"after": "2020-01-01T00:10:00Z", "minSize": 150}]
SORTS = [None, [{"property": "receivedAt"}], [{"property": "subject"}, {"property": "size", "isAscending": False}], [{"property": "from"}, {"property": "sentAt"}],
         [{"property": "hasKeyword", "keyword": "$flagged", "isAscending": False}, {"property": "receivedAt", "isAscending": False}],
         [{"property": "someInThreadHaveKeyword", "keyword": "work"}], [{"property": "allInThreadHaveKeyword", "keyword": "$seen", "isAscending": False}]]
IMMUTABLE_FILTERS, IMMUTABLE_SORTS = [None, {"subject": "topic1"}, {"after": "2020-01-01T00:10:00Z", "minSize": 150}], SORTS[:4]


class World:
    def __init__(self, client, account, r):
        self.client, self.account, self.r = client, account, r
        self.n = 0
        self.boxes = [m["id"] for m in client.call("Mailbox/get", accountId=account)["list"]]
        made = self.call("Mailbox/set", create={str(i): {"name": f"Box {i}", **({"role": "trash"} if i == 2 and not self.trash() else {})} for i in range(3)})
        self.made = [made["created"][str(i)]["id"] for i in range(3)]
        self.boxes = (self.boxes + self.made)[-6:]

    def call(self, method, **params):
        return self.client.call(method, accountId=self.account, **params)

    def trash(self):
        return next((m["id"] for m in self.call("Mailbox/get", properties=["role"])["list"] if m["role"] == "trash"), None)

    def ids(self):
        return self.call("Email/query")["ids"]

    # ---- changes ----

    def some_boxes(self):
        return {b: True for b in self.r.sample(self.boxes, self.r.choice([1, 1, 1, 2, 3]))}

    def arrive(self):
        raws = []
        for _ in range(self.r.randint(1, 3)):
            self.n += 1
            topic = self.r.randint(0, 3)
            known = [i for i in range(1, self.n) if i % 4 == topic]
            refs = self.r.sample(known, min(len(known), self.r.choice([0, 1, 1, 2])))
            extra = "References: " + " ".join(f"<{i}@x>" for i in refs) + "\r\n" if refs else ""
            raws.append(message(f"topic{topic}", f"{self.n}" * self.r.randint(1, 60), sender=f"S{self.n % 5} <s@x>", id=f"{(self.n // 4) * 4 + topic}@x", extra=extra))
        emails = {str(i): {"blobId": b, "mailboxIds": self.some_boxes(), "keywords": {w: True for w in WORDS if self.r.random() < 0.3},
                           "receivedAt": f"2020-01-01T00:{self.r.randint(0, 59):02}:00Z"} for i, b in enumerate(upload(self.client, *raws))}
        self.call("Email/import", emails=emails)

    def change(self):
        ids = self.ids()
        update = {}
        for id in self.r.sample(ids, min(len(ids), self.r.randint(1, 4))):
            patch = {f"keywords/{self.r.choice(WORDS)}": self.r.choice([True, None])}
            if self.r.random() < 0.5:
                patch["mailboxIds"] = self.some_boxes()
            update[id] = patch
        self.call("Email/set", update=update)

    def destroy(self):
        ids = self.ids()
        self.call("Email/set", destroy=self.r.sample(ids, min(len(ids), self.r.randint(1, 2))))

    def mailboxes(self):
        what = self.r.random()
        if what < 0.4:
            box = self.r.choice(self.made)
            self.call("Mailbox/set", update={box: {"name": f"Name {self.r.randint(0, 999)}", "sortOrder": self.r.randint(0, 9)}})
        elif what < 0.7:
            box = self.call("Mailbox/set", create={"k": {"name": f"New {self.r.randint(0, 9999)}", "parentId": self.r.choice([None, self.made[0]])}})
            self.made += [m["id"] for m in (box["created"] or {}).values()]
            self.boxes = self.boxes + self.made[-1:]
        elif len(self.made) > 3:
            box = self.r.choice(self.made[3:])
            if self.call("Mailbox/set", destroy=[box], onDestroyRemoveEmails=True)["destroyed"]:
                self.made.remove(box)
                self.boxes.remove(box)
        elif self.r.random() < 0.5:  # another mailbox becomes the trash
            trash, box = self.trash(), self.made[1]
            self.call("Mailbox/set", update={**({trash: {"role": None}} if trash else {}), box: {"role": "trash"}})
            self.made[1], self.made[2] = self.made[2], self.made[1]

    def step(self):
        for _ in range(self.r.randint(1, 3)):
            self.r.choice([self.arrive, self.arrive, self.change, self.change, self.destroy, self.mailboxes])()


# ---- what is known ----

def all_emails(world):
    return world.call("Email/get", ids=world.ids(), properties=["threadId", "mailboxIds", "keywords", "size", "receivedAt", "subject", "from", "sentAt"])["list"]


def matches(emails, e, f):
    """RFC 8621 section 4.4.1."""
    if f is None:
        return True
    if "operator" in f:
        each = [matches(emails, e, c) for c in f["conditions"]]
        return all(each) if f["operator"] == "AND" else any(each) if f["operator"] == "OR" else not any(each)
    thread = [t["keywords"] for t in emails if t["threadId"] == e["threadId"]]
    tests = {"hasKeyword": lambda v: v in e["keywords"], "notKeyword": lambda v: v not in e["keywords"], "inMailbox": lambda v: v in e["mailboxIds"],
             "inMailboxOtherThan": lambda v: bool(set(e["mailboxIds"]) - set(v)), "subject": lambda v: v in e["subject"],
             "someInThreadHaveKeyword": lambda v: any(v in k for k in thread), "allInThreadHaveKeyword": lambda v: all(v in k for k in thread),
             "noneInThreadHaveKeyword": lambda v: not any(v in k for k in thread), "after": lambda v: e["receivedAt"] >= v,
             "before": lambda v: e["receivedAt"] < v, "minSize": lambda v: e["size"] >= v, "maxSize": lambda v: e["size"] < v}
    return all(tests[name](value) for name, value in f.items())


def results(emails, query):
    """Ids as Email/query should give them: sections 4.4.2 and 4.4.3; where the sort says nothing, the higher id is first."""
    out = sorted((e for e in emails if matches(emails, e, query["filter"])), key=lambda e: e["id"], reverse=True)
    for c in reversed(query["sort"] or [{"property": "receivedAt", "isAscending": False}]):
        def key(e):
            thread = [t["keywords"] for t in emails if t["threadId"] == e["threadId"]]
            return {"receivedAt": lambda: e["receivedAt"], "subject": lambda: e["subject"], "size": lambda: e["size"], "from": lambda: e["from"][0]["name"],
                    "sentAt": lambda: e["sentAt"], "hasKeyword": lambda: c["keyword"] in e["keywords"],
                    "someInThreadHaveKeyword": lambda: any(c["keyword"] in k for k in thread),
                    "allInThreadHaveKeyword": lambda: all(c["keyword"] in k for k in thread)}[c["property"]]()
        out = sorted(out, key=key, reverse=c.get("isAscending") is False)  # which keeps the order of equals
    seen = set()
    return [e["id"] for e in out if not query.get("collapseThreads") or not (e["threadId"] in seen or seen.add(e["threadId"]))]


def recounted(world, emails):
    """The four counters of each mailbox, by the words of the RFC."""
    trash = world.trash()
    boxes = [m["id"] for m in world.call("Mailbox/get", properties=["id"])["list"]]
    unread = [e for e in emails if not {"$seen", "$draft"} & set(e["keywords"])]
    out = {}
    for box in boxes:
        inside = [e for e in emails if box in e["mailboxIds"]]
        threads = {e["threadId"] for e in inside}
        counts = [e for e in unread if (trash in e["mailboxIds"] if box == trash else set(e["mailboxIds"]) != {trash})]
        out[box] = (len(inside), sum(e in inside for e in unread), len(threads), len(threads & {e["threadId"] for e in counts}))
    return out


def counters(world):
    return {m["id"]: (m["totalEmails"], m["unreadEmails"], m["totalThreads"], m["unreadThreads"]) for m in world.call("Mailbox/get")["list"]}


class Known:
    """The objects of one type, followed by /changes in pieces of some size."""

    def __init__(self, world, type, fetch):
        self.world, self.type, self.fetch = world, type, fetch
        self.state = world.call(f"{type}/get", ids=[])["state"]
        self.objects = fetch(None)

    def follow(self):
        more = True
        while more:
            c = self.world.call(f"{self.type}/changes", sinceState=self.state, maxChanges=self.world.r.choice([None, 1, 3]))
            created, updated, destroyed = map(set, (c["created"], c["updated"], c["destroyed"]))
            assert not created & updated and not created & destroyed and not updated & destroyed, c
            assert updated <= self.objects.keys() or self.type == "Thread", c
            names = c.get("updatedProperties")
            fetched = self.fetch(list(created | updated))
            for id, o in fetched.items():
                self.objects[id] = {**self.objects[id], **{n: o[n] for n in names}} if names and id in updated else o
            for id in destroyed:
                self.objects.pop(id, None)
            assert c["newState"] != self.state or not c["hasMoreChanges"]
            self.state, more = c["newState"], c["hasMoreChanges"]

    def check(self):
        now = self.fetch(None)
        assert {id: o for id, o in self.objects.items() if id in now} == now, self.type
        assert self.objects.keys() == now.keys(), self.type


class Query:
    """The ids that a query gave, followed by /queryChanges; with `some`, only the first ones are kept (upToId)."""

    def __init__(self, world, type, some=False, **query):
        self.world, self.type, self.some, self.query = world, type, some, query
        self.start()

    def start(self):
        r = self.world.call(f"{self.type}/query", **self.query)
        self.state, self.can = r["queryState"], r["canCalculateChanges"]
        self.ids = r["ids"][:len(r["ids"]) // 2 + 1] if self.some else r["ids"]

    def follow(self, emails):
        arguments = {k: v for k, v in self.query.items() if k != "position"}
        if self.some and self.ids:
            arguments["upToId"] = self.ids[-1]
        d = self.world.call(f"{self.type}/queryChanges", sinceQueryState=self.state, calculateTotal=True, **arguments)
        self.state = d["newQueryState"]
        removed = set(d["removed"])
        ids = [i for i in self.ids if i not in removed]
        assert [a["index"] for a in d["added"]] == sorted(a["index"] for a in d["added"])
        for a in d["added"]:
            assert a["id"] not in ids
            if a["index"] > len(ids):
                assert self.some
                break
            ids.insert(a["index"], a["id"])
        new = self.world.call(f"{self.type}/query", calculateTotal=True, **self.query)
        assert d["total"] == new["total"] == len(new["ids"])
        assert ids == (new["ids"][:len(ids)] if self.some else new["ids"]), (self.query, d)
        assert self.type != "Email" or new["ids"] == results(emails, self.query), self.query
        n = len(d["removed"]) + len(d["added"])
        if n > 1:
            with pytest.raises(RpcError) as e:
                self.world.call(f"{self.type}/queryChanges", sinceQueryState=d["oldQueryState"], maxChanges=n - 1, **arguments)
            assert e.value.type == "tooManyChanges"
        self.ids = ids
        if self.some and not ids:
            self.start()


def queries(world):
    def here(f):
        if isinstance(f, dict):
            return {k: (world.made[v] if k == "inMailbox" else [world.made[i] for i in v] if k == "inMailboxOtherThan" else here(v)) for k, v in f.items()}
        return [here(x) for x in f] if isinstance(f, list) else f
    r = world.r
    out = [Query(world, "Email", filter=here(f), sort=r.choice(SORTS), collapseThreads=r.random() < 0.5) for f in FILTERS]
    out += [Query(world, "Email", filter=here(r.choice(FILTERS)), sort=s, collapseThreads=r.random() < 0.5) for s in SORTS]
    out += [Query(world, "Email", some=True, filter=r.choice(IMMUTABLE_FILTERS), sort=s) for s in IMMUTABLE_SORTS]
    tree = {"sortAsTree": r.random() < 0.5, "filterAsTree": r.random() < 0.5}
    out += [Query(world, "Mailbox", filter=f, **tree) for f in (None, {"name": "a"}, {"parentId": None}, {"hasAnyRole": True})]
    out += [Query(world, "Mailbox", sort=s, **tree) for s in ([{"property": "name"}], [{"property": "sortOrder", "isAscending": False}, {"property": "name"}])]
    return out


@pytest.mark.parametrize("kind", ["local", "imap"])
@pytest.mark.parametrize("seed", range(FIRST, FIRST + MODELS))
def test_a_client_that_follows_the_changes_has_what_is_there(client, seed, kind):
    account = LOCAL
    if kind == "imap":
        account = client.call("Account/set", create={"k": {"address": "jane@example.org", "source": "imap://jane@127.0.0.1:1?tls=none", "isEnabled": False}})["created"]["k"]["id"]
    world = World(client, account, random.Random(seed))
    for _ in range(4):
        world.arrive()

    def get(type):
        def fetch(ids):
            if ids is None and type == "Thread":
                ids = sorted({e["threadId"] for e in all_emails(world)})
            if ids is None and type == "Email":
                ids = world.ids()
            properties = ["threadId", "mailboxIds", "keywords"] if type == "Email" else None
            return {o["id"]: o for o in world.call(f"{type}/get", ids=ids, properties=properties)["list"]}
        return fetch
    known = [Known(world, t, get(t)) for t in ("Email", "Thread", "Mailbox")]
    followed = queries(world)
    for _ in range(ROUNDS):
        world.step()
        emails = all_emails(world)
        assert counters(world) == recounted(world, emails)
        for k in known:
            k.follow()
            k.check()
        for q in followed:
            q.follow(emails)
