"""Messages and mailboxes for the tests."""
import base64

LOCAL = "a1"


def message(subject="hello", body="Hello there.\r\n", sender="Jane Doe <jane@example.org>", to="john@example.net", date="Thu, 30 Oct 2014 14:12:00 +0800",
            id=None, extra=""):
    head = f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: {date}\r\n"
    if id:
        head += f"Message-ID: <{id}>\r\n"
    return (head + extra + "\r\n" + body).encode()


def upload(client, *raw):
    """Blob ids of these bytes."""
    create = {f"b{i}": {"data": [{"data:asBase64": base64.b64encode(r).decode()}], "type": "message/rfc822"} for i, r in enumerate(raw)}
    created = client.call("Blob/upload", accountId=LOCAL, create=create)["created"]
    return [created[f"b{i}"]["id"] for i in range(len(raw))]


def mailbox(client, role, account=LOCAL):
    return client.call("Mailbox/query", accountId=account, filter={"role": role})["ids"][0]


def import_all(client, raws, role="inbox", **more):
    """Email ids of these messages, imported into the local account in one call."""
    box = mailbox(client, role)
    blobs = upload(client, *raws)
    emails = {f"e{i}": {"blobId": b, "mailboxIds": {box: True}, **more} for i, b in enumerate(blobs)}
    result = client.call("Email/import", accountId=LOCAL, emails=emails)
    assert result["notCreated"] is None, result
    return [result["created"][f"e{i}"]["id"] for i in range(len(raws))]


def get(client, ids, *properties, **more):
    """Emails in the order of the ids."""
    single = isinstance(ids, str)
    result = client.call("Email/get", accountId=LOCAL, ids=[ids] if single else ids, properties=list(properties) or None, **more)
    by_id = {e["id"]: e for e in result["list"]}
    return by_id[ids] if single else [by_id[i] for i in ids]
