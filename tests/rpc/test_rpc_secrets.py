"""Secrets/*, and the settings that say where an account's password is."""
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time

import pytest

from client import ROOT, SANITIZED, Daemon, RpcError

sys.path.insert(0, str(ROOT / "tests" / "support"))

from secret_service import SecretService  # noqa: E402

SECRET = "hunter2-äö-secret"


class Doorman:
    """An IMAP server that lets nobody in and remembers what it was told."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.told = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                c, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._refuse, args=(c,), daemon=True).start()

    def _refuse(self, c):
        with c, c.makefile("rb") as f, contextlib.suppress(OSError):
            c.sendall(b"* OK [CAPABILITY IMAP4rev1 UTF8=ACCEPT LITERAL+] hello\r\n")
            for line in f:
                tag, command, *_ = line.decode().split(" ", 2)
                if command.upper().startswith("LOGIN"):
                    while line.rstrip().endswith(b"+}"):
                        more = f.read(int(line.rstrip().rpartition(b"{")[2][:-2]))
                        line += more + f.readline()
                    self.told.append(line.decode())
                c.sendall(f"{tag} NO [AUTHENTICATIONFAILED] no\r\n".encode())

    def close(self):
        self.listener.close()


@pytest.fixture
def doorman():
    d = Doorman()
    yield d
    d.close()


def account(port, **more):
    return {"address": "jane@example.org", "source": f"imap://jane@127.0.0.1:{port}?tls=none", "isEnabled": False, **more}


def create(client, port=1, **more):
    r = client.call("Account/set", create={"k": account(port, **more)})
    assert r["created"], r
    return r["created"]["k"]["id"]


def settings(client, id):
    return client.call("Account/get", ids=[id])["list"][0]["settings"]


def store_of(client, id):
    return next(a["store"] for a in client.call("Secrets/get")["accounts"] if a["accountId"] == id)


def failure(client, method, **params):
    with pytest.raises(RpcError) as e:
        client.call(method, **params)
    return e.value


def on_disk(daemon, text):
    return [p.name for p in daemon.profile.rglob("*") if p.is_file() and text.encode() in p.read_bytes()]


def test_a_password_moves_into_the_encrypted_file_and_is_locked_after_a_restart(daemon, client, doorman):
    id = create(client, doorman.port, password=SECRET)
    assert store_of(client, id) == "file" and on_disk(daemon, SECRET) == ["secrets"]
    assert client.call("Account/set", update={id: {"settings/secrets": "encrypted"}})["notUpdated"][id]["type"] == "notFound"
    assert failure(client, "Secrets/unlock", passphrase="open sesame").type == "notFound"
    assert client.call("Secrets/unlock", passphrase="open sesame", isNew=True) == {"isLocked": False}

    assert client.call("Account/set", update={id: {"settings/secrets": "encrypted"}})["updated"] == {id: None}

    assert store_of(client, id) == "encrypted" and settings(client, id)["secrets"] == "encrypted" and on_disk(daemon, SECRET) == []
    assert failure(client, "Account/check", accountId=id).type == "auth" and SECRET in doorman.told[-1]
    client.call("Account/set", update={id: {"isEnabled": True}})
    daemon.stop()
    with Daemon(daemon.profile) as again, again.client() as c:
        told = len(doorman.told)
        assert failure(c, "Account/check", accountId=id).type == "userAction"
        for _ in range(100):
            state = c.call("Account/get", ids=[id])["list"][0]["syncState"]
            if state["phase"] == "failed":
                break
            c.is_quiet(0.05)
        assert state["phase"] == "failed" and state["waitsFor"] == "user" and state["lastError"]["requiresUserAction"]
        assert "facteur unlock" in state["lastError"]["message"] and len(doorman.told) == told
        assert failure(c, "Secrets/set", defaultStore="encrypted").type == "userAction"
        sealed = daemon.profile / "secrets.encrypted"
        sealed.chmod(0o644)
        assert failure(c, "Secrets/unlock", passphrase="open sesame").type == "forbidden"
        sealed.chmod(0o600)
        wrong = failure(c, "Secrets/unlock", passphrase="open barley")
        assert wrong.type == "auth" and "open barley" not in json.dumps(wrong.error)
        assert c.call("Secrets/unlock", passphrase="open sesame", newPassphrase="new words")["isLocked"] is False
        for _ in range(100):  # it tries by itself
            if len(doorman.told) > told:
                break
            c.is_quiet(0.05)
        assert SECRET in doorman.told[told]
        assert c.call("Secrets/lock")["isLocked"]
        encrypted = next(s for s in c.call("Secrets/get")["stores"] if s["name"] == "encrypted")
        assert encrypted["isLocked"] and not encrypted["isUsable"] and "facteur unlock" in encrypted["problem"]
    assert "open sesame" not in again.errors and "new words" not in again.errors and on_disk(again, "new words") == []


def test_a_command_is_asked_each_time_and_takes_no_password(daemon, client, doorman, tmp_path):
    said = tmp_path / "said"
    said.write_text("first\nurl: x\n")
    id = create(client, doorman.port, password=SECRET)
    change = {"settings/secrets": "command", "settings/passwordCommand": f"cat {said}"}
    assert failure(client, "Account/check", accountId=id, account=change).type == "auth" and '"first"' in doorman.told[-1]
    assert client.call("Account/set", update={id: change})["updated"] == {id: None}
    assert on_disk(daemon, SECRET) == []
    said.write_text("second")
    assert failure(client, "Account/check", accountId=id).type == "auth" and '"second"' in doorman.told[-1]
    refused = client.call("Account/set", update={id: {"password": "third"}})["notUpdated"][id]
    assert refused["type"] == "forbidden" and "can only be read" in refused["description"]
    broken = client.call("Account/set", update={id: {"settings/passwordCommand": f"cat {said}.not"}})["notUpdated"][id]
    assert broken["type"] == "userAction" and "No such file" in broken["description"]
    assert settings(client, id)["passwordCommand"] == f"cat {said}"
    said.unlink()
    e = failure(client, "Account/check", accountId=id)
    assert e.type == "userAction" and e.data["requiresUserAction"] and "No such file" in e.data["description"]
    assert client.call("Account/set", destroy=[id])["destroyed"] == [id]


def test_a_command_that_hangs_ends_in_its_time(client, doorman):
    id = create(client, doorman.port, settings={"secrets": "command", "passwordCommand": "sleep 99", "timeoutSeconds": 1})
    e = failure(client, "Account/check", accountId=id)
    assert e.type == "timeout" and e.data["retry"] == "later" and not doorman.told


def test_settings_that_contradict_one_another_are_refused(client):
    for bad in ({"secrets": "nowhere"}, {"secrets": "command"}, {"passwordCommand": "pass x"}, {"secrets": "file", "credential": "x"},
                {"secrets": "command", "passwordCommand": "x" * 2001}):
        r = client.call("Account/set", create={"k": account(1, settings=bad)})
        assert r["notCreated"]["k"]["type"] == "invalidProperties", bad


def test_systemd_hands_a_password_over(tmp_path, doorman):
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "work").write_text(SECRET + "\n")
    with Daemon(tmp_path / "profile", env={"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}) as d, d.client() as c:
        id = create(c, doorman.port, settings={"secrets": "credential", "credential": "work"})
        assert failure(c, "Account/check", accountId=id).type == "auth" and SECRET in doorman.told[-1]
        missing = failure(c, "Account/check", accountId=id, account={"settings/credential": "play"})
        assert missing.type == "auth" and "no credential play" in missing.data["description"]


def test_the_default_is_where_new_accounts_go(daemon, client):
    before = create(client, password=SECRET)
    assert failure(client, "Secrets/set", defaultStore="encrypted").type == "notFound"
    assert failure(client, "Secrets/set", defaultStore="command").code == -32602
    assert failure(client, "Secrets/set", defaultStore="nowhere").code == -32602
    client.call("Secrets/unlock", passphrase="open sesame", isNew=True)
    assert client.call("Secrets/set", defaultStore="encrypted") == {"defaultStore": "encrypted"}
    r = client.call("Account/set", create={"k": account(1, password=SECRET + "2")})
    after = r["created"]["k"]
    assert after["settings"] == {"secrets": "encrypted"}  # which the client did not know
    assert store_of(client, before) == "file" and store_of(client, after["id"]) == "encrypted" and on_disk(daemon, SECRET + "2") == []
    daemon.stop()
    with Daemon(daemon.profile) as again, again.client() as c:
        assert c.call("Secrets/get")["defaultStore"] == "encrypted" and store_of(c, after["id"]) == "encrypted"
        locked = c.call("Account/set", create={"k": account(1, password="x")})["notCreated"]["k"]
        assert locked["type"] == "userAction" and len(c.call("Account/get")["list"]) == 3


# ---- the desktop's keyring ----------------------------------------------------------------------------------------------


@pytest.fixture
def desktop(tmp_path):
    with SecretService(tmp_path) as s:
        yield s


@pytest.fixture
def at_desk(tmp_path, desktop):
    (tmp_path / "leaks").write_text("leak:g_malloc0\n")  # some bytes of each GDBusProxy whose main context has gone
    with Daemon(tmp_path / "profile", env={"DBUS_SESSION_BUS_ADDRESS": desktop.address, "LSAN_OPTIONS": f"suppressions={tmp_path}/leaks:print_suppressions=0"}) as d:
        yield d


def secrets_in(desktop):
    return {(i["attributes"]["owner"], i["attributes"]["name"]): i["secret"].decode() for i in desktop.items.values()}


def test_a_password_is_in_the_keyring_and_nowhere_else(at_desk, desktop, doorman):
    with at_desk.client() as c:
        id = create(c, doorman.port, password=SECRET)
        assert c.call("Account/set", update={id: {"settings/secrets": "keyring"}})["updated"] == {id: None}
        (item,) = desktop.items.values()
        assert item["secret"].decode() == SECRET and "jane@example.org" in item["label"] and on_disk(at_desk, SECRET) == []
        assert failure(c, "Account/check", accountId=id).type == "auth" and SECRET in doorman.told[-1]
        assert c.call("Account/set", update={id: {"password": "new words"}})["updated"] == {id: None}
        assert list(secrets_in(desktop).values()) == ["new words"]  # rewritten, not doubled
        assert c.call("Secrets/set", defaultStore="keyring") == {"defaultStore": "keyring"}
        other = create(c, doorman.port, password="other words")
        assert sorted(secrets_in(desktop).values()) == ["new words", "other words"] and on_disk(at_desk, "other words") == []
        assert c.call("Account/set", update={id: {"settings/secrets": "file"}})["updated"] == {id: None}
        assert list(secrets_in(desktop).values()) == ["other words"]
        assert c.call("Account/set", destroy=[other])["destroyed"] == [other] and desktop.items == {}


def test_two_profiles_of_one_user_share_no_secret(at_desk, desktop, doorman, tmp_path):
    """Their accounts have the same ids, and the keyring is the user's."""
    with Daemon(tmp_path / "other", env={"DBUS_SESSION_BUS_ADDRESS": desktop.address}) as d, at_desk.client() as mine, d.client() as other:
        ids = [create(c, doorman.port, password=words, settings={"secrets": "keyring"}) for c, words in ((mine, "my words"), (other, "other words"))]
        assert ids[0] == ids[1] and sorted(i["secret"].decode() for i in desktop.items.values()) == ["my words", "other words"]
        for c, words in ((mine, "my words"), (other, "other words")):
            assert failure(c, "Account/check", accountId=ids[0]).type == "auth" and words in doorman.told[-1]
        assert mine.call("Account/set", destroy=[ids[0]])["destroyed"] == ids[:1]
        assert failure(other, "Account/check", accountId=ids[0]).type == "auth" and "other words" in doorman.told[-1]


