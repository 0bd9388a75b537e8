"""Framing, limits, many clients, slow clients, clients that leave; who may come in; starting and ending."""
import json
import os
import pathlib
import resource
import select
import signal
import socket
import stat
import subprocess
import time

import pytest

from client import FACTEURD, SANITIZED, Client, Daemon, RpcError
from mail import LOCAL, import_all, message, upload


def ask(client, line):
    client.send_raw(line if isinstance(line, bytes) else line.encode())
    return json.loads(client.read_line())


def descriptors(daemon):
    return len(os.listdir(f"/proc/{daemon.process.pid}/fd"))


def cpu_ticks(daemon):
    fields = pathlib.Path(f"/proc/{daemon.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


# ---- framing ---------------------------------------------------------------------------------------------------


def test_texts_may_come_in_any_pieces(reader):
    line = b'{"jsonrpc":"2.0","method":"Core/echo","params":{"a":"\xc3\xbc"},"id":1}\r\n\n  \n{"jsonrpc":"2.0","method":"Core/echo","id":2}\n'
    for i in range(len(line)):
        reader.send_raw(line[i:i + 1])
    assert json.loads(reader.read_line())["result"] == {"a": "ü"}
    assert json.loads(reader.read_line())["id"] == 2
    reader.send_raw(line * 200)
    assert [json.loads(reader.read_line())["id"] for _ in range(400)] == [1, 2] * 200


def test_a_request_over_the_limit_is_refused_and_the_next_is_answered(reader):
    big = b'{"jsonrpc":"2.0","method":"Core/echo","params":{"a":"' + b"x" * (11 << 20) + b'"},"id":1}\n'
    answer = ask(reader, big)
    assert answer["id"] is None and answer["error"]["code"] == -32600
    assert answer["error"]["data"]["type"] == "limit" and answer["error"]["data"]["limit"] == "maxSizeRequest"
    assert reader.call("Core/echo", a=1) == {"a": 1}


def test_a_request_just_under_the_limit_is_answered(reader):
    assert len(reader.call("Core/echo", a="x" * ((10 << 20) - 200))["a"]) == (10 << 20) - 200


def test_a_request_of_too_many_values_costs_neither_memory_nor_time(daemon, client):
    big = b'{"jsonrpc":"2.0","method":"Core/echo","params":{"a":[' + b"{}," * (3 << 20) + b'0]},"id":1}\n'
    answer = ask(client, big)
    assert answer["error"]["data"]["type"] == "limit" and answer["error"]["data"]["limit"] == "maxValuesInRequest"
    peak = next(int(line.split()[1]) for line in open(f"/proc/{daemon.process.pid}/status") if line.startswith("VmHWM"))
    assert SANITIZED or peak < 100 << 10
    limit = client.call("Session/get")["capabilities"]["urn:ietf:params:jmap:core"]["maxValuesInRequest"]
    assert len(client.call("Core/echo", a=[{}] * (limit // 2 - 20))["a"]) == limit // 2 - 20


def test_nesting_names_and_numbers_are_bounded(reader):
    deep = '{"jsonrpc":"2.0","method":"Core/echo","params":{"a":%s},"id":1}\n' % ("[" * 127 + "]" * 127)
    assert ask(reader, deep)["error"]["data"]["limit"] == "maxDepthRequest"
    ok = deep.replace("[" * 127 + "]" * 127, "[" * 100 + "]" * 100)
    assert "result" in ask(reader, ok)
    many = json.dumps([{"jsonrpc": "2.0", "method": "Core/echo", "id": i} for i in range(257)]) + "\n"
    assert ask(reader, many)["error"]["data"]["limit"] == "maxCallsInRequest"
    for bad in (b'{"a":1,"a":2}\n', b"\xff\n", b'"\xed\xa0\x80"\n', b'{"jsonrpc":"2.0","method":"Core/echo","id":1e999}\n', b"nul\0l\n", b'["\\u0000"]\n', b"{\n", b"[1,]\n"):
        assert ask(reader, bad)["error"]["code"] == -32700, bad
    assert ask(reader, b"7\n")["error"]["code"] == -32600


def test_every_method_checks_its_arguments(reader, document):
    names = [m["name"] for m in document["methods"]]
    names.sort(key=lambda name: name == "Session/authenticate")  # the last one: behind it nobody is let in
    for method in names:
        if method in ("Core/echo", "Core/stop"):
            continue
        for params in ([], {"nonsense": 1}, [1]):
            answer = reader.answer(method, params)
            assert answer["error"]["code"] == -32602, (method, params, answer)


def test_creation_ids_come_with_a_batch_and_go_with_it(reader):
    first, mailbox, last = reader.batch(("Core/createdIds", {"createdIds": {"k": "m1"}}), ("Mailbox/get", {"accountId": LOCAL, "ids": ["#k"]}),
                                        ("Core/createdIds", {}))
    assert first == last == {"createdIds": {"k": "m1"}}
    assert mailbox["list"][0]["id"] == "m1"
    assert reader.call("Core/createdIds") == {"createdIds": {}}


def test_a_method_that_is_not_there(reader):
    assert reader.answer("Email/nope")["error"] == {"code": -32601, "message": "Method not found"}
    reader.send({"jsonrpc": "2.0", "method": "Email/nope"})
    reader.send({"jsonrpc": "2.0", "method": "Core/echo", "params": {"a": 1}})
    assert reader.is_quiet(0.1)
    assert reader.call("Core/echo") == {}


def test_a_last_line_without_its_end_is_answered_after_half_a_close(shared_daemon):
    with shared_daemon.client() as c:
        c.send_raw(b'{"jsonrpc":"2.0","method":"Core/echo","id":1}\n{"jsonrpc":"2.0","method":"Core/echo","id":2}')
        c.sock.shutdown(socket.SHUT_WR)
        assert json.loads(c.read_line())["id"] == 1 and json.loads(c.read_line())["id"] == 2
        assert c.read_line() is None


# ---- many, slow and absent clients -----------------------------------------------------------------------------


def resident(client):
    return client.call("Core/status")["residentBytes"]


@pytest.mark.skipif(SANITIZED, reason="memory is another matter there")
def test_a_thousand_idle_clients_cost_little(shared_daemon):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(4096, hard)), hard))
    clients = []
    try:
        with shared_daemon.client() as c:
            before = resident(c)
            for _ in range(1000):
                clients.append(shared_daemon.client())
            for x in clients:
                x.send({"jsonrpc": "2.0", "method": "Core/echo", "params": {"a": "x" * 20000}, "id": 1})
            for x in clients:
                assert x.read()["id"] == 1
            assert c.call("Core/status")["clients"] >= 1001
            assert (resident(c) - before) / 1000 < 16384
            assert c.call("Core/echo", a=1) == {"a": 1}
    finally:
        for x in clients:
            x.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_more_clients_than_allowed_are_told(daemon):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(4096, hard)), hard))
    clients = []
    try:
        clients.extend(daemon.client() for _ in range(2048))
        clients[-1].call("Core/echo")
        with daemon.client() as late:
            answer = json.loads(late.read_line())
            assert answer["error"]["data"]["type"] == "limit" and late.read_line() is None
        clients.pop().close()
        time.sleep(0.1)
        with daemon.client() as again:
            assert again.call("Core/echo") == {}
    finally:
        for x in clients:
            x.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.alone
