"""Undo: what a client did is taken back, by it or another."""
import pytest

from client import Daemon, RpcError, ref
from mail import LOCAL, get, import_all, mailbox, message


@pytest.fixture
def emails(client):
    return import_all(client, [message(subject=f"letter {i}", id=f"{i}@undo.example", body=f"body {i}\r\n") for i in range(4)])


def box_of(client, email):
    return list(get(client, email, "mailboxIds")["mailboxIds"])


def move(client, ids, box, **more):
    result = client.call("Email/set", accountId=LOCAL, update={i: {"mailboxIds": {box: True}} for i in ids}, **more)
    assert result["notUpdated"] is None


def newest(client):
    return client.call("Undo/get")["list"][0]


def test_another_client_takes_a_move_back_and_it_is_done_again(daemon, client, emails):
    inbox, archive = mailbox(client, "inbox"), mailbox(client, "archive")
    assert client.call("Undo/get")["list"] == []
    move(client, emails[:3], archive)
    action = newest(client)
    assert action["accountIds"] == [LOCAL] and action["kind"] == "move" and action["emailCount"] == 3
    assert action["description"] == "3 messages moved to Archive" and not action["isUndone"] and not action["isUndo"]
    assert action["client"] is None or isinstance(action["client"], str)
    with daemon.client() as other:
        done = other.call("Undo/apply")
    assert done["id"] == action["id"] and sorted(done["undone"]) == sorted(emails[:3])
    assert done["restored"] is None and done["notUndone"] is None
    assert all(box_of(client, e) == [inbox] for e in emails)
    undo = newest(client)
    assert undo["id"] == done["undoId"] and undo["isUndo"] and undo["reverts"] == action["id"]
    assert undo["description"] == "taken back: 3 messages moved to Archive"
    old = client.call("Undo/get", ids=[action["id"]])["list"][0]
    assert old["isUndone"] and old["undoneBy"] == undo["id"]
    assert client.call("Undo/apply", id=undo["id"])["undone"]
    assert box_of(client, emails[0]) == [archive]
    assert newest(client)["description"] == "done again: 3 messages moved to Archive"
    assert client.call("Undo/query", filter={"isUndo": False, "isUndone": False})["ids"] == [newest(client)["id"]]


def test_one_finds_what_one_did_oneself(daemon, client, emails):
    archive = mailbox(client, "archive")
    made = client.call("Token/set", create={n: {"name": f"undo {n}", "scopes": ["read", "triage"]} for n in "ab"})["created"]
    with daemon.client() as a, daemon.client() as b:
        for one, name in ((a, "a"), (b, "b")):
            one.call("Session/authenticate", token=made[name]["secret"])
        move(a, emails[:1], archive)
        first = newest(client)["id"]
        move(b, emails[1:2], archive)
        second = newest(client)["id"]
        assert a.call("Undo/query", filter={"isOwn": True})["ids"] == [first]
        assert b.call("Undo/query", filter={"isOwn": True, "isUndone": False})["ids"] == [second]
        assert second in a.call("Undo/query", filter={"isOwn": False})["ids"] and first not in a.call("Undo/query", filter={"isOwn": False})["ids"]
        b.call("Undo/apply", id=second)
        assert b.call("Undo/query", filter={"isOwn": True, "isUndo": False, "isUndone": False})["ids"] == []


def test_calls_of_a_group_are_one_action(client, emails):
    archive, trash = mailbox(client, "archive"), mailbox(client, "trash")
    for e in emails:
        move(client, [e], archive, undoGroup="a group")
    move(client, emails[:1], trash)
    assert [a["emailCount"] for a in client.call("Undo/get")["list"]] == [1, 4]
    client.call("Undo/apply")
    assert len(client.call("Undo/apply")["undone"]) == 4
    assert {box_of(client, e)[0] for e in emails} == {mailbox(client, "inbox")}


def test_a_batch_is_one_action(client, emails):
    archive = mailbox(client, "archive")
    client.batch(("Email/set", {"accountId": LOCAL, "update": {emails[0]: {"mailboxIds": {archive: True}}}}),
                 ("Email/get", {"accountId": LOCAL, "ids": [emails[0]]}),
                 ("Email/set", {"accountId": LOCAL, "update": {emails[1]: {"keywords/$seen": True}}, "destroy": [emails[2]]}),
                 ("Email/set", {"accountId": LOCAL, "update": {emails[3]: {"keywords/$seen": True}}, "undoGroup": "apart"}))
    actions = client.call("Undo/get", properties=["emailCount", "kind", "description"])["list"]
    assert [(a["emailCount"], a["kind"]) for a in actions] == [(1, "flag"), (3, "mixed")]
    assert actions[0]["description"] == "1 message marked as read"
    done = client.call("Undo/apply", id=actions[1]["id"])
    assert len(done["undone"]) == 3 and list(done["restored"]) == [emails[2]]
    assert get(client, emails[1], "keywords")["keywords"] == {} and get(client, emails[3], "keywords")["keywords"] == {"$seen": True}


