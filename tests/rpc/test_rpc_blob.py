"""Blob/upload, get, open."""
import base64
import hashlib
import os
import select

import pytest

from client import RpcError
from mail import LOCAL, get, import_all, mailbox, message, upload


def upload_one(client, data, **more):
    return client.call("Blob/upload", accountId=LOCAL, create={"k": {"data": data, **more}})


def test_an_upload_joins_its_sources(client):
    [first] = upload(client, b"0123456789")
    r = upload_one(client, [{"data:asText": "é"}, {"data:asBase64": base64.b64encode(b"\x00\xff").decode()}, {"blobId": first, "offset": 2, "length": 3}, {"blobId": first, "offset": 8}],
                   type="application/x-odd")
    k = r["created"]["k"]
    want = "é".encode() + b"\x00\xff" + b"234" + b"89"
    assert k["size"] == len(want) and k["type"] == "application/x-odd" and k["id"] == "b" + hashlib.sha256(want).hexdigest()
    [b] = client.call("Blob/get", accountId=LOCAL, ids=[k["id"]], properties=["data:asBase64", "size", "digest:sha-256", "digest:sha"])["list"]
    assert base64.b64decode(b["data:asBase64"]) == want and base64.b64decode(b["digest:sha-256"]).hex() == k["id"][1:]
    assert base64.b64decode(b["digest:sha"]) == hashlib.sha1(want).digest()


def test_creation_ids_of_blobs_hold_in_a_batch(client):
    up, got = client.batch(("Blob/upload", {"create": {"k": {"data": [{"data:asText": "hi"}]}}}), ("Blob/get", {"ids": ["#k"]}))
    assert got["list"][0]["data:asText"] == "hi" and got["list"][0]["size"] == 2


BAD_DATA = [None, "text", [{}], [{"data:asText": "a", "data:asBase64": "YQ=="}], [{"data:asText": 1}], [{"data:asBase64": "a"}], [{"data:asBase64": "YR=="}], [{"data:asBase64": "Y Q="}],
            [{"data:asText": ""}] * 65]


@pytest.mark.parametrize("data", BAD_DATA, ids=range(len(BAD_DATA)))
def test_a_bad_source_is_refused(client, data):
    r = upload_one(client, data)
    assert r["created"] is None and r["notCreated"]["k"]["type"] == "invalidProperties"


def test_ranges_that_reach_too_far_and_missing_blobs_are_refused(client):
    [blob] = upload(client, b"0123456789")
    for source, type in (({"blobId": blob, "offset": 11}, "invalidProperties"), ({"blobId": blob, "offset": 5, "length": 6}, "invalidProperties"),
                         ({"blobId": blob, "offset": -1}, "invalidProperties"), ({"blobId": "b" + "0" * 64}, "blobNotFound"), ({"blobId": "x"}, "blobNotFound")):
        assert upload_one(client, [source])["notCreated"]["k"]["type"] == type
    r = client.call("Blob/upload", create={"a": {"data": [{"blobId": "x"}]}, "b": {"data": [{"data:asText": "y"}]}})
    assert set(r["created"]) == {"b"} and set(r["notCreated"]) == {"a"}


def test_a_blob_beyond_the_limit_is_refused(client):
    [blob] = upload(client, os.urandom(1 << 20) * 7)
    assert upload_one(client, [{"blobId": blob}] * 10)["notCreated"]["k"]["type"] == "tooLarge"
    assert upload_one(client, [{"blobId": blob}] * 9)["created"]["k"]["size"] == 9 * (7 << 20)


def test_ranges_come_as_asked(client):
    [blob] = upload(client, "aé€".encode())
    g = lambda **p: client.call("Blob/get", ids=[blob], **p)["list"][0]  # noqa: E731
    assert g() == {"id": blob, "data:asText": "aé€", "size": 6}
    assert g(offset=1, length=2)["data:asText"] == "é"
    cut = g(offset=2, length=2)
    assert base64.b64decode(cut["data:asBase64"]) == "aé€".encode()[2:4] and cut["isEncodingProblem"] and "data:asText" not in cut
    assert g(offset=2, length=2, properties=["data:asText"])["data:asText"] is None
    assert g(offset=4, length=10)["isTruncated"] and g(offset=99) == {"id": blob, "data:asText": "", "size": 6, "isTruncated": True}
    assert "isTruncated" not in g(offset=6) and "isTruncated" not in g(offset=6, length=0) and g(offset=6, length=1)["isTruncated"]
    assert client.call("Blob/get", ids=["b" + "0" * 64, "nope"])["notFound"] == ["b" + "0" * 64, "nope"]
    with pytest.raises(RpcError) as e:
        client.call("Blob/get", ids=[blob], properties=["nope"])
    assert e.value.code == -32602


