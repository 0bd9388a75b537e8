"""Store/rebuild: what follows from the bytes is made again while everything goes on."""
from mail import LOCAL, import_all, mailbox, message


def test_a_rebuild_changes_nothing_that_was_right(client):
    ids = import_all(client, [message(f"letter {i}", body=f"harbour lights {i}\r\n", id=f"{i}@x") for i in range(30)])
    box, trash = mailbox(client, "inbox"), mailbox(client, "trash")
    client.call("Email/set", accountId=LOCAL, update={ids[0]: {"mailboxIds": {trash: True}}, ids[1]: {"keywords/$flagged": True}}, destroy=ids[2:5])
    before = [client.call(m, **p) for m, p in views(box)]
    state = client.call("Email/get", accountId=LOCAL, ids=[])["state"]

    first, second = (client.call("Store/rebuild")["taskId"] for _ in range(2))
    [task] = client.call("Task/get", ids=[first], waitMs=30000)["list"]

    assert first == second  # joined
    assert task["state"] == "done" and task["done"] == task["total"] == 27 and task["unit"] == "messages", task
    assert task["result"] == {"emails": 27, "corrected": 0, "tied": 0, "damaged": 0, "countersCorrected": False}
    assert [client.call(m, **p) for m, p in views(box)] == before
    assert client.call("Email/changes", accountId=LOCAL, sinceState=state)["newState"] == state
    assert client.call("Store/rebuild")["taskId"] != first


def views(box):
    every = {"accountId": LOCAL, "calculateTotal": True}
    return [
        ("Email/query", {**every, "filter": {"text": "harbour"}}),
        ("Email/query", {**every, "filter": {"text": "harb*"}}),
        ("Email/query", {**every, "filter": {"text": '"harbour lights"', "inMailbox": box}, "sort": [{"property": "subject"}]}),
        ("Email/query", {**every, "filter": {"operator": "NOT", "conditions": [{"subject": "letter"}]}}),
        ("Mailbox/get", {"accountId": LOCAL}),
    ]


def test_mail_of_today_is_found_during_and_after_a_rebuild(client):
    import_all(client, [message(f"old {i}", body="harbour\r\n", id=f"o{i}@x") for i in range(200)])
    task = client.call("Store/rebuild")["taskId"]
    import_all(client, [message("new", body="harbour\r\n", id="n@x", date="Thu, 30 Oct 2008 14:12:00 +0800")], receivedAt="2008-10-30T06:12:00Z")
    assert client.call("Email/query", accountId=LOCAL, filter={"text": "harbour"}, calculateTotal=True)["total"] == 201
    assert client.call("Task/get", ids=[task], waitMs=30000)["list"][0]["state"] == "done"
    assert client.call("Email/query", accountId=LOCAL, filter={"text": "harbour"}, calculateTotal=True)["total"] == 201
