"""Email/snooze: out of sight until a moment, and back, unread and on top, by the core alone."""
import datetime
import sqlite3

import pytest

from client import RpcError
from mail import LOCAL, import_all, mailbox, message

ON_TOP = [{"property": "hasKeyword", "keyword": "$new", "isAscending": False}, {"property": "receivedAt", "isAscending": False}]


def moment(seconds):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def email(client, id, *properties):
    return client.call("Email/get", accountId=LOCAL, ids=[id], properties=["mailboxIds", "keywords", "snoozed", *properties])["list"][0]


def snooze(client, *ids, until, **more):
    r = client.call("Email/snooze", accountId=LOCAL, ids=list(ids), until=until, **more)
    assert r["notUpdated"] is None, r
    return r


def seen(client, id):
    client.call("Email/set", accountId=LOCAL, update={id: {"keywords/$seen": True}})


def wait_until_awake(client, id):
    """As a front end hears of it: by push."""
    client.call("Push/subscribe", types=["Email"])
    while (e := email(client, id))["snoozed"]:
        client.notification("StateChange", timeout=20)
    return e


def test_it_leaves_the_inbox_and_comes_back_unread_on_top(client):
    [old] = import_all(client, [message(id="old@x")])
    seen(client, old)
    import_all(client, [message(id="new@x", date="Fri, 31 Oct 2025 14:12:00 +0800")])
    inbox = mailbox(client, "inbox")
    assert client.call("Email/query", filter={"inMailbox": inbox}, sort=ON_TOP)["ids"][-1] == old
    until = moment(1)

    r = snooze(client, old, until=until)

    assert r["updated"] == {old: None} and r["oldState"] != r["newState"]
    box = mailbox(client, "snoozed")
    e = email(client, old)
    assert e["mailboxIds"] == {box: True} and e["keywords"] == {"$seen": True} and e["snoozed"] == {"until": until, "moveToMailboxId": None}
    assert client.call("Email/query", filter={"inMailbox": box})["ids"] == [old]
    assert old not in client.call("Email/query", filter={"inMailbox": inbox})["ids"]
    e = wait_until_awake(client, old)
    assert moment(0) >= until
    assert e["mailboxIds"] == {inbox: True} and e["keywords"] == {"$new": True}
    assert client.call("Email/query", filter={"inMailbox": inbox}, sort=ON_TOP)["ids"][0] == old
    assert [(s["type"], s["actor"]["name"]) for s in client.call("Email/history", ids=[old])["list"][0]["events"]][-1] == ("placed", "snooze")
    assert client.call("Email/set", accountId=LOCAL, update={old: {"keywords/$flagged": True}})["updated"] == {old: None}
    read = client.call("Email/set", accountId=LOCAL, update={old: {"keywords/$seen": True}})
    assert read["updated"] == {old: {"keywords": {"$seen": True, "$flagged": True}}} and email(client, old)["keywords"] == {"$seen": True, "$flagged": True}


def test_it_is_cancelled(client):
    [id] = import_all(client, [message(id="a@x")])
    archive = mailbox(client, "archive")
    client.call("Email/set", accountId=LOCAL, update={id: {"mailboxIds": {archive: True}, "keywords/$seen": True}})
    snooze(client, id, until=moment(3600))
    assert archive not in email(client, id)["mailboxIds"]
    snooze(client, id, until=None)
    e = email(client, id)
    assert e["mailboxIds"] == {archive: True} and e["keywords"] == {"$seen": True} and e["snoozed"] is None
    snooze(client, id, until=None)  # again does nothing


def test_what_else_it_is_in_stays(client):
    [id] = import_all(client, [message(id="a@x")])
    label = client.call("Mailbox/set", accountId=LOCAL, create={"k": {"name": "Label"}})["created"]["k"]["id"]
    client.call("Email/set", accountId=LOCAL, update={id: {f"mailboxIds/{label}": True}})
    snooze(client, id, until=moment(3600), moveToMailboxId=label)
    assert email(client, id)["mailboxIds"] == {label: True, mailbox(client, "snoozed"): True} and email(client, id)["snoozed"]["moveToMailboxId"] == label


def test_the_time_may_be_another(client):
    [id] = import_all(client, [message(id="a@x")])
    snooze(client, id, until=moment(3600))
    state = client.call("Email/get", accountId=LOCAL, ids=[])["state"]
    later = moment(7200)
    snooze(client, id, until=later)
    assert email(client, id)["snoozed"]["until"] == later
    assert client.call("Email/changes", accountId=LOCAL, sinceState=state)["updated"] == [id]
    snooze(client, id, until=None)
    assert email(client, id)["mailboxIds"] == {mailbox(client, "inbox"): True}