def test_too_many_bytes_at_once_are_refused(client):
    [blob] = upload(client, os.urandom(5 << 20))
    with pytest.raises(RpcError) as e:
        client.call("Blob/get", ids=[blob])
    assert e.value.type == "requestTooLarge"
    assert client.call("Blob/get", ids=[blob], properties=["size"])["list"][0]["size"] == 5 << 20
    assert len(base64.b64decode(client.call("Blob/get", ids=[blob], offset=1 << 20, length=3 << 20)["list"][0]["data:asBase64"])) == 3 << 20


def read_fd(fd):
    with os.fdopen(fd, "rb") as f:
        return f.read()


@pytest.mark.parametrize("size", [0, 5, 300000, 6 << 20])
def test_a_blob_is_handed_over_as_a_descriptor(client, size):
    data = os.urandom(size)
    [blob] = upload(client, data)
    r = client.call("Blob/open", blobId=blob)
    assert r["size"] == size and len(client.fds) == 1
    fd = client.fds.pop()
    with pytest.raises(OSError):
        os.write(fd, b"x")
    assert read_fd(fd) == data


def test_the_descriptors_of_a_batch_come_in_order(client):
    raw = message("s", "--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--b--\r\n", extra="Content-Type: multipart/mixed; boundary=b\r\n")
    [id] = import_all(client, [raw])
    e = get(client, id, "blobId", "attachments", "bodyStructure")
    part = e["bodyStructure"]["subParts"][0]["blobId"]
    one, missing, two = client.batch_answers(("Blob/open", {"blobId": e["blobId"]}), ("Blob/open", {"blobId": "b" + "0" * 64}), ("Blob/open", {"blobId": part}))
    assert missing["error"]["data"]["type"] == "blobNotFound"
    fds, client.fds = client.fds, []
    assert read_fd(fds[one["result"]["fdIndex"]]) == raw and read_fd(fds[two["result"]["fdIndex"]]) == b"\x00\x01\x02"


def test_a_batch_hands_over_sixteen_descriptors_at_most(client):
    [blob] = upload(client, b"x")
    answers = client.batch_answers(*[("Blob/open", {"blobId": blob})] * 20)
    assert len(client.fds) == 16 and [a["error"]["data"]["type"] for a in answers[16:]] == ["limit"] * 4


def test_a_part_that_is_not_there_is_not_found(client):
    [id] = import_all(client, [message()])
    blob = get(client, id, "blobId")["blobId"]
    for part in ("_9", "_1_2", "_", "_x", "_1.1"):
        with pytest.raises(RpcError) as e:
            client.call("Blob/open", blobId=blob + part)
        assert e.value.type == "blobNotFound"


def test_a_source_that_is_null_is_none(client):
    r = upload_one(client, [{"data:asText": None, "data:asBase64": "aGk=", "blobId": None}])
    assert r["created"]["k"]["size"] == 2 and r["created"]["k"]["type"] is None
    assert upload_one(client, [])["created"]["k"]["size"] == 0


def test_a_blob_leads_to_what_refers_to_it(client):
    html = b"From: jane@example.org\r\nTo: x@y\r\nSubject: parts\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" \
        b"--b\r\n\r\ntext\r\n--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment\r\n\r\nPNG\r\n--b--\r\n"
    one, two = import_all(client, [html, message("nothing of it")])
    e, other = get(client, [one, two], "blobId", "threadId", "mailboxIds", "attachments")
    [attached] = e["attachments"]
    r = client.call("Blob/lookup", accountId="*", typeNames=["Mailbox", "Thread", "Email"], ids=[e["blobId"], attached["blobId"], "not-a-blob", e["blobId"] + "_77"])
    assert [b["id"] for b in r["list"]] == [e["blobId"], attached["blobId"], "not-a-blob", e["blobId"] + "_77"]
    for found in r["list"][:2]:
        assert found["matchedIds"] == {"Mailbox": list(e["mailboxIds"]), "Thread": [e["threadId"]], "Email": [one]}
    assert [b["matchedIds"] for b in r["list"][2:]] == [{"Mailbox": [], "Thread": [], "Email": []}] * 2
    # with a creation id, of some types, and in the account that has it alone
    _, r = client.batch(("Blob/upload", {"create": {"k": {"data": [{"blobId": e["blobId"]}]}}}), ("Blob/lookup", {"accountId": LOCAL, "typeNames": ["Email"], "ids": ["#k"]}))
    assert r["list"] == [{"id": e["blobId"], "matchedIds": {"Email": [one]}}]
    elsewhere = client.call("Account/set", create={"k": {"address": "j@example.org", "source": "imap://j@127.0.0.1:1?tls=none", "isEnabled": False}})["created"]["k"]["id"]
    r = client.call("Blob/lookup", accountId=elsewhere, typeNames=["Email"], ids=[e["blobId"], other["blobId"]])
    assert [b["matchedIds"]["Email"] for b in r["list"]] == [[], []]


