"""The Python package against a real facteurd, its examples as they are."""
import asyncio
import fcntl
import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "clients" / "python"
for folder in (ROOT / "tests" / "rpc", PACKAGE / "src"):
    sys.path.insert(0, str(folder))

from client import Daemon  # noqa: E402
from mail import import_all, message, upload  # noqa: E402

import facteur  # noqa: E402

pytestmark = pytest.mark.xdist_group("clients")

PICTURE = bytes(range(256)) * 40
WITH_ATTACHMENT = message(subject="a picture", extra='MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="x"\r\n', body=(
    "--x\r\nContent-Type: text/plain\r\n\r\nSee.\r\n--x\r\nContent-Type: image/png; name=\"../p.png\"\r\nContent-Disposition: attachment; "
    'filename="../p.png"\r\nContent-Transfer-Encoding: base64\r\n\r\n' + __import__("base64").encodebytes(PICTURE).decode().replace("\n", "\r\n") + "--x--\r\n"))


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("python") / "profile") as d:
        with d.client() as c:
            import_all(c, [message(subject=f"number {i}", id=f"n{i}@example.org") for i in range(3)] + [WITH_ATTACHMENT])
        yield d


@pytest.fixture
def client(daemon):
    with facteur.Client(profile=daemon.profile, timeout=20) as c:
        yield c


def example(daemon, name, *args, **more):
    env = {**os.environ, "FACTEUR_PROFILE": str(daemon.profile), "PYTHONPATH": str(PACKAGE / "src"), "PYTHONDONTWRITEBYTECODE": "1", **more.pop("env", {})}
    return subprocess.run([sys.executable, "-W", "error", PACKAGE / "examples" / name, *map(str, args)], env=env, capture_output=True, text=True, timeout=30, **more)


def subject_of(client, email_id):
    return client.email_get(ids=[email_id], properties=["subject"])["list"][0]["subject"]


# ---- examples ----------------------------------------------------------------------------------------------------


def test_what_the_readme_begins_with(daemon):
    [program] = re.findall(r"^```python\n(.*?)^```", (PACKAGE / "README.md").read_text(), re.M | re.S)
    env = {**os.environ, "FACTEUR_PROFILE": str(daemon.profile), "PYTHONPATH": str(PACKAGE / "src")}
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], env=env, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    assert {"number 0", "number 1", "number 2", "a picture"} <= set(done.stdout.splitlines())


def test_inbox(daemon):
    done = example(daemon, "inbox.py", "subject:number")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert any(line.startswith("Inbox ") and line.endswith("4 of 4") for line in lines)
    assert sorted(line.split(" - ")[1] for line in lines if " - " in line) == ["number 0", "number 1", "number 2"]
    refused = example(daemon, "inbox.py", "subject:(")
    assert refused.returncode == 1 and "the query is refused" in refused.stderr


def test_save_attachments(daemon, tmp_path):
    done = example(daemon, "save_attachments.py", "subject:picture", tmp_path)
    assert done.returncode == 0, done.stderr
    (saved,) = tmp_path.iterdir()
    assert saved.name.endswith("-p.png") and saved.read_bytes() == PICTURE


def test_draft_is_written_once(daemon, client):
    first = example(daemon, "draft.py", "john@example.net", "by a program", input="Hello.\n", env={"KEY": "k1"})
    again = example(daemon, "draft.py", "john@example.net", "by a program", input="Hello.\n", env={"KEY": "k1"})
    assert first.returncode == 0, first.stderr
    assert first.stdout == again.stdout and subject_of(client, first.stdout.strip()) == "by a program"
    refused = example(daemon, "draft.py", "john@example.net", "another", input="Hello.\n", env={"KEY": "k1"})
    assert refused.returncode == 1 and "(idempotencyKeyReused, retry never)" in refused.stderr


def test_watch(daemon):
    env = {**os.environ, "FACTEUR_PROFILE": str(daemon.profile), "PYTHONPATH": str(PACKAGE / "src")}
    watch = subprocess.Popen([sys.executable, PACKAGE / "examples" / "watch.py", "2"], env=env, stdout=subprocess.PIPE, text=True)
    assert watch.stdout.readline() == "watching\n"
    with daemon.client() as c:
        import_all(c, [message(subject="new 1", id="w1@example.org"), message(subject="new 2", id="w2@example.org")], role="archive")
    assert sorted(watch.communicate(timeout=20)[0].splitlines()) == ["new 1", "new 2"]
    assert watch.returncode == 0