def test_a_locked_keyring_and_one_that_has_gone_are_told_in_time(at_desk, desktop, doorman):
    with at_desk.client() as c:
        id = create(c, doorman.port, password=SECRET, settings={"secrets": "keyring", "timeoutSeconds": 1})
        keyring = lambda: next(s for s in c.call("Secrets/get")["stores"] if s["name"] == "keyring")  # noqa: E731
        assert keyring()["isUsable"]
        desktop.is_locked = True
        e = failure(c, "Account/check", accountId=id)  # nobody unlocks it
        assert e.type == "userAction" and "locked" in e.data["description"] and not doorman.told
        refused = c.call("Account/set", update={id: {"password": "x"}})["notUpdated"][id]
        assert refused["type"] in ("userAction", "serverUnavailable") and secrets_in(desktop).popitem()[1] == SECRET
        desktop.is_locked = False
        desktop.is_silent = True
        e = failure(c, "Account/check", accountId=id)
        assert e.type == "timeout" and "keyring" in e.data["description"]
        began = time.monotonic()
        assert not keyring()["isUsable"] and time.monotonic() - began < 15
        desktop.is_silent = False
        assert failure(c, "Account/check", accountId=id).type == "auth" and SECRET in doorman.told[-1]
        desktop.restart()
        assert failure(c, "Account/check", accountId=id).type == "auth" and len(doorman.told) == 2
        desktop.bus.kill()  # the session has ended; facteurd has not
        desktop.bus.wait()
        e = failure(c, "Account/check", accountId=id)
        assert e.type == "serverUnavailable" and e.data["retry"] == "later"
        assert not keyring()["isUsable"] and c.call("Core/status")["pid"] == at_desk.process.pid