@pytest.mark.parametrize("args, type", [({"typeNames": ["Mailbox", "Identity"], "ids": []}, "unknownDataType"), ({"typeNames": [], "ids": ["b1"] + [f"x{i}" for i in range(1000)]}, "requestTooLarge")])
def test_what_cannot_be_looked_up_is_said(client, args, type):
    with pytest.raises(RpcError) as e:
        client.call("Blob/lookup", **args)
    assert e.value.type == type


# ---- through a descriptor -----------------------------------------------------------------------------------------


def begin(client, **more):
    r = client.call("Blob/begin", accountId=LOCAL, **more)
    return r["uploadId"], client.fds.pop()


def finish(client, upload_id, **more):
    return client.call("Blob/finish", accountId=LOCAL, uploadId=upload_id, **more)


@pytest.mark.parametrize("size", [0, 1, 5000, 3_000_000])
def test_bytes_that_are_written_into_a_descriptor_become_a_blob(client, size):
    data = os.urandom(1000) * (size // 1000) if size > 1000 else b"x" * size
    upload_id, fd = begin(client, size=size)
    for i in range(0, len(data), 1 << 18):
        os.write(fd, data[i:i + (1 << 18)])
    os.close(fd)
    assert finish(client, upload_id, type="image/png") == {"accountId": LOCAL, "blobId": "b" + hashlib.sha256(data).hexdigest(), "type": "image/png", "size": len(data)}
    if data:
        [b] = client.call("Blob/get", ids=["b" + hashlib.sha256(data).hexdigest()], properties=["data:asBase64"], length=100)["list"]
        assert base64.b64decode(b["data:asBase64"]) == data[:100]


def written(daemon):
    return int(next(l for l in open(f"/proc/{daemon.process.pid}/io") if l.startswith("wchar")).split()[1])


def test_what_is_larger_than_mail_is_not_read_as_a_message(client, daemon):
    """RFC 8621 sections 4.8 and 4.9, RFC 9007 section 2.2: the bound is 256 MiB, of each and of all together."""
    most = 256 << 20
    large = []
    for size in (most + 1, most):
        upload_id, fd = begin(client, size=size)
        os.write(fd, b"Subject: large\r\n\r\n")
        os.ftruncate(fd, size)
        large.append(finish(client, upload_id)["blobId"])
        os.close(fd)
    inbox = {"mailboxIds": {mailbox(client, "inbox"): True}}
    r = client.call("Email/import", accountId=LOCAL, emails={"k": {"blobId": large[0], **inbox}, "part": {"blobId": large[0] + "_1", **inbox}})
    assert r["created"] is None and {k: (e["type"], e["maxSize"]) for k, e in r["notCreated"].items()} == {k: ("tooLarge", most) for k in ("k", "part")}
    for method in ("Email/parse", "MDN/parse"):
        r = client.call(method, accountId=LOCAL, blobIds=[large[0], large[0] + "_1"])
        assert r["notParsable"] == [large[0], large[0] + "_1"] and r["parsed"] is None and r["notFound"] is None
    [small] = upload(client, message())
    for method, args in (("Email/parse", {"blobIds": [small, large[1]], "properties": ["subject"]}), ("MDN/parse", {"blobIds": [small, large[1]]}),
                         ("Email/import", {"emails": {"a": {"blobId": small, **inbox}, "b": {"blobId": large[1], **inbox}}})):
        with pytest.raises(RpcError) as e:
            client.call(method, accountId=LOCAL, **args)
        assert e.value.type == "requestTooLarge", method

    # as an attachment or a source it is refused before it is unpacked, and of a source nothing is but what is asked for
    before = written(daemon)
    assert upload_one(client, [{"blobId": large[0]}])["notCreated"]["k"]["type"] == "tooLarge"
    assert upload_one(client, [{"blobId": large[0], "offset": most, "length": 2}])["notCreated"]["k"]["type"] == "invalidProperties"
    made = upload_one(client, [{"blobId": large[0], "offset": 3, "length": 9}, {"blobId": large[0], "offset": most}, {"blobId": large[0], "offset": most + 1}])["created"]["k"]
    assert made["id"] == "b" + hashlib.sha256(b"ject: lar\0").hexdigest()
    r = client.call("Email/set", accountId=LOCAL, create={"k": {**inbox, "bodyStructure": {"blobId": large[0], "type": "image/png"}}})
    assert r["notCreated"]["k"]["type"] == "tooLarge" and written(daemon) - before < 1 << 20


def test_what_does_not_compress_and_is_large_is_written_beside_the_writer(client):
    data = os.urandom(20 << 20)
    upload_id, fd = begin(client)
    for i in range(0, len(data), 1 << 20):
        os.write(fd, data[i:i + (1 << 20)])
    os.close(fd)
    r = finish(client, upload_id)
    assert r["blobId"] == "b" + hashlib.sha256(data).hexdigest() and r["type"] == "application/octet-stream"
    assert client.call("Blob/open", blobId=r["blobId"])["size"] == len(data)
    fd = client.fds.pop()
    assert os.pread(fd, 1000, len(data) - 1000) == data[-1000:]
    os.close(fd)


def test_large_uploads_leave_workers_to_the_others(client, daemon):
    """A call that wants a worker is answered while five uploads are being compressed."""
    clients = [daemon.client() for _ in range(5)]
    try:
        for i, c in enumerate(clients):
            upload_id, fd = begin(c)
            os.truncate(fd, (128 << 20) + i)
            os.close(fd)
            c.send(c.request("Blob/finish", {"accountId": LOCAL, "uploadId": upload_id}))
        assert client.call("Core/echo", text="x" * 200_000)  # so large that a worker parses it
        assert select.select([c.sock for c in clients], [], [], 0)[0] == []
        assert {c.read()["result"]["size"] - (128 << 20) for c in clients} == set(range(5))
    finally:
        for c in clients:
            c.close()


def test_large_downloads_leave_readers_to_the_others(client, daemon):
    """What only looks is answered while five downloads are being unpacked."""
    upload_id, fd = begin(client)
    os.truncate(fd, 128 << 20)
    os.close(fd)
    blob = finish(client, upload_id)["blobId"]
    clients = [daemon.client() for _ in range(5)]
    try:
        for c in clients:
            c.send(c.request("Blob/open", {"blobId": blob}))
        client.call("Core/echo")  # they are all under way
        assert client.call("Mailbox/get", accountId=LOCAL)["list"]
        assert select.select([c.sock for c in clients], [], [], 0)[0] == []
        assert {c.read()["result"]["size"] for c in clients} == {128 << 20}
    finally:
        for c in clients:
            c.close()


def test_a_range_of_a_large_blob_costs_a_range(client, daemon):
    """Of what may be gigabytes nothing is unpacked but what is asked for (RFC 9404 section 4.2)."""
    size = 64 << 20
    upload_id, fd = begin(client)
    os.truncate(fd, size - 5)
    os.lseek(fd, 0, os.SEEK_END)
    os.write(fd, b"01234")
    os.close(fd)
    blob, before = finish(client, upload_id)["blobId"], written(daemon)

    def get(*properties, **more):
        [b] = client.call("Blob/get", ids=[blob], properties=[*properties], **more)["list"]
        return b

    whole = hashlib.sha256()
    whole.update(bytes(size - 5) + b"01234")
    assert get("size", "digest:sha-256") == {"id": blob, "size": size, "digest:sha-256": base64.b64encode(whole.digest()).decode()}
    assert get("data:asText", "size", offset=size - 5, length=9) == {"id": blob, "size": size, "data:asText": "01234", "isTruncated": True}
    assert get("digest:sha", "digest:sha-256", offset=size - 3, length=2) == {
        "id": blob, "digest:sha": base64.b64encode(hashlib.sha1(b"23").digest()).decode(), "digest:sha-256": base64.b64encode(hashlib.sha256(b"23").digest()).decode()}
    with pytest.raises(RpcError) as e:
        get("data:asBase64")
    assert e.value.type == "requestTooLarge"
    assert written(daemon) - before < 4 << 20


def test_an_upload_is_over_when_it_is_finished(client):
    def failed(method, **params):
        with pytest.raises(RpcError) as e:
            client.call(method, accountId=LOCAL, **params)
        return e.value.type

    upload_id, fd = begin(client)
    os.close(fd)
    finish(client, upload_id)
    assert failed("Blob/finish", uploadId=upload_id) == "notFound" == failed("Blob/finish", uploadId="x")
    limit = client.call("Session/get")["capabilities"]["urn:ietf:params:jmap:core"]["maxSizeUpload"]
    assert failed("Blob/begin", size=limit + 1) == "requestTooLarge"
    upload_id, fd = begin(client)
    os.truncate(fd, limit + 1)
    os.close(fd)
    assert failed("Blob/finish", uploadId=upload_id) == "requestTooLarge"


def test_uploads_that_nobody_finishes_are_bounded(client):
    begun = []
    with pytest.raises(RpcError) as e:
        for _ in range(65):
            begun.append(begin(client))
    assert e.value.type == "limit" and len(begun) <= 64
    upload_id, fd = begun.pop()
    os.close(fd)  # given up, as by a client that died: its place is to be had
    begun.append(begin(client))
    with pytest.raises(RpcError):
        finish(client, upload_id)
    with pytest.raises(RpcError):
        begin(client)
    for upload_id, fd in begun:
        os.close(fd)
        finish(client, upload_id)