def test_a_client_that_reads_nothing_is_not_read_either_and_holds_up_nobody(shared_daemon):
    with shared_daemon.client(timeout=2) as slow, shared_daemon.client() as other:
        before = resident(other)
        line = json.dumps({"jsonrpc": "2.0", "method": "Core/echo", "params": {"a": "x" * 500000}, "id": 1}).encode() + b"\n"
        sent = 0
        with pytest.raises(TimeoutError):
            for sent in range(200):
                slow.send_raw(line)
        assert sent < 50
        began = time.monotonic()
        assert other.call("Core/echo", a=1) == {"a": 1}
        assert time.monotonic() - began < 0.5
        assert resident(other) - before < 32 << 20
        slow.sock.settimeout(20)
        for _ in range(sent):
            assert json.loads(slow.read_line())["id"] == 1


def test_what_all_clients_leave_unfinished_and_unread_is_bounded(daemon, client):
    half = b'{"jsonrpc":"2.0","id":1,"method":"Core/echo","params":{"a":"' + b"x" * (9 << 20)
    unread = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "Core/echo", "params": {"a": "x" * (9 << 20)}}).encode() + b"\n"
    clients = [daemon.client(timeout=60) for _ in range(64)]
    try:
        for i, c in enumerate(clients):
            c.send_raw(unread if i % 2 else half)
        end = time.monotonic() + 30
        while not (told := select.select([c.sock for c in clients[::2]], [], [], 0.1)[0]):
            assert time.monotonic() < end
        assert json.loads(told[0].recv(1000))["error"]["data"]["limit"] == "maxSizeUnfinished"
        assert client.call("Core/echo", a=1) == {"a": 1}
        assert SANITIZED or resident(client) < 400 << 20
        told[0].sendall(b'"}}\n' + json.dumps({"jsonrpc": "2.0", "id": 2, "method": "Core/echo"}).encode() + b"\n")
        assert json.loads(told[0].recv(1000))["id"] == 2
    finally:
        for c in clients:
            c.close()


