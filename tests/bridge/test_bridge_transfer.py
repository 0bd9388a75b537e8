"""Upload and download (RFC 8620 section 6)."""
import contextlib
import hashlib
import json
import os
import re
import resource
import urllib.parse

import pytest

from bridge import SANITIZED, raw


@pytest.fixture(scope="module")
def blob(world):
    data = bytes(range(256)) * 40
    with world.http() as h:
        return h.ask("POST", "/jmap/upload/a1", data, Content_Type="image/png").json["blobId"], data


def link(blob_id, account="a1", **query):
    return f"/jmap/download/{account}/{blob_id}" + ("?" + urllib.parse.urlencode(query) if query else "")


def test_an_upload_is_answered_as_the_rfc_says(http):
    data = os.urandom(100_000)
    a = http.ask("POST", "/jmap/upload/a1", data, Content_Type="image/png; charset=x")
    assert a.status == 201
    assert a.json == {"accountId": "a1", "blobId": "b" + hashlib.sha256(data).hexdigest(), "type": "image/png; charset=x", "size": len(data)}
    assert http.get(link(a.json["blobId"])).body == data
    assert http.ask("POST", "/jmap/upload/a1", b"").json["size"] == 0


def test_an_upload_may_come_in_chunks(http):
    data = os.urandom(300_000)
    pieces = [data[i:i + 70_000] for i in range(0, len(data), 70_000)]
    http.connection.request("POST", "/jmap/upload/a1", iter(pieces), {"Authorization": http.authorization, "Transfer-Encoding": "chunked"}, encode_chunked=True)
    r = http.connection.getresponse()
    assert r.status == 201 and hashlib.sha256(data).hexdigest().encode() in r.read()
    assert http.get("/jmap/session").status == 200  # the connection goes on


def test_what_is_no_place_to_upload_to(world, http):
    for path in ("a99", "", "a1/x", "%2e%2e", "*"):
        assert http.ask("POST", "/jmap/upload/" + path, b"x").status == 404
    with world.http(world.token_for(["read"])) as h:
        assert h.ask("POST", "/jmap/upload/a1", b"x").status == 403


@contextlib.contextmanager
def file_size_limit(process, size):
    """What a full disk is to a writer (EFBIG for ENOSPC), without one."""
    before = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, before)


def is_problem(response, status, body):
    assert response.status == status and response.headers["content-type"] == "application/problem+json", (response.status, body)
    problem = json.loads(body)
    assert problem["status"] == status and problem["type"] and problem["detail"], problem
    return problem