# ---- the package -------------------------------------------------------------------------------------------------


def test_every_method_is_there_and_says_what_it_does(client):
    from facteur import aio
    document = client.rpc_discover()
    for m in document["methods"]:
        name = next(n for n in dir(facteur.Client) if n.replace("_", "") == m["name"].replace("/", "").replace(".", "").lower())
        for cls in (facteur.Client, facteur.AsyncClient, facteur.Batch, aio.AsyncBatch):
            assert getattr(cls, name).__doc__.split("\n")[0].strip()[:20] == m["summary"][:20]


def test_errors_say_what_to_decide_on(client):
    with pytest.raises(facteur.Error) as e:
        client.email_get(account_id="nobody", ids=[])
    assert (e.value.type, e.value.code, e.value.retry, e.value.requires_user_action) == ("accountNotFound", -32000, "never", False)
    assert "nobody" in str(e.value) and e.value.method == "Email/get"
    with pytest.raises(facteur.Error) as e:
        client.email_query(limit="many")
    assert e.value.type == "invalidArguments" and "limit" in str(e.value)
    with pytest.raises(facteur.Error) as e:
        client.call("No/such")
    assert e.value.code == -32601 and e.value.retry_after is None


def test_a_batch_with_references_and_a_failure(client):
    with client.batch() as b:
        query = b.email_query(filter={"subject": "number"})
        get = b.email_get(ids=query.ref("/ids"), properties=["threadId"])
        threads = b.thread_get(ids=get.ref("/list/*/threadId"))
        bad = b.email_get(ids=bad_ref) if (bad_ref := query.ref("/nothing")) else None
        with pytest.raises(RuntimeError, match="was not sent"):
            _ = query.result
    assert len(threads.result["list"]) == 3 and query.error is None
    assert bad.error.type == "invalidResultReference"
    with pytest.raises(facteur.Error):
        _ = bad.result
    with client.batch():
        pass


def test_what_is_created_in_a_batch_has_a_name(client):
    with client.batch() as b:
        b.mailbox_set(account_id="a1", create={"k": {"name": "Made by Python"}})
        made = b.mailbox_get(account_id="a1", ids=["#k"], properties=["name"])
    assert made.result["list"][0]["name"] == "Made by Python"


def test_bytes_are_a_file(client, daemon):
    with daemon.client() as c:
        blob_id, = upload(c, PICTURE)
    with client.open_blob(blob_id) as f:
        assert f.read(10) == PICTURE[:10]
        assert f.seek(-5, os.SEEK_END) and f.read() == PICTURE[-5:]
    with pytest.raises(facteur.Error) as e:
        client.open_blob("no-such-blob")
    assert e.value.type == "blobNotFound"
    before = len(os.listdir("/proc/self/fd"))
    client.blob_open(blob_id=blob_id)  # the bare method: its descriptor is closed
    assert len(os.listdir("/proc/self/fd")) == before


def test_notifications_that_came_in_between_are_kept(client, daemon):
    client.push_subscribe(types=["Mailbox"])
    client.mailbox_set(account_id="a1", create={"k": {"name": "Told of"}})
    n = next(client.notifications(timeout=10))
    assert n.method == "StateChange" and "Mailbox" in n.params["changed"]["a1"]
    client.push_subscribe(types=[])
    assert list(client.notifications(timeout=0.01)) == []


def test_a_connection_that_is_lost(tmp_path):
    with pytest.raises(FileNotFoundError):
        facteur.Client(profile=tmp_path)
    with Daemon(tmp_path / "profile") as d:
        deep = tmp_path / ("x" * 120)  # longer than a socket's name may be
        deep.symlink_to(d.profile)
        client = facteur.Client(profile=deep)
        assert client.core_echo(a=1) == {"a": 1}
        d.kill()
        with pytest.raises(facteur.ConnectionLost):
            client.core_echo()
        with pytest.raises(facteur.ConnectionLost):
            client.core_echo()