def test_a_client_that_reads_nothing_does_not_take_all_descriptors(daemon, client):
    blob = client.call("Blob/upload", accountId="a1", create={"k": {"data": [{"data:asText": "x"}]}})["created"]["k"]["id"]
    before = descriptors(daemon)
    with daemon.client(timeout=2) as slow:
        line = json.dumps({"jsonrpc": "2.0", "method": "Blob/open", "params": {"blobId": blob}, "id": 1}).encode() + b"\n"
        sent = 0
        with pytest.raises(TimeoutError):
            for sent in range(20000):
                slow.send_raw(line)
        assert descriptors(daemon) - before < 64
        slow.sock.settimeout(20)
        for _ in range(sent):
            assert json.loads(slow.read_line())["id"] == 1
            os.close(slow.fds.pop(0))
    assert client.call("Core/echo", a=1) == {"a": 1}


def test_without_descriptors_clients_are_told_and_nothing_spins(tmp_path):
    d = Daemon(tmp_path / "p")
    d.args = ["prlimit", "--nofile=64:64", *d.args]
    with d, d.client() as first:
        clients = [d.client() for _ in range(100)]
        try:
            refused = select.select([c.sock for c in clients], [], [], 5)[0]
            assert json.loads(refused[0].recv(1000))["error"]["message"] == "no file descriptors left"
            ticks = cpu_ticks(d)
            time.sleep(1)
            assert cpu_ticks(d) - ticks < 0.3 * os.sysconf("SC_CLK_TCK")
            assert first.call("Core/echo", a=1) == {"a": 1}
        finally:
            for c in clients:
                c.close()
        time.sleep(0.3)
        with d.client() as again:
            assert again.call("Core/echo") == {}
        assert "only 64 file descriptors are allowed" in (d.profile / "facteurd.log").read_text()


def test_a_client_that_leaves_cuts_its_waits_short(daemon):
    with daemon.client() as other:
        for half in (b"", b'{"jsonrpc"'):
            c = daemon.client()
            task = other.call("Account/set", create={"k": {"address": f"j{len(half)}@example.org", "source": "imap://j@127.0.0.1:9?tls=none", "isEnabled": False}})
            assert task["created"]
            c.send({"jsonrpc": "2.0", "method": "Task/get", "params": {"ids": [], "waitMs": 60000}, "id": 1})
            c.send({"jsonrpc": "2.0", "method": "Account/check", "params": {"account": {"address": "a@b", "source": "imap://a@192.0.2.1?tls=none"}}, "id": 2})
            c.send_raw(half)
            time.sleep(0.3)
            c.close()
        end = time.monotonic() + 10
        while other.call("Core/status")["clients"] > 1:
            assert time.monotonic() < end, other.call("Core/status")["fibers"]
            time.sleep(0.05)