def test_what_is_destroyed_comes_back_under_a_new_id(client, emails):
    archive = mailbox(client, "archive")
    client.call("Email/set", accountId=LOCAL, update={emails[0]: {"keywords": {"$flagged": True, "work": True}, f"mailboxIds/{archive}": True}})
    was = get(client, emails[0], "keywords", "mailboxIds", "blobId", "receivedAt", "threadId", "subject")
    client.call("Email/set", accountId=LOCAL, destroy=emails[:1])
    assert newest(client)["description"] == "1 message deleted for good"
    done = client.call("Undo/apply")
    new = done["restored"][emails[0]]
    assert new != emails[0] and done["undone"] == [new]
    now = get(client, new, "keywords", "mailboxIds", "blobId", "receivedAt", "subject")
    assert now == {**{k: was[k] for k in now}, "id": new}
    assert client.call("Email/query", accountId=LOCAL, filter={"text": "body 0"})["ids"] == [new]
    client.call("Undo/apply", id=done["undoId"])
    assert client.call("Email/get", accountId=LOCAL, ids=[new])["notFound"] == [new]


def test_what_was_changed_since_stays_and_is_told(client, emails):
    archive, trash = mailbox(client, "archive"), mailbox(client, "trash")
    client.call("Email/set", accountId=LOCAL, update={e: {"mailboxIds": {archive: True}, "keywords/work": True} for e in emails})
    action = newest(client)["id"]
    move(client, emails[:1], trash)
    client.call("Email/set", accountId=LOCAL, update={emails[1]: {"keywords/work": None, "keywords/$seen": True}}, destroy=emails[2:3])
    done = client.call("Undo/apply", id=action)
    assert sorted(done["undone"]) == sorted([emails[0], emails[1], emails[3]])
    problems = done["notUndone"]
    assert done["notUndoneCount"] == 3
    assert {e: (p["type"], p.get("properties")) for e, p in problems.items()} == {
        emails[0]: ("changedSince", ["mailboxIds"]), emails[1]: ("changedSince", ["keywords/work"]), emails[2]: ("notFound", None)}
    assert box_of(client, emails[0]) == [trash] and get(client, emails[1], "keywords")["keywords"] == {"$seen": True}
    assert box_of(client, emails[1]) == [mailbox(client, "inbox")]


def test_a_mailbox_that_is_gone_is_told(client, emails):
    box = client.call("Mailbox/set", accountId=LOCAL, create={"b": {"name": "Short-lived"}})["created"]["b"]["id"]
    move(client, emails[:1], box)
    move(client, emails[:1], mailbox(client, "archive"))
    client.call("Mailbox/set", accountId=LOCAL, destroy=[box])
    done = client.call("Undo/apply")
    assert done["undone"] == [] and done["undoId"] is None
    assert done["notUndone"][emails[0]]["type"] == "mailboxNotFound"


def test_what_is_not_undoable_is_no_action(client, emails):
    client.call("Email/set", accountId=LOCAL, update={emails[0]: {"keywords/$seen": True}}, undoable=False)
    client.call("Email/set", accountId=LOCAL, update={emails[0]: {"keywords/$seen": True}})
    client.call("Email/set", accountId=LOCAL, update={"e1": {"keywords/$seen": True}, emails[1]: {"keywords/(": True}})
    assert client.call("Undo/query", calculateTotal=True)["total"] == 0


def test_only_what_was_carried_out_is_taken_back(client, emails):
    result = client.call("Email/set", accountId=LOCAL, update={emails[0]: {"keywords/$seen": True}, emails[1]: {"mailboxIds": {"m999": True}}})
    assert list(result["notUpdated"]) == [emails[1]]
    assert client.call("Undo/apply")["undone"] == emails[:1]


def test_a_large_action_is_taken_back_in_pieces(client):
    ids = []
    for start in range(0, 600, 200):
        ids += import_all(client, [message(subject=f"n{i}", id=f"n{i}@undo.example", body=f"{i}\r\n") for i in range(start, start + 200)])
    trash = mailbox(client, "trash")
    move(client, ids[:300], trash, undoGroup="many")
    client.call("Email/set", accountId=LOCAL, destroy=ids[300:], undoGroup="many")
    done = client.call("Undo/apply")
    assert len(done["undone"]) == 600 and set(done["restored"]) == set(ids[300:]) and done["notUndone"] is None
    inbox = client.call("Mailbox/get", accountId=LOCAL, ids=[mailbox(client, "inbox")])["list"][0]
    assert inbox["totalEmails"] == 600


def test_an_undo_is_carried_out_once(client, emails):
    archive, trash = mailbox(client, "archive"), mailbox(client, "trash")
    move(client, emails[:1], archive)
    move(client, emails[1:2], trash)
    first = client.call("Undo/apply", idempotencyKey="undo once")
    assert client.call("Undo/apply", idempotencyKey="undo once") == first
    assert box_of(client, emails[0]) == [archive]


