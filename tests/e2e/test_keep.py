"""How much is kept here: headers only, the last days, up to a size; a body that is not here comes when it is asked for."""
import json
import os
import time

from e2e import fill, message_ids, wait_until

N = int(os.environ.get("FACTEUR_E2E_KEEP", "120"))


def emails(facteur, *properties):
    ids = facteur.rpc("Email/query", accountId="*", limit=5000)["ids"]
    out = []
    for at in range(0, len(ids), 500):
        out += facteur.rpc("Email/get", accountId="*", ids=ids[at:at + 500], properties=["id", "isPartial", *properties])["list"]
    return out


def n_partial(facteur):
    return sum(e["isPartial"] for e in emails(facteur))


def deliver(dovecot, name, body, subject="Hello", mailbox="INBOX", date="Mon, 1 Jan 2024 10:00:00 +0000"):
    dovecot.deliver("alice", f"From: Jane <jane@example.org>\r\nTo: alice@example.org\r\nSubject: {subject}\r\nDate: {date}\r\n"
                    f"Message-ID: <{name}@example.org>\r\nContent-Type: text/plain\r\n\r\n{body}\r\n".encode(), mailbox)


def by_name(facteur, name):
    return next(e for e in emails(facteur, "messageId", "threadId", "blobId", "size", "preview") if e["messageId"] == [f"{name}@example.org"])


def add(facteur, dovecot, keep):
    facteur.add_account(dovecot, "alice", "--set", f"keep={json.dumps(keep)}")
    facteur.run("sync")


def test_headers_only_then_shown_then_found(facteur, dovecot):
    deliver(dovecot, "one", "The zebra crosses the road. " * 50)
    deliver(dovecot, "two", "A giraffe looks on. " * 50)
    add(facteur, dovecot, {"bodies": "none"})
    one = by_name(facteur, "one")
    assert n_partial(facteur) == 2 and one["preview"] == "" and one["size"] > 1000
    assert facteur.count("zebra") == 0 and facteur.count("subject:hello") == 2

    assert "zebra crosses" in facteur.out("show", one["id"])

    now = by_name(facteur, "one")
    assert not now["isPartial"] and "zebra" in now["preview"] and now["blobId"] != one["blobId"]
    assert [now[k] for k in ("id", "threadId", "size")] == [one[k] for k in ("id", "threadId", "size")]
    assert facteur.count("zebra") == 1 and facteur.count("giraffe") == 0 and n_partial(facteur) == 1
    assert "giraffe" in facteur.out("show", "--raw", by_name(facteur, "two")["id"])
    # what a front end has kept of the id of the bytes goes on standing for them
    assert "zebra" in facteur.rpc("Blob/get", ids=[one["blobId"]], properties=["data:asText"])["list"][0]["data:asText"]


def test_offline_only_the_body_fails(facteur, dovecot):
    deliver(dovecot, "one", "zebra")
    add(facteur, dovecot, {"bodies": "none"})
    one = by_name(facteur, "one")
    dovecot.pause()

    wait_until(lambda: [a for a in facteur.rpc("Account/get")["list"] if not a["isLocal"]][0]["syncState"]["phase"] == "waiting")
    failed = facteur.run("show", one["id"], status=1)
    assert "server" in failed.stderr
    assert "Hello" in facteur.out("show", "--headers", one["id"]) and "Hello" in facteur.out("list")
    facteur.run("flag", one["id"], "+flagged")
    dovecot.start()
    wait_until(lambda: facteur.run("show", one["id"], status=None).returncode == 0)
    assert "zebra" in facteur.out("show", one["id"])


def test_policy_both_ways(facteur, dovecot):
    fill(dovecot, "alice", N)
    add(facteur, dovecot, {"bodies": "all"})
    ids = message_ids(facteur)
    flagged = sorted(ids.values())[0]
    facteur.run("flag", flagged, "+flagged")
    facteur.run("sync")
    account = [a["id"] for a in facteur.rpc("Account/get")["list"] if not a["isLocal"]][0]
    assert n_partial(facteur) == 0

    facteur.run("account", "set", account, "--set", "keep=" + json.dumps({"bodies": "none"}))
    wait_until(lambda: n_partial(facteur) == N - 1)
    assert [e["id"] for e in emails(facteur) if not e["isPartial"]] == [flagged]
    assert message_ids(facteur) == ids

    facteur.run("account", "set", account, "--set", "keep=" + json.dumps({"bodies": "all"}))
    wait_until(lambda: n_partial(facteur) == 0)
    assert message_ids(facteur) == ids
    facteur.run("sync")
    assert message_ids(facteur) == ids


def test_a_size_limit_and_a_number_of_days(facteur, dovecot):
    deliver(dovecot, "small", "tiny")
    deliver(dovecot, "large", "x" * 70 + "\r\n" + ("y" * 70 + "\r\n") * 1000)
    add(facteur, dovecot, {"bodies": {"days": 7}, "maxBytes": 20000})
    assert not by_name(facteur, "small")["isPartial"] and by_name(facteur, "large")["isPartial"]
    deliver(dovecot, "later", ("y" * 70 + "\r\n") * 1000)
    facteur.run("sync")
    wait_until(lambda: facteur.count() == 3)
    assert by_name(facteur, "later")["isPartial"]


