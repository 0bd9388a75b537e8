"""facteurd as the command line starts, stops and asks it."""
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import stat
import subprocess
import time

import pytest

from e2e import BUILD, ROOT, is_alive


def test_wrong_usage_is_exit_2(facteur):
    for args in ((), ("nonsense",), ("list", "--nonsense"), ("list", "-n", "many"), ("show",), ("show", "e1", "--raw", "--text"), ("flag", "e1"),
                 ("move", "e1"), ("account",), ("account", "add", "x@y"), ("rpc",), ("rpc", "Core/echo", "{"), ("plugin",), ("stop", "now")):
        done = facteur.run(*args, status=2)
        assert done.stdout == "" and done.stderr.startswith("facteur: "), args
    assert not facteur.profile.exists()


def test_no_core_is_exit_3(facteur):
    done = facteur.run("--no-start", "mailboxes", status=3)
    assert str(facteur.profile) in done.stderr
    assert not facteur.profile.exists()


def test_a_facteurd_that_cannot_start_is_told(facteur, tmp_path):
    facteur.profile.write_text("a file where a folder should be")
    assert facteur.run("mailboxes", status=3).stderr.startswith("facteur: ")


def test_the_first_command_starts_facteurd_and_stop_ends_it(facteur):
    assert facteur.count() == 0
    pid = facteur.pid()
    assert is_alive(pid)
    assert stat.S_IMODE(os.stat(facteur.profile).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(facteur.profile / "rpc.sock").st_mode) == 0o600
    facteur.run("stop")
    assert not is_alive(pid)
    assert facteur.pid() is None
    assert "no facteurd runs" in facteur.run("stop").stderr


def test_facteurd_is_in_a_session_of_its_own(facteur):
    facteur.count()
    pid = facteur.pid()
    assert os.getsid(pid) == pid
    for fd in (0, 1, 2):
        with contextlib.suppress(PermissionError):  # its descriptors are its own business, but root may look
            assert os.readlink(f"/proc/{pid}/fd/{fd}").startswith(("/dev/null", "pipe:"))
    assert os.readlink(f"/proc/{pid}/cwd") == "/" if os.getuid() == 0 else True


def test_commands_that_start_together_share_one_facteurd(facteur):
    processes = [subprocess.Popen(facteur.command("--json", "rpc", "Core/status", "{}"), stdout=subprocess.PIPE, env=facteur.env)
                 for _ in range(6)]
    pids = {json.loads(p.communicate(timeout=60)[0])["pid"] for p in processes}
    assert len(pids) == 1


def test_a_second_facteurd_is_told_who_holds_the_profile(facteur):
    facteur.count()
    done = subprocess.run([BUILD / "bin" / "facteurd", "--profile", facteur.profile], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, text=True, timeout=30)
    assert done.returncode != 0
    assert str(facteur.pid()) in done.stdout


def test_a_socket_left_behind_does_not_stop_the_next(facteur):
    facteur.count()
    facteur.kill()
    assert (facteur.profile / "rpc.sock").exists()
    assert facteur.count() == 0


def test_the_profile_may_lie_deep(facteur):
    facteur.profile = facteur.dir / ("d" * 60) / ("e" * 60) / "profile"
    assert facteur.count() == 0


def test_another_socket(facteur, tmp_path):
    facteur.options = ["--socket", str(tmp_path / "other.sock")]
    assert facteur.count() == 0
    assert (tmp_path / "other.sock").exists() and not (facteur.profile / "rpc.sock").exists()


def test_environment_names_the_profile(facteur):
    done = subprocess.run([facteur.program, "count", ""], env={**facteur.env, "FACTEUR_PROFILE": str(facteur.profile)}, stdout=subprocess.PIPE,
                          stdin=subprocess.DEVNULL)
    assert done.stdout == b"0\n" and (facteur.profile / "rpc.sock").exists()


# ---- rpc ----------------------------------------------------------------------------------------------------


def test_rpc_calls_any_method(facteur):
    assert facteur.rpc("Core/echo", hello=[1, {"two": None}]) == {"hello": [1, {"two": None}]}
    done = facteur.run("rpc", "No/such", status=1)
    assert done.stdout == "" and json.loads(done.stderr)["code"] == -32601


def test_rpc_relays_lines(facteur):
    requests = ['{"jsonrpc":"2.0","id":1,"method":"Core/echo","params":{"a":1}}', "", '{"jsonrpc":"2.0","method":"Core/echo","params":{}}',
                "not json", '[{"jsonrpc":"2.0","id":"x","method":"Core/echo","params":{"b":2}},{"jsonrpc":"2.0","id":"y","method":"Nope"}]']
    answers = [json.loads(line) for line in facteur.out("rpc", "-", input="\n".join(requests)).splitlines()]
    assert len(answers) == 3
    assert {"jsonrpc": "2.0", "id": 1, "result": {"a": 1}} in answers
    assert [a["error"]["code"] for a in answers if isinstance(a, dict) and "error" in a] == [-32700]
    (batch,) = [a for a in answers if isinstance(a, list)]
    assert sorted(a["id"] for a in batch) == ["x", "y"]