def test_what_a_client_sent_before_it_left_is_carried_out(daemon, client):
    [id] = import_all(client, [message()])
    set = {"jsonrpc": "2.0", "method": "Email/set", "params": {"accountId": LOCAL}}
    with daemon.client() as c:
        c.send_raw(b"".join(json.dumps({**set, "params": {**set["params"], "update": {id: {f"keywords/k{i}": True}}}}).encode() + b"\n" for i in range(90)))
    with daemon.client() as c:
        c.send([{"jsonrpc": "2.0", "method": "Email/query", "params": {"accountId": LOCAL}, "id": i} for i in range(50)]
               + [{**set, "params": {**set["params"], "update": {id: {"keywords/last": True}}}}])
    end = time.monotonic() + 20
    while len(client.call("Email/get", ids=[id], properties=["keywords"])["list"][0]["keywords"]) < 91:
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.alone
def test_one_clients_long_requests_do_not_stop_the_others(shared_daemon):
    with shared_daemon.client() as busy, shared_daemon.client() as other:
        for i in range(300):
            busy.send({"jsonrpc": "2.0", "method": "rpc.discover", "params": {}, "id": i}) if i < 40 else None
        worst = 0
        for _ in range(50):
            began = time.monotonic()
            other.call("Core/echo")
            worst = max(worst, time.monotonic() - began)
        assert worst < 0.25
        for i in range(40):
            assert busy.read()["id"] == i


# ---- push ------------------------------------------------------------------------------------------------------


def test_a_change_is_pushed_to_every_subscriber_and_to_nobody_else(daemon):
    with daemon.client() as a, daemon.client() as b, daemon.client() as silent:
        present = a.call("Push/subscribe", types=["Email", "Mailbox", "Account"])["changed"]
        assert present["*"]["Account"] and set(present[LOCAL]) == {"Email", "Mailbox"}
        b.call("Push/subscribe", types=["Email"], accountIds=[LOCAL])
        import_all(silent, [message()])
        state = silent.call("Email/get", accountId=LOCAL, ids=[])["state"]
        assert a.notification("StateChange")["changed"][LOCAL]["Email"] == state
        assert b.notification("StateChange")["changed"] == {LOCAL: {"Email": state}}
        assert silent.is_quiet(0.2)
        silent.call("Account/set", create={"k": {"address": "j@example.org", "source": "imap://j@127.0.0.1:9?tls=none", "isEnabled": False}})
        assert "*" in a.notification("StateChange")["changed"] and b.is_quiet(0.2)
        a.call("Push/subscribe", types=[])
        while not a.is_quiet(0.1):
            a.read_line()
        import_all(silent, [message("second")])
        b.notification("StateChange")
        assert a.is_quiet(0.2)


def test_subscribers_of_other_accounts_hear_nothing(daemon, client):
    with daemon.client() as c:
        c.call("Push/subscribe", types=["Email"], accountIds=["a99"])
        import_all(client, [message()])
        assert c.is_quiet(0.3)


def test_a_burst_of_changes_is_merged(daemon, client):
    with daemon.client() as c:
        [id] = import_all(client, [message()])
        c.call("Push/subscribe", types=["Email"])
        for i in range(200):
            client.call("Email/set", accountId=LOCAL, update={id: {"keywords/$seen": True if i % 2 else None}})
        final = client.call("Email/get", accountId=LOCAL, ids=[])["state"]
        seen = 0
        while c.notification("StateChange")["changed"][LOCAL]["Email"] != final:
            seen += 1
        assert seen < 150 and c.is_quiet(0.2)