def test_a_mailbox_differs_from_its_account(facteur, dovecot):
    deliver(dovecot, "one", "zebra")
    deliver(dovecot, "two", "giraffe", mailbox="Lists")
    add(facteur, dovecot, {"bodies": "all"})
    account = [a["id"] for a in facteur.rpc("Account/get")["list"] if not a["isLocal"]][0]
    lists = next(m["id"] for m in facteur.rpc("Mailbox/get", accountId=account)["list"] if m["name"] == "Lists")
    keep = {"bodies": "none", "maxBytes": None}

    def set_keep(value):
        answer = facteur.rpc("Mailbox/set", accountId=account, update={lists: {"keep": value}})
        return answer["notUpdated"]

    assert not set_keep(keep)
    assert facteur.rpc("Mailbox/get", accountId=account, ids=[lists], properties=["keep"])["list"][0]["keep"] == keep
    wait_until(lambda: by_name(facteur, "two")["isPartial"])
    assert not by_name(facteur, "one")["isPartial"]
    assert set_keep({"bodies": "some"})[lists]["type"] == "invalidProperties"
    local = [a["id"] for a in facteur.rpc("Account/get")["list"] if a["isLocal"]][0]
    box = facteur.rpc("Mailbox/get", accountId=local)["list"][0]["id"]
    refused = facteur.rpc("Mailbox/set", accountId=local, update={box: {"keep": keep}})["notUpdated"]
    assert refused[box]["properties"] == ["keep"]
    assert not set_keep(None)
    wait_until(lambda: not by_name(facteur, "two")["isPartial"])


def test_the_command_line_says_it_in_words(facteur, dovecot):
    add(facteur, dovecot, {"bodies": "all"})
    account = [a["id"] for a in facteur.rpc("Account/get")["list"] if not a["isLocal"]][0]
    for words, keep in (("none", {"bodies": "none", "maxBytes": None}), ("30d,500k", {"bodies": {"days": 30}, "maxBytes": 512000}),
                        ("all,1M", {"bodies": "all", "maxBytes": 1 << 20})):
        facteur.run("account", "set", account, "--set", f"keep={words}")
        assert [a["settings"]["keep"] for a in facteur.rpc("Account/get")["list"] if a["id"] == account] == [keep]
    for words in ("some", "30", "0d", "all,0", "all,1Z", "-3d"):
        assert "keep" in facteur.run("account", "set", account, "--set", f"keep={words}", status=1).stderr


def test_killed_while_bodies_come_down(facteur, dovecot):
    fill(dovecot, "alice", 4 * N)
    add(facteur, dovecot, {"bodies": "none"})
    ids = message_ids(facteur)
    account = [a["id"] for a in facteur.rpc("Account/get")["list"] if not a["isLocal"]][0]
    facteur.run("account", "set", account, "--set", "keep=null")
    for _ in range(4):
        time.sleep(0.15)
        facteur.kill()
        facteur.run("list", "-n", 1)
    wait_until(lambda: n_partial(facteur) == 0)
    facteur.run("sync")
    assert message_ids(facteur) == ids


def test_a_mailbox_keeps_its_own_share(facteur, dovecot):
    deliver(dovecot, "one", "zebra " * 50)
    deliver(dovecot, "two", "giraffe " * 50, mailbox="Work")
    add(facteur, dovecot, {"bodies": "all"})
    assert n_partial(facteur) == 0 and facteur.out("mailbox", "keep", "Work") == "Work: account\n"

    assert "set" in facteur.out("mailbox", "keep", "Work", "none")

    wait_until(lambda: n_partial(facteur) == 1)
    assert by_name(facteur, "one")["preview"] and facteur.out("mailbox", "keep", "Work") == "Work: none\n"
    assert facteur.json("mailbox", "keep", "Work")[0]["keep"] == {"bodies": "none", "maxBytes": None}
    for policy, said in (("30d,512k", "30d,512k"), ("all,2048", "all,2k"), ("all,1000", "all,1000"), ("36500d", "36500d")):
        facteur.run("mailbox", "keep", "Work", policy)
        assert facteur.out("mailbox", "keep", "Work") == f"Work: {said}\n"
    facteur.run("mailbox", "keep", "Work", "account")
    assert facteur.json("mailbox", "keep", "Work")[0]["keep"] is None
    wait_until(lambda: n_partial(facteur) == 0)

    for wrong in ((), ("Work", "some"), ("Work", "all,"), ("Work", "-3d"), ("Work", "1d,x"), ("Work", ""), ("Work", "all", "none")):
        facteur.run("mailbox", "keep", *wrong, status=2)
    for refused in (("Work", "0d"), ("Work", "99999999999999999999d"), ("Nowhere", "all"), ("On this computer:Archive", "none")):
        assert facteur.run("mailbox", "keep", *refused, status=1).stderr
