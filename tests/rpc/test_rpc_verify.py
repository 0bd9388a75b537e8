"""Account/verify and Account/repair: what they answer, and how they end. (Against a real server: tests/e2e/test_verify.py.)"""
import copy
import pathlib
import socket
import sys
import time

import jsonschema
import pytest

from client import RpcError
from mail import LOCAL, import_all, message
from strict import closed

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from random_imap import Server, World  # noqa: E402


def task(client, method, **params):
    id = client.call(method, **params)["taskId"]
    [t] = client.call("Task/get", ids=[id], waitMs=30000)["list"]
    return t


@pytest.fixture
def check(document):
    """Holds a report against its schema: a task's result is anything, as far as Task knows."""
    components = closed(copy.deepcopy(document["components"]))
    resolver = jsonschema.RefResolver("", {"components": components})
    schema = {"$ref": "#/components/schemas/VerifyReport"}
    return jsonschema.Draft202012Validator(schema, resolver=resolver).validate


def test_the_local_account_is_compared_with_itself(client, check):
    import_all(client, [message(f"m{i}", id=f"{i}@x") for i in range(5)])
    for method, kind in (("Account/verify", "verify"), ("Account/repair", "repair")):
        for whole in (False, True):
            t = task(client, method, accountId=LOCAL, bytes=whole)
            assert t["state"] == "done" and t["kind"] == kind, t
            report = t["result"]
            check(report)
            assert report["found"] == 0 and report["emails"] == 5 and report["bytesRead"] is whole and report["mailboxes"] == 0
            if kind == "repair":
                assert report["mended"] == 0 and report["remaining"]["found"] == 0


def test_damage_is_told_and_stays_where_no_server_can_help(daemon, client, check):
    [id, _] = import_all(client, [message(f"m{i}", id=f"{i}@x") for i in range(2)])
    daemon.stop()
    for pack in (daemon.profile / "packs").glob("*.pack"):
        data = bytearray(pack.read_bytes())
        data[60] ^= 0xFF
        pack.write_bytes(data)
    daemon.start()
    with daemon.client() as c:
        report = task(c, "Account/repair", accountId=LOCAL, bytes=True)["result"]
        check(report)
        [d] = report["differences"]
        assert d["type"] == "bytesDamaged" and d["emailId"] == id and d["isMended"] is False
        assert report["mended"] == 0 and report["remaining"]["counts"] == {"bytesDamaged": 1}


def test_an_unknown_account_is_an_error(client):
    for method in ("Account/verify", "Account/repair"):
        for account in ("a99", "nonsense", "m1"):
            with pytest.raises(RpcError) as e:
                client.call(method, accountId=account)
            assert e.value.type == "accountNotFound"


def test_a_server_that_cannot_be_reached_is_told(client):
    id = client.call("Account/set", create={"k": {"address": "jane@example.org", "source": "imap://jane@127.0.0.1:1?tls=none", "isEnabled": False}})["created"]["k"]["id"]
    t = task(client, "Account/verify", accountId=id)
    assert t["state"] == "failed" and t["result"] is None and t["error"]["type"] == "network", t
    with pytest.raises(RpcError) as e:
        client.call("Account/repair", accountId=id)
    assert e.value.type == "invalidArguments"


@pytest.fixture
def server():
    """One that says nothing: whoever comes waits for its greeting."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen(5)
        yield s.getsockname()[1]


def test_nothing_is_repaired_while_it_is_compared(client, server):
    id = client.call("Account/set", create={"k": {"address": "jane@example.org", "source": f"imap://jane@127.0.0.1:{server}?tls=none", "isEnabled": True}})["created"]["k"]["id"]
    verify = client.call("Account/verify", accountId=id)["taskId"]
    with pytest.raises(RpcError) as e:
        client.call("Account/repair", accountId=id)
    assert e.value.type == "busy" and e.value.data["retry"] == "later"
    client.call("Task/cancel", id=verify)
    [t] = client.call("Task/get", ids=[verify], waitMs=10000)["list"]
    assert t["state"] == "cancelled", t
    client.call("Account/set", destroy=[id])


def test_it_is_joined_cancelled_and_ends_with_the_account(client, server):
    id = client.call("Account/set", create={"k": {"address": "jane@example.org", "source": f"imap://jane@127.0.0.1:{server}?tls=none", "isEnabled": False}})["created"]["k"]["id"]
    first = client.call("Account/verify", accountId=id)["taskId"]
    assert client.call("Account/verify", accountId=id)["taskId"] == first
    with pytest.raises(RpcError) as e:
        client.call("Account/verify", accountId=id, bytes=True)
    assert e.value.type == "busy" and e.value.data["retry"] == "later"
    [t] = client.call("Task/get", ids=[first])["list"]
    assert t["state"] == "running" and t["detail"] == {"accountId": id, "step": "connecting", "mailbox": None}
    client.call("Task/cancel", id=first)
    [t] = client.call("Task/get", ids=[first], waitMs=10000)["list"]
    assert t["state"] == "cancelled", t

    second = client.call("Account/verify", accountId=id)["taskId"]
    assert second != first
    began = time.monotonic()
    assert client.call("Account/set", destroy=[id])["destroyed"] == [id]
    assert time.monotonic() - began < 10
    assert client.call("Task/get", ids=[second])["list"][0]["state"] == "cancelled"
    with pytest.raises(RpcError):
        client.call("Account/verify", accountId=id)


def test_it_does_not_hold_up_the_end(daemon, client, server):
    id = client.call("Account/set", create={"k": {"address": "jane@example.org", "source": f"imap://jane@127.0.0.1:{server}?tls=none", "isEnabled": False}})["created"]["k"]["id"]
    client.call("Account/verify", accountId=id)
    began = time.monotonic()
    daemon.stop()
    assert time.monotonic() - began < 10


STEPS = ("listing", "comparing")


class OneConnection(Server):
    """Whoever comes second is turned away."""

    taken = False

    def handle(self, sock):
        if self.taken:
            sock.sendall(b"* BYE one connection is enough\r\n")
            sock.close()
            return
        self.taken = True
        super().handle(sock)
        self.taken = False


@pytest.fixture
def stuck(client):
    """An account whose only connection is lent to a verify that does not come to its end, and that task."""
    world = World(1)
    world.calm = True
    world.deliver()
    with OneConnection(world) as server:
        id = client.call("Account/set", create={"k": {"address": "joe@example.org", "source": server.url, "password": "p"}})["created"]["k"]["id"]
        assert task(client, "Account/sync", accountIds=[id])["result"]["accounts"][0]["ok"]
        assert task(client, "Account/verify", accountId=id)["result"]["found"] == 0
        with world.lock:  # nothing is opened meanwhile
            task_id = client.call("Account/verify", accountId=id)["taskId"]
            for _ in range(200):
                t = client.call("Task/get", ids=[task_id])["list"][0]
                if t["detail"] and t["detail"]["step"] in STEPS:
                    break
                time.sleep(0.02)
            assert t["detail"]["step"] in STEPS and t["state"] == "running", t
            yield id, task_id


def test_an_account_can_be_removed_while_its_connection_is_lent(client, stuck):
    id, task_id = stuck
    began = time.monotonic()
    assert client.call("Account/set", destroy=[id])["destroyed"] == [id]
    assert time.monotonic() - began < 10
    assert client.call("Task/get", ids=[task_id], waitMs=5000)["list"][0]["state"] == "failed"


def test_facteurd_ends_while_a_connection_is_lent(daemon, stuck):
    began = time.monotonic()
    daemon.stop()
    assert time.monotonic() - began < 10