def test_actions_outlive_a_kill(tmp_path):
    with Daemon(tmp_path / "profile") as d:
        with d.client() as c:
            ids = import_all(c, [message(id="k@undo.example")])
            c.call("Email/set", accountId=LOCAL, destroy=ids)
        d.kill()
        d.start()
        with d.client() as c:
            assert list(c.call("Undo/apply")["restored"]) == ids


def test_a_kill_in_the_middle_leaves_the_rest_to_the_next_call(tmp_path):
    with Daemon(tmp_path / "profile") as d:
        with d.client() as c:
            ids = []
            for start in range(0, 1000, 250):
                ids += import_all(c, [message(subject=f"n{i}", id=f"n{i}@undo.example", body=f"{i}\r\n") for i in range(start, start + 250)])
            box = mailbox(c, "inbox")
            for start in range(0, 1000, 250):
                c.call("Email/set", accountId=LOCAL, destroy=ids[start:start + 250], undoGroup="all")

            def total(client):
                return client.call("Mailbox/get", accountId=LOCAL, ids=[box])["list"][0]["totalEmails"]

            with d.client() as other:
                assert total(other) == 0
                c.send(c.request("Undo/apply", {}))
                while total(other) == 0:
                    pass
        d.kill()
        d.start()
        with d.client() as c:
            before = total(c)
            assert before >= 100
            if before < 1000:
                assert len(c.call("Undo/apply")["undone"]) == 1000 - before
            assert total(c) == 1000
            actions = c.call("Undo/get")["list"]
            assert [(a["description"], a["emailCount"], a["isUndone"]) for a in actions] == [
                ("taken back: 1000 messages deleted for good", 1000, False), ("1000 messages deleted for good", 1000, True)]
            assert c.call("Email/query", accountId=LOCAL, filter={"subject": "n999"}, calculateTotal=True)["total"] == 1


def test_changes_and_push_tell_of_actions(daemon, client, emails):
    state = client.call("Undo/get")["state"]
    with daemon.client() as other:
        assert LOCAL in other.call("Push/subscribe", types=["Undo"])["changed"]
        client.call("Email/set", accountId=LOCAL, update={emails[0]: {"keywords/$seen": True}})
        changed = other.notification("StateChange")["changed"]
        assert list(changed[LOCAL]) == ["Undo"]
    changes = client.call("Undo/changes", sinceState=state)
    assert len(changes["created"]) == 1 and changes["updated"] == [] and changes["newState"] == changed[LOCAL]["Undo"]
    done = client.call("Undo/apply")
    changes = client.call("Undo/changes", accountId=LOCAL, sinceState=changes["newState"])
    assert changes["created"] == [done["undoId"]] and changes["updated"] == [done["id"]]


def test_queries_and_what_they_refuse(client, emails):
    for e in emails:
        client.call("Email/set", accountId=LOCAL, update={e: {"keywords/$flagged": True}})
    ids = client.call("Undo/query", calculateTotal=True)["ids"]
    assert len(ids) == 4 and [a["id"] for a in client.call("Undo/get")["list"]] == ids
    assert client.call("Undo/query", accountId=LOCAL, anchor=ids[1], limit=2)["ids"] == ids[1:3]
    assert client.batch(("Undo/query", {"limit": 1}), ("Undo/get", {"#ids": ref(0, "Undo/query", "/ids")}))[1]["list"][0]["id"] == ids[0]
    assert client.call("Undo/get", ids=["z0", "nonsense"])["notFound"] == ["z0", "nonsense"]
    for method, params, error in [
            ("Undo/get", {"accountId": "a99"}, "accountNotFound"), ("Undo/get", {"properties": ["nonsense"]}, "invalidArguments"),
            ("Undo/get", {"ids": [f"z{i}" for i in range(1001)]}, "requestTooLarge"),
            ("Undo/query", {"accountId": "a99"}, "accountNotFound"), ("Undo/query", {"anchor": "z999"}, "anchorNotFound"),
            ("Undo/changes", {"accountId": "a99", "sinceState": "s0"}, "accountNotFound"),
            ("Undo/changes", {"sinceState": "nonsense"}, "cannotCalculateChanges"),
            ("Undo/apply", {"accountId": "a99"}, "accountNotFound"), ("Undo/apply", {"id": "z999"}, "notFound"),
            ("Undo/apply", {"id": "e1"}, "notFound")]:
        with pytest.raises(RpcError) as e:
            client.call(method, **params)
        assert e.value.type == error, method
    done = client.call("Undo/apply", id=ids[2])
    with pytest.raises(RpcError) as e:
        client.call("Undo/apply", id=ids[2])
    assert e.value.type == "alreadyUndone" and e.value.data["undoneBy"] == done["undoId"]
    for _ in range(3):
        client.call("Undo/apply", accountId=LOCAL)
    with pytest.raises(RpcError) as e:
        client.call("Undo/apply")
    assert e.value.type == "notFound"