def test_a_subscriber_that_never_reads_gets_one_notification_later(daemon, client):
    """Its socket is filled with answers first, so that not even the first notification fits."""
    with daemon.client(timeout=1) as c:
        [id] = import_all(client, [message()])
        c.call("Push/subscribe", types=["Email"])
        line = json.dumps({"jsonrpc": "2.0", "method": "Core/echo", "params": {"a": "x" * 300000}, "id": 1}).encode() + b"\n"
        for _ in range(4):
            c.send_raw(line)
        for i in range(30):
            client.call("Email/set", accountId=LOCAL, update={id: {f"keywords/k{i}": True}})
            time.sleep(0.06 if i < 5 else 0)
        final = client.call("Email/get", accountId=LOCAL, ids=[])["state"]
        c.sock.settimeout(20)
        for _ in range(4):
            c.read()
        waiting = len(c.notifications)
        assert waiting <= 1
        assert c.notification("StateChange")["changed"][LOCAL]["Email"] == final or waiting == 1


def test_the_progress_of_a_task_and_the_state_of_an_account_are_pushed(daemon, client):
    with daemon.client() as c:
        c.call("Push/subscribe", types=["Task", "AccountState"])
        r = client.call("Account/set", create={"k": {"address": "j@example.org", "source": "imap://j@127.0.0.1:1?tls=none", "password": "x"}})
        id = r["created"]["k"]["id"]
        task = client.call("Account/sync", accountIds=[id])["taskId"]
        while True:
            t = c.notification("Task/progress", 20)["task"]
            if t["id"] == task and t["state"] != "running":
                break
        assert id in c.notification("AccountState", 20)["accountIds"]


def test_the_state_of_an_account_has_a_state_by_which_who_was_away_knows(daemon, client):
    r = client.call("Account/set", create={"k": {"address": "j@example.org", "source": "imap://j@127.0.0.1:1?tls=none", "password": "x"}})
    id = r["created"]["k"]["id"]
    with daemon.client() as c:
        before = c.call("Push/subscribe", types=["AccountState"])["changed"]
        assert set(before) >= {LOCAL, id} and all(set(states) == {"AccountState"} for states in before.values())
        client.call("Account/set", update={id: {"source": "imap://j@127.0.0.1:2?tls=none"}})
        told = c.notification("StateChange", 20)["changed"]
        assert set(told) == {id} and told[id]["AccountState"] != before[id]["AccountState"]
        again = c.call("Push/subscribe", types=["AccountState", "Email"])["changed"]
        assert set(again[id]) == {"AccountState", "Email"} and again[LOCAL]["AccountState"] == before[LOCAL]["AccountState"]
    daemon.stop()
    daemon.start()
    with daemon.client() as c:
        after = c.call("Push/subscribe", types=["AccountState"])["changed"]
        assert not {states["AccountState"] for states in after.values()} & {states["AccountState"] for states in (*before.values(), *told.values(), *again.values())}


# ---- the program -----------------------------------------------------------------------------------------------


def test_the_profile_is_closed_to_others(daemon):
    assert stat.S_IMODE(daemon.profile.stat().st_mode) == 0o700
    assert stat.S_IMODE(daemon.socket.stat().st_mode) == 0o600
    for path in daemon.profile.rglob("*"):
        assert not path.stat().st_mode & 0o077, path
    assert f"{daemon.process.pid}" and os.path.exists(f"/proc/{daemon.process.pid}")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_another_user_is_shown_out(daemon):
    for path in (daemon.profile, *daemon.profile.parents):
        if path != pathlib.Path("/"):
            try:
                path.chmod(path.stat().st_mode | 0o005)
            except OSError:
                pass
    daemon.socket.chmod(0o666)
    code = ("import os,socket,sys; os.setgid(65534); os.setuid(65534); s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); "
            "s.sendall(b'{\"jsonrpc\":\"2.0\",\"method\":\"Core/echo\",\"id\":1}\\n'); sys.stdout.write(repr(s.recv(100)))")
    out = subprocess.run(["/usr/bin/python3", "-c", code, str(daemon.socket)], capture_output=True, text=True, timeout=10)
    assert out.stdout == "b''" or "ConnectionResetError" in out.stderr or "BrokenPipe" in out.stderr, out