def test_who_moves_it_ends_it(client):
    ids = import_all(client, [message(id=f"{k}@x") for k in "ab"])
    snooze(client, *ids, until=moment(3600))
    client.call("Email/set", accountId=LOCAL, update={ids[0]: {"mailboxIds": {mailbox(client, "archive"): True}}}, destroy=[ids[1]])
    assert email(client, ids[0])["snoozed"] is None


def test_it_is_taken_back(client):
    [id] = import_all(client, [message(id="a@x")])
    snooze(client, id, until=moment(3600))
    assert client.call("Undo/apply")["undone"] == [id]
    e = email(client, id)
    assert e["snoozed"] is None and e["mailboxIds"] == {mailbox(client, "inbox"): True}


def test_nothing_is_put_back_to_sleep_without_a_moment(client):
    """What took it out of that mailbox is taken back: it is in the inbox then, not out of sight for good."""
    inbox, archive = mailbox(client, "inbox"), mailbox(client, "archive")
    cancelled, moved, destroyed = ids = import_all(client, [message(id=f"{k}@x") for k in "abc"])
    snooze(client, *ids, until=moment(3600))
    snooze(client, cancelled, until=None)
    client.call("Undo/apply")
    assert email(client, cancelled)["mailboxIds"] == {inbox: True}
    client.call("Email/set", accountId=LOCAL, update={moved: {"mailboxIds": {archive: True}}})
    client.call("Undo/apply")
    assert email(client, moved)["mailboxIds"] == {inbox: True}
    client.call("Email/set", accountId=LOCAL, destroy=[destroyed])
    restored = client.call("Undo/apply")["restored"][destroyed]
    assert email(client, restored)["mailboxIds"] == {inbox: True}


def test_a_mailbox_of_that_name_is_taken(client):
    box = client.call("Mailbox/set", accountId=LOCAL, create={"k": {"name": "Snoozed"}})["created"]["k"]["id"]
    [id] = import_all(client, [message(id="a@x")])
    snooze(client, id, until=moment(3600))
    assert email(client, id)["mailboxIds"] == {box: True} and mailbox(client, "snoozed") == box


def test_one_that_is_deeper_is_left_alone(client):
    create = {"k": {"name": "Snoozed", "parentId": mailbox(client, "archive")}}
    deeper = client.call("Mailbox/set", accountId=LOCAL, create=create)["created"]["k"]["id"]
    [id] = import_all(client, [message(id="a@x")])
    snooze(client, id, until=moment(3600))
    assert mailbox(client, "snoozed") != deeper and email(client, id)["mailboxIds"] == {mailbox(client, "snoozed"): True}


def test_another_role_leaves_completion_as_it_is(client):
    """Which mailbox has the role snoozed says nothing of whom mail is from: nothing is counted anew."""
    client.call("Mailbox/set", accountId=LOCAL, create={"k": {"name": "Snoozed"}})
    [id] = import_all(client, [message(id="a@x")])
    before = [s["email"] for s in client.call("Address/suggest")["list"]]
    snooze(client, id, until=moment(3600))
    assert before and [s["email"] for s in client.call("Address/suggest")["list"]] == before


def test_what_came_due_meanwhile_wakes_at_the_start(daemon, client):
    [id] = import_all(client, [message(id="a@x")])
    seen(client, id)
    snooze(client, id, until=moment(3600))
    daemon.kill()
    with sqlite3.connect(daemon.profile / "facteur.db") as db:
        db.execute("UPDATE snooze SET until = until - 3700")
    db.close()
    daemon.start()
    with daemon.client() as c:
        e = wait_until_awake(c, id)
        assert e["keywords"] == {"$new": True} and e["mailboxIds"] == {mailbox(c, "inbox"): True}


@pytest.mark.parametrize("params,name", [({"until": "tomorrow"}, "until"), ({"until": "2001-01-01T00:00:00Z"}, "until"), ({"until": "2999-01-01T00:00:00Z"}, "until"),
                                         ({"until": "2090-01-01T00:00:00Z", "moveToMailboxId": "nonsense"}, "moveToMailboxId")])
def test_arguments_are_checked(client, params, name):
    with pytest.raises(RpcError) as e:
        client.call("Email/snooze", accountId=LOCAL, ids=[], **params)
    assert e.value.type == "invalidArguments" and e.value.data["properties"] == [name]


def test_what_cannot_be(client):
    [id] = import_all(client, [message(id="a@x")])
    r = client.call("Email/snooze", accountId=LOCAL, ids=["e99", "nonsense", id], until=moment(60), moveToMailboxId="mvvv")
    assert {k: v["type"] for k, v in r["notUpdated"].items()} == {"e99": "notFound", "nonsense": "notFound", id: "invalidProperties"} and r["updated"] is None
    with pytest.raises(RpcError) as e:
        client.call("Email/snooze", accountId=LOCAL, ids=["e1"] * 1001, until=None)
    assert e.value.type == "requestTooLarge"