def test_an_answer_that_does_not_come_in_time(tmp_path):
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(tmp_path / "rpc.sock"))
        s.listen()
        client = facteur.Client(profile=tmp_path, timeout=0.05)
        with pytest.raises(TimeoutError):
            client.core_echo()
        client = facteur.Client(profile=tmp_path)
        peer = [s.accept()[0] for _ in range(2)][1]
        peer.sendall(b"what?\n")
        with pytest.raises(facteur.ProtocolError):
            client.core_echo()
        peer.close()


def test_what_is_no_json_is_that_calls_error_alone(client, daemon):
    for wrong, error in ((object(), TypeError), ("\ud800", UnicodeEncodeError)):
        with pytest.raises(error):
            client.core_echo(x=wrong)
        assert client.core_echo(x=1) == {"x": 1}

        async def run():
            async with facteur.AsyncClient(daemon.socket) as c:
                with pytest.raises(error):
                    await c.core_echo(x=wrong)
                assert await asyncio.wait_for(c.core_echo(x=2), 10) == {"x": 2}
        asyncio.run(run())


def test_a_call_that_is_interrupted_leaves_its_answer_to_nobody(tmp_path):
    def interrupt(*_):
        raise KeyboardInterrupt
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with socket.socket(socket.AF_UNIX) as silent:
            silent.bind(str(tmp_path / "rpc.sock"))
            silent.listen()
            client = facteur.Client(profile=tmp_path)
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            with pytest.raises(KeyboardInterrupt):
                client.core_echo(x=1)
            with pytest.raises(facteur.ConnectionLost):
                client.core_echo(x=2)
    finally:
        signal.signal(signal.SIGALRM, before)


def test_a_descriptor_beyond_a_thousand(daemon):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 2048)), hard))
    try:
        with facteur.Client(daemon.socket, timeout=20) as client:
            high = fcntl.fcntl(client._sock.fileno(), fcntl.F_DUPFD_CLOEXEC, 1200)
            client._sock.close()
            client._sock = socket.socket(fileno=high)
            assert client.core_echo(x=1) == {"x": 1}
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_connection_that_has_signed_in_is_its_tokens(client, daemon):
    made = client.token_set(create={"k": {"name": "reader", "scopes": ["read"]}})["created"]["k"]

    async def run():
        async with facteur.AsyncClient(daemon.socket) as c:
            assert (await c.session_authenticate(token=made["secret"]))["tokenId"] == made["id"]
            with pytest.raises(facteur.Error) as e:
                await c.mailbox_set(account_id="a1", create={"k": {"name": "x"}})
            assert e.value.type == "forbidden" and e.value.data["scope"] == "triage"
            client.token_set(destroy=[made["id"]])
            with pytest.raises(facteur.ConnectionLost):
                await c.core_echo()
    asyncio.run(run())


def test_asyncio(daemon):
    async def run():
        async with facteur.AsyncClient(daemon.socket) as client:
            sizes = [1, 300_000, 5]
            answers = await asyncio.gather(*(client.core_echo(x="y" * n) for n in sizes))
            assert [len(a["x"]) for a in answers] == sizes
            with pytest.raises(facteur.Error):
                await client.email_get(account_id="nobody", ids=[])
            given_up = asyncio.ensure_future(client.core_echo(x=1))
            await asyncio.sleep(0)
            given_up.cancel()
            async with client.batch() as b:
                query = b.email_query(query="subject:picture")
                get = b.email_get(ids=query.ref("/ids"), properties=["blobId"])
            with await client.open_blob(get.result["list"][0]["blobId"]) as f:
                assert b"Subject: a picture" in f.read()
            await client.push_subscribe(types=["Mailbox"])
            await client.mailbox_set(account_id="a1", create={"k": {"name": "Told of, too"}})
            async for n in client.notifications():
                assert n.method == "StateChange"
                break
        with pytest.raises(facteur.ConnectionLost):
            await client.core_echo()
    asyncio.run(run())


def test_the_end_is_told_to_all_who_wait(tmp_path):
    async def run(d):
        async with facteur.AsyncClient(d.socket) as client:
            listening = asyncio.ensure_future(anext(client.notifications()))
            await asyncio.sleep(0)
            d.kill()
            with pytest.raises(facteur.ConnectionLost):
                await listening
    with Daemon(tmp_path / "profile") as d:
        asyncio.run(run(d))