def test_a_second_daemon_is_told_who_holds_the_profile(daemon):
    done = subprocess.run([str(FACTEURD), "--profile", str(daemon.profile)], capture_output=True, text=True, timeout=10)
    assert done.returncode == 3 and str(daemon.process.pid) in done.stderr
    with daemon.client() as c:
        assert c.call("Core/echo") == {}


def test_a_socket_left_behind_is_taken_over_and_a_file_is_not(tmp_path):
    with Daemon(tmp_path / "p") as d:
        d.kill()
    assert d.socket.exists()
    with Daemon(tmp_path / "p") as d, d.client() as c:
        assert c.call("Core/echo") == {}
        assert d.stop() == 0 and not d.socket.exists()
    d.socket.write_text("precious")
    done = subprocess.run(d.args, capture_output=True, text=True, timeout=10)
    assert done.returncode == 1 and "no socket" in done.stderr and d.socket.read_text() == "precious"


def test_a_socket_path_longer_than_the_kernel_takes(tmp_path):
    long = tmp_path / ("x" * 100) / ("y" * 100)
    long.mkdir(parents=True)
    d = Daemon(long / "p")
    d.process = subprocess.Popen(d.args, stderr=subprocess.PIPE)
    try:
        end = time.monotonic() + 10
        while not d.socket.exists() and time.monotonic() < end:
            time.sleep(0.01)
        fd = os.open(d.profile, os.O_PATH)
        while True:
            try:
                c = Client(f"/proc/self/fd/{fd}/rpc.sock")
                break
            except ConnectionRefusedError:  # there, but nobody listens yet
                assert time.monotonic() < end
                time.sleep(0.01)
        with c:
            assert c.call("Core/echo") == {}
        os.close(fd)
    finally:
        assert d.stop() == 0


def test_a_socket_of_ones_own_choice(tmp_path):
    d = Daemon(tmp_path / "p", "--socket", tmp_path / "here.sock")
    d.socket = tmp_path / "here.sock"
    with d, d.client() as c:
        assert c.call("Core/status")["socket"] == str(d.socket)
        done = subprocess.run([str(FACTEURD), "--profile", str(tmp_path / "q"), "--socket", str(d.socket)], capture_output=True, text=True, timeout=10)
        assert done.returncode == 1 and "another program answers" in done.stderr


def test_a_socket_whose_owner_is_too_busy_to_answer_is_left_alone(tmp_path):
    path = tmp_path / "busy.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(0)
        waiting = []
        with pytest.raises(BlockingIOError):
            while len(waiting) < 100:
                waiting.append(socket.socket(socket.AF_UNIX))
                waiting[-1].setblocking(False)
                waiting[-1].connect(str(path))
        done = subprocess.run([str(FACTEURD), "--profile", str(tmp_path / "p"), "--socket", str(path)], capture_output=True, text=True, timeout=10)
        assert done.returncode == 1 and "another program answers" in done.stderr and path.exists()
        for s in waiting:
            s.close()


def test_the_listening_socket_may_come_from_systemd(tmp_path):
    path = tmp_path / "systemd.sock"
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        listener.bind(str(path))
        listener.listen()
        notify.bind(str(tmp_path / "notify"))
        notify.settimeout(10)
        code = "import os,sys; os.dup2(int(sys.argv[1]),3); os.environ.update(LISTEN_PID=str(os.getpid()),LISTEN_FDS='1',NOTIFY_SOCKET=sys.argv[2]); os.execv(sys.argv[3],sys.argv[3:])"
        process = subprocess.Popen(["/usr/bin/python3", "-c", code, str(listener.fileno()), str(tmp_path / "notify"), str(FACTEURD), "--profile", str(tmp_path / "p")],
                                   pass_fds=[listener.fileno()], stderr=subprocess.DEVNULL)
        try:
            assert notify.recv(100) == b"READY=1"
            with Client(path) as c:
                assert c.call("Core/echo") == {}
        finally:
            process.terminate()
            assert process.wait(10) == 0
        assert path.exists() and not (tmp_path / "p" / "rpc.sock").exists()


