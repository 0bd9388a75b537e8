"""Random worlds: a server that does whatever servers do, changed from both sides, with accidents. When it is quiet again, both
sides must agree. FACTEUR_WORLDS: how many; FACTEUR_WORLD: the seed of the first."""
import json
import os
import pathlib
import random
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from random_imap import Server, World  # noqa: E402

WORLDS = int(os.environ.get("FACTEUR_WORLDS", "6"))
FIRST = int(os.environ.get("FACTEUR_WORLD", "1"))


def everything(client, account):
    """Subject to (wire names of its mailboxes, its keywords), as the store has it."""
    out = {}
    names = mailbox_paths(client, account)
    for at in range(0, 100000, 400):
        ids = client.call("Email/query", accountId=account, position=at, limit=400)["ids"]
        if not ids:
            return out
        for e in client.call("Email/get", accountId=account, ids=ids, properties=["subject", "keywords", "mailboxIds", "size"])["list"]:
            key = (e["subject"], e["size"])
            assert key not in out, f"{key} is here twice"
            out[key] = ({names[m] for m in e["mailboxIds"]}, set(e["keywords"]))


def mailbox_paths(client, account):
    boxes = {m["id"]: m for m in client.call("Mailbox/get", accountId=account, properties=["name", "parentId"])["list"]}

    def path(id):
        m = boxes[id]
        return (path(m["parentId"]) + "/" if m["parentId"] else "") + m["name"]
    return {id: shown(path(id)) for id in boxes}


def shown(name):
    """However the inbox is spelled."""
    return "INBOX" + name[5:] if name[:5].upper() == "INBOX" and name[5:6] in ("", "/") else name


def decoded(wire_name):
    return shown(wire_name.replace("Entw&APw-rfe", "Entwürfe"))


def expected(world):
    return {(body.split(b"\r\n")[0][9:].decode(), len(body)): ({decoded(n) for n in names}, words)
            for body, (names, words) in world.expected().items()}


def sync(client, account):
    task = client.call("Account/sync", accountIds=[account])["taskId"]
    return client.call("Task/get", ids=[task], waitMs=30000)["list"][0]


def change_here(client, account, r):
    ids = client.call("Email/query", accountId=account, limit=50, position=r.randint(0, 20))["ids"]
    for id in r.sample(ids, min(len(ids), 3)):
        word = r.choice(["$flagged", "$seen", "$answered", "work", "new-word"])
        client.call("Email/set", accountId=account, update={id: {f"keywords/{word}": r.choice([True, None])}})


@pytest.mark.parametrize("seed", range(FIRST, FIRST + WORLDS))
def test_both_sides_agree_in_the_end(daemon, client, seed):
    world, r = World(seed), random.Random(seed)
    with Server(world) as server:
        created = client.call("Account/set", create={"a": {"address": "world@example.org", "source": server.url, "password": "p", "isEnabled": True}})
        assert created["created"], created
        account = created["created"]["a"]["id"]
        for _ in range(r.randint(2, 8)):
            for _ in range(r.randint(0, 15)):
                world.step()
            if r.random() < 0.7:
                change_here(client, account, r)
            if r.random() < 0.8:
                sync(client, account)
            else:
                time.sleep(r.random() * 0.5)
        world.calm = True
        for _ in range(3):
            task = sync(client, account)
        assert server.errors == []
        assert task["result"]["accounts"][0]["ok"], (task, world.caps)
        want, have = expected(world), everything(client, account)
        different = {k: (want.get(k), have.get(k)) for k in want.keys() | have.keys() if want.get(k) != have.get(k)}
        assert different == {}, world.caps
        task = client.call("Account/verify", accountId=account, bytes=True)["taskId"]
        verified = client.call("Task/get", ids=[task], waitMs=30000)["list"][0]
        assert verified["state"] == "done" and verified["result"]["found"] == 0, json.dumps([verified, world.caps])


def test_an_account_that_is_changed_during_a_sync_counts_on(client):
    world = World(FIRST)
    world.calm = True
    world.deliver()
    with Server(world) as server:
        created = client.call("Account/set", create={"a": {"address": "world@example.org", "source": server.url, "password": "p", "isEnabled": True}})
        account = created["created"]["a"]["id"]
        assert sync(client, account)["result"]["accounts"][0]["ok"]
        assert client.call("Email/query", accountId=account, limit=1)["ids"]
        with world.lock:  # nothing is listed meanwhile
            task = client.call("Account/sync", accountIds=[account])["taskId"]
            assert client.call("Account/set", update={account: {"name": "Other"}})["updated"]
        outcome = client.call("Task/get", ids=[task], waitMs=30000)["list"][0]["result"]["accounts"][0]
        assert (outcome["ok"], outcome["newMessages"]) == (True, 0)