def test_without_a_session_bus_the_keyring_says_so(tmp_path):
    with Daemon(tmp_path / "profile", env={"DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/none"}) as d, d.client() as c:
        keyring = next(s for s in c.call("Secrets/get")["stores"] if s["name"] == "keyring")
        assert not keyring["isUsable"] and not keyring["isLocked"] and "keyring cannot be used" in keyring["problem"]
        id = create(c, password=SECRET)
        assert c.call("Account/set", update={id: {"settings/secrets": "keyring"}})["notUpdated"][id]["type"] == "serverUnavailable"
        assert failure(c, "Secrets/set", defaultStore="keyring").type == "serverUnavailable"
        assert on_disk(d, SECRET) == ["secrets"]


# ---- the process ----------------------------------------------------------------------------------------------------------


# Root may look into every process, by a capability; nobody here has it.
WITHOUT = ["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"] if os.getuid() == 0 else []


def may_look(tmp_path, **env):
    """Whether another program of the same user can look into facteurd, as a debugger would; and how large a core it may dump."""
    d = Daemon(tmp_path / "profile", env=env)
    d.args = WITHOUT + d.args
    with d:
        pid = d.process.pid
        limit = next(line.split()[4:6] for line in open(f"/proc/{pid}/limits") if line.startswith("Max core file size"))
        return subprocess.run([*WITHOUT, "sh", "-c", f"exec 3</proc/{pid}/mem"], capture_output=True).returncode == 0, limit


@pytest.mark.skipif(SANITIZED, reason="the leak check traces the process")
def test_nobody_looks_into_the_process_and_it_dumps_no_core(tmp_path):
    assert may_look(tmp_path) == (False, ["0", "0"])
    assert may_look(tmp_path, FACTEUR_DEBUG="1")[0]