@pytest.mark.alone
def test_signals_end_it_cleanly_also_in_the_middle_of_work(tmp_path):
    with Daemon(tmp_path / "p") as d:
        clients = [d.client() for _ in range(20)]
        for c in clients[:10]:
            c.send({"jsonrpc": "2.0", "method": "Task/get", "params": {"ids": [], "waitMs": 60000}, "id": 1})
            c.send({"jsonrpc": "2.0", "method": "Account/check", "params": {"account": {"address": "a@b", "source": "imap://a@192.0.2.1?tls=none"}}, "id": 2})
        clients[10].send_raw(b'{"half')
        time.sleep(0.2)
        began = time.monotonic()
        d.process.send_signal(signal.SIGINT)
        assert d.process.wait(10) == 0 and time.monotonic() - began < 5
        for c in clients:
            c.close()


@pytest.mark.alone
def test_a_batch_of_long_queries_does_not_hold_up_the_end(tmp_path):
    with Daemon(tmp_path / "p") as d, d.client() as c:
        import_all(c, [message(f"word{i} " * 40) for i in range(400)])
        query = ("Email/query", {"accountId": LOCAL, "filter": {"operator": "OR", "conditions": [{"text": f"word{i}*"} for i in range(60)]}, "calculateTotal": True})
        began = time.monotonic()
        c.batch(*[query] * 4)
        each = (time.monotonic() - began) / 4
        clients = [d.client() for _ in range(8)]
        for x in clients:
            x.send([x.request(*query) for _ in range(250)])
        time.sleep(0.3)
        began = time.monotonic()
        d.process.send_signal(signal.SIGTERM)
        assert d.process.wait(60) == 0 and time.monotonic() - began < 1 + 30 * each
        for x in clients:
            x.close()


def test_a_hangup_ends_it_cleanly_unless_it_is_ignored(tmp_path):
    with Daemon(tmp_path / "p") as d:
        d.process.send_signal(signal.SIGHUP)
        assert d.process.wait(10) == 0 and not d.socket.exists()
    d = Daemon(tmp_path / "p")
    d.args = ["nohup", *d.args]
    with d, d.client() as c:
        d.process.send_signal(signal.SIGHUP)
        assert c.call("Core/echo") == {}


def test_usage(tmp_path):
    run = lambda *a: subprocess.run([str(FACTEURD), *a], capture_output=True, text=True, timeout=10)  # noqa: E731
    assert run("--help").returncode == 0 and "--profile" in run("--help").stdout
    assert run("--version").stdout.startswith("facteurd ")
    assert run("--nonsense").returncode == 2 and run("extra").returncode == 2 and run("--log-level", "loud").returncode == 2
    (tmp_path / "file").write_text("")
    assert run("--profile", str(tmp_path / "file")).returncode == 1


@pytest.mark.alone
def test_start_to_first_answer_takes_less_than_a_moment(tmp_path):
    """50 ms on an idle machine; the bound here leaves room for a busy one."""
    with Daemon(tmp_path / "p"):
        pass
    best = 9
    for _ in range(5):
        began = time.monotonic()
        with Daemon(tmp_path / "p") as d, d.client() as c:
            c.call("Session/get")
            best = min(best, time.monotonic() - began)
    print(f"start to first answer: {best * 1000:.1f} ms")
    assert best < 0.2


def test_a_blob_outlives_a_restart(tmp_path):
    with Daemon(tmp_path / "p") as d, d.client() as c:
        [blob] = upload(c, b"kept")
    with Daemon(tmp_path / "p") as d, d.client() as c:
        assert c.call("Blob/get", ids=[blob])["list"][0]["data:asText"] == "kept"
        with pytest.raises(RpcError):
            c.call("Blob/open", blobId="b" + "0" * 64)