@pytest.mark.parametrize("chunked", [False, True])
def test_an_upload_that_fails_in_the_middle_is_answered(world, http, chunked):
    """The client sends all of it before it reads: it must find an answer then, not a closed connection."""
    size, piece = 96 << 20, bytes(1 << 20)
    headers = {"Authorization": http.authorization, **({"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(size)})}
    with file_size_limit(world.bridge.process, 4 << 20):
        http.connection.request("POST", "/jmap/upload/a1", iter([piece] * (size >> 20)), headers, encode_chunked=chunked)
        r = http.connection.getresponse()
        is_problem(r, 507, r.read())
    http.close()
    assert http.ask("POST", "/jmap/upload/a1", b"small").status == 201


def test_an_upload_that_facteurd_cannot_keep_is_answered(world, http):
    with file_size_limit(world.daemon.process, 8 << 20):
        a = http.ask("POST", "/jmap/upload/a1", os.urandom(24 << 20))
    assert is_problem(a, a.status, a.body) and a.status in (500, 507)
    assert http.ask("POST", "/jmap/upload/a1", b"small").status == 201


def test_uploads_at_once_are_limited(world):
    with world.http(world.token_for(["read", "draft"])) as h:
        limit = h.get("/jmap/session").json["capabilities"]["urn:ietf:params:jmap:core"]["maxConcurrentUpload"]
        head = f"POST /jmap/upload/a1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: {h.authorization}\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n".encode()
        begun = [raw(world.port, head, keep=True) for _ in range(limit)]
        assert all(s.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n" for s in begun)
        a = h.ask("POST", "/jmap/upload/a1", b"x")
        assert is_problem(a, 400, a.body)["limit"] == "maxConcurrentUpload"
        for s in begun:
            s.sendall(b"123")
            assert s.recv(1000).startswith(b"HTTP/1.1 201 ")
            s.close()
        assert h.ask("POST", "/jmap/upload/a1", b"x").status == 201


def test_uploads_that_are_given_up_hold_no_place(world, http):
    """facteurd keeps 64 places; who goes away in the middle of an upload leaves none of them taken."""
    head = f"POST /jmap/upload/a1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: {http.authorization}\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n".encode()
    given_up = 0
    while given_up < 70:
        with raw(world.port, head, keep=True) as s:
            given_up += s.recv(100).startswith(b"HTTP/1.1 100 ")  # otherwise those before are still being closed: maxConcurrentUpload
            s.sendall(b"x")
    a = http.ask("POST", "/jmap/upload/a1", b"x")
    while a.status == 400 and a.json["limit"] == "maxConcurrentUpload" and "4 uploads" in a.json["detail"]:
        a = http.ask("POST", "/jmap/upload/a1", b"x")
    assert a.status == 201, a.body


def test_an_upload_beyond_the_limit_is_refused_before_it_comes(world, http):
    limit = http.get("/jmap/session").json["capabilities"]["urn:ietf:params:jmap:core"]["maxSizeUpload"]
    assert limit >= 2 << 30
    answer = raw(world.port, f"POST /jmap/upload/a1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {world.token}\r\nContent-Length: {limit + 1}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 413 ") and b"maxSizeUpload" in answer and b"connection: close" in answer


def test_a_download_says_what_was_asked(http, blob):
    a = http.get(link(blob[0], name="my report.png", type="image/png"))
    assert (a.status, a.body) == (200, blob[1])
    assert a.headers["content-type"] == "image/png"
    assert a.headers["content-disposition"] == "attachment; filename=\"my report.png\"; filename*=UTF-8''my%20report.png"
    assert a.headers["x-content-type-options"] == "nosniff" and "sandbox" in a.headers["content-security-policy"]
    assert a.headers["etag"] == f'"{blob[0]}"' and "immutable" in a.headers["cache-control"] and "private" in a.headers["cache-control"]
    head = http.ask("HEAD", link(blob[0]))
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(blob[1])))
    assert http.get(link(blob[0]), If_None_Match=f'W/"x", "{blob[0]}"').status == 304
    assert http.get(link(blob[0]), If_None_Match='"x"').status == 200


@pytest.mark.parametrize("name,plain,encoded", [
    ("Übersicht \U0001f600.pdf", "_bersicht _.pdf", "%C3%9Cbersicht%20%F0%9F%98%80.pdf"), ('a"b\\c/d;e.txt', "a_b_c_d_e.txt", "a%22b_c_d%3Be.txt"),
    ("../../etc/passwd", None, None), ("x" * 400, "x" * 255, "x" * 255)])
def test_a_name_stays_a_name(http, blob, name, plain, encoded):
    value = http.get(link(blob[0], name=name)).headers["content-disposition"]
    found = re.fullmatch(r"attachment; filename=\"([^\"]*)\"; filename\*=UTF-8''([!#$&+.^_`|~%0-9A-Za-z-]*)", value)
    assert found, value
    assert "/" not in urllib.parse.unquote(found[2]) and "\\" not in found[1] and "/" not in found[1] and not found[1].startswith(".")
    if encoded:
        assert (found[1], found[2]) == (plain, encoded)


def test_a_name_with_a_line_end_is_left_out(http, blob):
    a = http.get(link(blob[0], name="a\r\nSet-Cookie: x=1"))
    assert a.headers["content-disposition"] == "attachment" and a.headers["set-cookie"] is None
    for good in ('text/plain; charset="utf-8"', 'multipart/mixed; boundary="a b; \\"c"; x=y', "application/vnd.ms-excel"):
        assert http.get(link(blob[0], type=good)).headers["content-type"] == good
    for bad in ("text/html\r\nX: y", 'a/b; c="d', 'a/b; c="d\\', 'a/b; c="\x7f"', 'a/b; c="d"e', "text", "text/html; charset=\"x\r\n\"", "/", "a/b;;", "a b/c"):
        assert http.get(link(blob[0], type=bad)).headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize("header,status,part", [
    ("bytes=0-0", 206, (0, 1)), ("bytes=100-199", 206, (100, 200)), ("bytes=10000-", 206, (10000, 10240)), ("bytes=-40", 206, (10200, 10240)),
    ("bytes=-99999", 206, (0, 10240)), ("bytes=0-99999", 206, (0, 10240)), ("bytes=10240-", 416, None), ("bytes=-0", 416, None),
    ("bytes=5-4", 200, None), ("bytes=a-b", 200, None), ("lines=0-1", 200, None), ("bytes=0-1,5-6", 200, None), ("bytes=99999999999999999999-", 200, None)])
def test_ranges(http, blob, header, status, part):
    a = http.get(link(blob[0]), Range=header)
    assert a.status == status
    if status == 206:
        assert a.body == blob[1][part[0]:part[1]] and a.headers["content-range"] == f"bytes {part[0]}-{part[1] - 1}/10240"
    elif status == 416:
        assert a.headers["content-range"] == "bytes */10240"
    else:
        assert a.body == blob[1]


def test_a_range_of_what_is_another_blob_is_the_whole(http, blob):
    assert http.get(link(blob[0]), Range="bytes=0-9", If_Range=f'"{blob[0]}"').status == 206
    assert http.get(link(blob[0]), Range="bytes=0-9", If_Range='"another"').status == 200


def test_what_is_not_there(http, blob):
    for path in (link("b" + "0" * 64), link("nonsense"), link(blob[0], account="a99"), "/jmap/download/a1", "/jmap/download/a1/", "/jmap/download//" + blob[0],
                 "/jmap/download/a1/%00", "/jmap/download/a1/..%2F..%2Fetc%2Fpasswd", "/jmap/download/../session/x", "/etc/passwd"):
        a = http.get(path)
        is_problem(a, 404, a.body)


def test_an_attachment_of_a_message_is_a_blob_too(http):
    message = b"From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\nContent-Type: image/png\r\n" \
              b"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=x.png\r\n\r\nAAECAw==\r\n--b--\r\n"
    blob_id = http.ask("POST", "/jmap/upload/a1", message, Content_Type="message/rfc822").json["blobId"]
    made = http.call("Email/import", accountId="a1", emails={"k": {"blobId": blob_id, "mailboxIds": {"m1": True}}})["created"]["k"]
    [email] = http.call("Email/get", accountId="a1", ids=[made["id"]], properties=["attachments"])["list"]
    [part] = email["attachments"]
    a = http.get(link(part["blobId"], name=part["name"], type=part["type"]))
    assert a.body == b"\0\1\2\3" and a.headers["content-type"] == "image/png"


def rss(pid):
    with open(f"/proc/{pid}/status") as f:
        return int(re.search(r"VmHWM:\s+(\d+)", f.read())[1]) * 1024


def test_what_is_large_goes_through_without_memory_of_that_size(world):
    size, piece = 192 << 20, os.urandom(1 << 20)
    digest = hashlib.sha256()
    for _ in range(size >> 20):
        digest.update(piece)
    before = rss(world.bridge.process.pid), rss(world.daemon.process.pid)
    with world.http() as h:
        h.connection.request("POST", "/jmap/upload/a1", iter([piece] * (size >> 20)), {"Authorization": h.authorization, "Content-Length": str(size)})
        r = h.connection.getresponse()
        assert r.status == 201 and digest.hexdigest().encode() in r.read()
        h.connection.request("GET", link("b" + digest.hexdigest()), headers={"Authorization": h.authorization})
        r, got, n = h.connection.getresponse(), hashlib.sha256(), 0
        while data := r.read(1 << 20):
            got.update(data)
            n += len(data)
        assert n == size and got.hexdigest() == digest.hexdigest()
    after = rss(world.bridge.process.pid), rss(world.daemon.process.pid)
    room = 4 if SANITIZED else 1  # what is freed is kept for a while then
    assert after[0] - before[0] < room * 24 << 20 and after[1] - before[1] < room * 48 << 20, (before, after)


def test_no_type_of_a_download_takes_a_header_away(world, http):
    blob = http.ask("POST", "/jmap/upload/a1", b"<script>", Content_Type="text/html").json["blobId"]
    usual = http.get(f"/jmap/download/a1/{blob}?type=text/html")
    for name in ("content-security-policy", "referrer-policy", "cache-control"):
        a = http.get(f"/jmap/download/a1/{blob}?type=text/html;%20a=%22{name}:%20x%22")
        assert a.status == 200 and name in a.headers["content-type"]
        assert {k.lower(): v for k, v in a.headers.items() if k.lower() != "content-type"} == {k.lower(): v for k, v in usual.headers.items() if k.lower() != "content-type"}
    assert "sandbox" in usual.headers["content-security-policy"] and usual.headers["referrer-policy"] == "no-referrer"