def test_the_socket_needs_no_library(facteur):
    facteur.count()
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(facteur.profile / "rpc.sock"))
        s.sendall(b'{"jsonrpc":"2.0","id":7,"method":"Mailbox/get","params":{"accountId":"*"}}\n')
        answer = b""
        while not answer.endswith(b"\n"):
            answer += s.recv(65536)
    assert json.loads(answer)["id"] == 7 and answer.count(b"\n") == 1


# ---- doctor, help, completion -------------------------------------------------------------------------------


def test_doctor_finds_nothing_wrong_in_a_new_profile(facteur):
    findings = facteur.json("doctor")
    assert [f for f in findings if f["verdict"] == "problem"] == []
    assert "Nothing is wrong." in facteur.out("doctor")


def test_doctor_sees_a_profile_that_others_can_read(facteur):
    facteur.count()
    facteur.profile.chmod(0o755)
    done = facteur.run("doctor", status=1)
    assert "chmod 700" in done.stdout


def commands(facteur):
    return facteur.out("complete", "commands").split()


def test_every_command_is_in_help_manual_and_completions(facteur):
    manual = (ROOT / "man" / "facteur.1").read_text()
    helped = facteur.out("help")
    for command in commands(facteur):
        assert re.search(rf"^  {command}\b", helped, re.M), command
        assert re.search(rf"^\\fB{command}\b|^\.BR? .*\b{command}\b|, \\fB{command}\\fR", manual, re.M), command
        assert facteur.out("help", command).startswith(f"usage: facteur {command}")
    for shell in ("facteur.bash", "_facteur", "facteur.fish"):
        text = (ROOT / "completion" / shell).read_text()
        for command in ("account", "list", "search", "show", "save", "flag", "move", "import", "rpc"):
            assert command in text, (shell, command)


@pytest.mark.parametrize("page", ["facteur.1", "facteurd.8", "facteur-rpc.7"])
def test_manual_pages_are_well_formed(page):
    done = subprocess.run(["groff", "-man", "-ww", "-z", "-Kutf8", "-Tutf8", ROOT / "man" / page], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0 and done.stderr == ""


def complete_bash(facteur, line):
    script = f"""
source {ROOT}/completion/facteur.bash
COMP_WORDS=({line}) ; COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
_facteur 2>/dev/null
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    env = {**facteur.env, "PATH": f"{BUILD}/bin:{os.environ['PATH']}", "FACTEUR_PROFILE": str(facteur.profile)}
    return subprocess.run(["bash", "-c", script], stdout=subprocess.PIPE, text=True, env=env, check=True).stdout.split("\n")[:-1]


def test_bash_completes_commands_options_and_mailboxes(facteur):
    assert "mailboxes" in complete_bash(facteur, "facteur mai")
    assert complete_bash(facteur, "facteur show --ra") == ["--raw"]
    assert complete_bash(facteur, "facteur list -m Ar") == [""]  # none runs, and none is started for it
    facteur.count()
    assert complete_bash(facteur, "facteur list -m Ar") == ["Archive"]
    assert complete_bash(facteur, "facteur move e1 Tr") == ["Trash"]
    assert "Mailbox/get" in complete_bash(facteur, "facteur rpc Mailbox/g")
    assert complete_bash(facteur, "facteur account ch") == ["check"]


def test_zsh_and_fish_read_their_completions(facteur):
    subprocess.run(["zsh", "-n", ROOT / "completion" / "_facteur"], check=True)
    facteur.count()
    env = {**facteur.env, "PATH": f"{BUILD}/bin:{os.environ['PATH']}", "FACTEUR_PROFILE": str(facteur.profile), "HOME": str(facteur.dir)}
    script = f"source {ROOT}/completion/facteur.fish; complete -C 'facteur list -m Ar'; complete -C 'facteur mai'"
    done = subprocess.run(["fish", "--no-config", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env, timeout=60)
    assert "Archive" in done.stdout.split() and "mailboxes" in done.stdout.split(), done


# ---- systemd ------------------------------------------------------------------------------------------------


def test_socket_activation(facteur):
    """facteurd takes the socket that it is handed, as systemd hands it."""
    facteur.profile.mkdir(mode=0o700)
    path = facteur.profile / "rpc.sock"
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(path))
        s.listen(16)
        pid = os.fork()
        if pid == 0:
            os.dup2(s.fileno(), 3)
            os.set_inheritable(3, True)
            log = os.open(facteur.profile / "facteurd.log", os.O_WRONLY | os.O_CREAT, 0o600)
            os.dup2(log, 1)
            os.dup2(log, 2)
            os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
            os.execv(BUILD / "bin" / "facteurd", ["facteurd", "--profile", str(facteur.profile)])
    try:
        assert facteur.pid() == pid
        assert facteur.count() == 0
        os.kill(pid, signal.SIGTERM)
        assert os.waitpid(pid, 0)[1] == 0
        assert path.exists()  # it is systemd's
    finally:
        try:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass


def test_start_to_first_answer_is_quick(facteur):
    facteur.count()
    facteur.run("stop")
    began = time.monotonic()
    facteur.count()
    assert time.monotonic() - began < 2
