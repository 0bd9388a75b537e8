"""facteurd as the command line starts, stops and asks it."""
import contextlib
import fcntl
import json
import os
import pathlib
import pty
import re
import signal
import socket
import stat
import subprocess
import time

import pytest

from e2e import BUILD, ROOT, SAMPLES, is_alive


def test_wrong_usage_is_exit_2(facteur):
    for args in ((), ("nonsense",), ("list", "--nonsense"), ("list", "-n", "many"), ("show",), ("show", "e1", "--raw", "--text"), ("flag", "e1"),
                 ("move", "e1"), ("account",), ("account", "add", "nobody"), ("account", "discover", "nobody"), ("account", "discover"), ("rpc",), ("rpc", "Core/echo", "{"), ("plugin",), ("mailbox",), ("stop", "now")):
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


def test_after_stop_the_profile_is_free(facteur):
    """Of its lock, too, which goes with the last of its threads."""
    facteur.run("import", SAMPLES)
    for _ in range(15):
        assert facteur.count() > 0
        pid = facteur.pid()
        facteur.run("stop")
        assert not is_alive(pid)
        with open(facteur.profile / "lock", "r+") as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


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


# ---- descriptors that are closed, or full ------------------------------------------------------------------


def with_shell(facteur, redirection, *args, input=None):
    """The command with a redirection of the shell's."""
    return subprocess.run(["sh", "-c", f'exec "$@" {redirection}', "sh", *facteur.command(*args)], input=input, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, stdin=None if input else subprocess.DEVNULL, text=True, env=facteur.env, timeout=30)


@pytest.mark.parametrize("redirection", [">&-", ">/dev/full"])
def test_a_standard_output_that_takes_nothing_is_a_failure(facteur, redirection):
    facteur.run("import", SAMPLES)
    email = facteur.json("list", "-n", "1")[0]["id"]
    for args in (["help"], ["version"], ["list"], ["--json", "list"], ["count", ""], ["show", email], ["show", email, "--raw"], ["rpc", "Core/echo", "{}"],
                 ["mailboxes"], ["doctor"], ["complete", "options"], ["--json", "watch"]):
        done = with_shell(facteur, redirection, *args)
        assert done.returncode == 1 and re.search(r"standard output: (No space left|Bad file)", done.stderr), (args, done)
    request = '{"jsonrpc":"2.0","id":1,"method":"Core/echo","params":{}}\n'
    done = with_shell(facteur, redirection, "rpc", "-", input=request)
    assert done.returncode == 1 and re.search(r"standard output: (No space left|Bad file)", done.stderr), done


def test_a_standard_input_that_is_closed_is_a_failure_of_who_reads_it(facteur):
    assert with_shell(facteur, "<&-", "count", "").stdout == "0\n"
    for args in (["rpc", "-"], ["import", "-"], ["flag", "-", "+seen"]):
        done = with_shell(facteur, "<&-", *args)
        assert done.returncode == 1 and "standard input: Bad file descriptor" in done.stderr, done
    assert with_shell(facteur, "<&- >&- 2>&-", "count", "").returncode == 1


def test_a_reader_that_has_seen_enough_is_no_failure(facteur):
    facteur.run("import", SAMPLES)
    done = subprocess.run(["sh", "-c", '"$@" | head -n 1', "sh", *facteur.command("--json", "list", "-n", "200")], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=facteur.env, timeout=30)
    assert done.stdout.count(b"\n") == 1 and done.stderr == b""


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


def test_rpc_waits_for_what_only_looks_like_a_notification(facteur):
    refused = ['{"method":"Core/echo"}', '{"jsonrpc":"2.0","method":"Core/echo","params":7}', '{"jsonrpc":"2.0","method":"Core/echo","method":"Core/echo"}',
               '[{"method":"Core/echo"}]']
    last = '{"jsonrpc":"2.0","id":"last","method":"Core/echo","params":{}}'
    answers = [json.loads(line) for line in facteur.out("rpc", "-", input="\n".join([*refused, last])).splitlines()]
    assert [a[0]["error"]["code"] if isinstance(a, list) else a["error"]["code"] for a in answers[:-1]] == [-32600, -32600, -32700, -32600]
    assert answers[-1] == {"jsonrpc": "2.0", "id": "last", "result": {}}


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
    told = facteur.out("doctor")
    assert told.endswith("Nothing is wrong.\n") and re.search(r" (1 client|[2-9] clients)\n", told)


def test_doctor_sees_a_profile_that_others_can_read(facteur):
    facteur.count()
    facteur.profile.chmod(0o755)
    done = facteur.run("doctor", status=1)
    assert "chmod 700" in done.stdout and done.stdout.endswith("There is something to do.\n")


def commands(facteur):
    return facteur.out("complete", "commands").split()


def test_doctor_says_in_json_that_facteurd_does_not_start(facteur):
    facteur.count()
    facteur.run("stop")
    (facteur.profile / "facteur.db").write_bytes(b"no database at all" * 100)
    done = facteur.run("--json", "doctor", status=3)
    assert [f["subject"] for f in map(json.loads, done.stdout.splitlines()) if f["verdict"] == "problem"] == ["facteurd"]
    assert "damaged" in done.stderr


def options(facteur):
    """(command, letter or None, name, value or None) of every option; the command "*" is any, "." none yet."""
    lines = [line.split("\t") for line in facteur.out("complete", "options").splitlines()]
    return [(command, None if letter == ".." else letter, name, None if value == "-" else value) for command, letter, name, value, _ in lines]


def test_every_command_is_in_help_manual_and_completions(facteur):
    manual = (ROOT / "man" / "facteur.1").read_text()
    helped = facteur.out("help")
    for command in commands(facteur):
        assert re.search(rf"^  {command}\b", helped, re.M), command
        name = command.replace("-", r"\\?-")     # as a manual page writes it
        assert re.search(rf"^\\fB{name}\b|^\.BR? .*\b{name}\b|, \\fB{name}\\fR", manual, re.M), command
        assert facteur.out("help", command).startswith(f"usage: facteur {command}")


def test_help_says_what_a_command_does_its_options_an_example_and_its_exit_status(facteur):
    for line in facteur.json("help"):
        words = line["command"].split()
        text = facteur.out("help", *words)
        assert text.startswith(f"usage: facteur {line['command']}") and line["text"].splitlines()[0] in text
        assert facteur.out(*words, "--help") == text and facteur.out(*words, "-h") == text
        assert all(len(row) <= 100 for row in text.splitlines())
        if line["command"] not in ("account", "bridge", "identity", "mailbox", "plugin", "rule", "secrets", "token"):
            assert "  facteur" in text and "Exit status: 0 " in text
        for option in line["options"]:
            assert re.search(rf"^ .*--{option['name']}\b.*  {re.escape(option['about'])}$", text, re.M), option
    assert not facteur.profile.exists()


def test_help_needs_no_home(facteur):
    done = subprocess.run([facteur.program, "help", "list"], stdout=subprocess.PIPE, text=True, env={})
    assert done.returncode == 0 and done.stdout.startswith("usage: facteur list")


def test_every_option_is_understood_and_in_manual_and_usage(facteur):
    manual = (ROOT / "man" / "facteur.1").read_text().replace("\\-", "-")
    for command, letter, name, value in options(facteur):
        assert re.search(rf"{name}\b", manual), name
        assert not letter or re.search(rf"{letter}\b", manual), letter
        if command in "*.":
            continue
        for form in filter(None, (letter, name)):
            done = facteur.run(*command.split(), form, *(["1"] if value else []), "--help")
            assert done.stdout.startswith("usage: ") and done.stderr == "", (command, form)
            if value:
                assert "needs a value" in facteur.run(*command.split(), form, status=2).stderr


@pytest.mark.parametrize("page", ["facteur.1", "facteur-bridge.1", "facteurd.8", "facteur-rpc.7"])
def test_manual_pages_are_well_formed(page):
    done = subprocess.run(["groff", "-man", "-ww", "-z", "-Kutf8", "-Tutf8", ROOT / "man" / page], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0 and done.stderr == ""


@pytest.mark.parametrize("program, page", [("facteurd", "facteurd.8"), ("facteur-bridge", "facteur-bridge.1")])
def test_every_option_of_a_program_is_in_its_manual(program, page):
    helped = subprocess.run([BUILD / "bin" / program, "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout
    manual = (ROOT / "man" / page).read_text().replace("\\-", "-")
    for option in set(re.findall(r"--[a-z-]+", helped)):
        assert re.search(rf"{option}\b", manual), option


def test_every_option_of_the_bridge_is_completed(facteur):
    program = BUILD / "bin" / "facteur-bridge"
    helped = subprocess.run([program, "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout
    options = set(re.findall(r"^ +(--[a-z-]+)", helped, re.M)) | {"--version"}
    script = f"source {ROOT}/completion/facteur-bridge.bash; COMP_WORDS=({program} --); COMP_CWORD=1; _facteur_bridge; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    assert set(subprocess.run(["bash", "-c", script], stdout=subprocess.PIPE, text=True, check=True).stdout.split()) == options
    assert set(re.findall(r"(--[a-z-]+)[=[]", (ROOT / "completion" / "_facteur-bridge").read_text())) == options
    assert {f"--{name}" for name in re.findall(r" -l ([a-z-]+)", (ROOT / "completion" / "facteur-bridge.fish").read_text())} == options
    subprocess.run(["zsh", "-n", ROOT / "completion" / "_facteur-bridge"], check=True)
    script = f"source {ROOT}/completion/facteur-bridge.fish; complete -C 'facteur-bridge --log-level d'"
    assert subprocess.run(["fish", "--no-config", "-c", script], stdout=subprocess.PIPE, text=True, check=True, env={**facteur.env, "HOME": str(facteur.dir)}).stdout.split()[0] == "debug"


def complete_bash(facteur, line, words=None):
    """What bash offers for the line; `words` as bash cuts it, if not at spaces."""
    pieces = " ".join(f"'{word}'" for word in words) if words else line
    script = f"""
source {ROOT}/completion/facteur.bash
COMP_LINE="{line}" ; COMP_WORDS=({pieces}) ; COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
_facteur 2>/dev/null
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    env = {**facteur.env, "PATH": f"{BUILD}/bin:{os.environ['PATH']}", "FACTEUR_PROFILE": str(facteur.profile)}
    return subprocess.run(["bash", "-c", script], stdout=subprocess.PIPE, text=True, env=env, check=True).stdout.split("\n")[:-1]


def complete_fish(facteur, *lines):
    """What fish offers for each line."""
    env = {**facteur.env, "PATH": f"{BUILD}/bin:{os.environ['PATH']}", "FACTEUR_PROFILE": str(facteur.profile), "HOME": str(facteur.dir)}
    script = f"source {ROOT}/completion/facteur.fish; " + "".join(f"complete -C '{line}'; echo; " for line in lines)
    done = subprocess.run(["fish", "--no-config", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env, timeout=60)
    assert done.stderr == ""
    return [[row.split("\t")[0] for row in part.splitlines()] for part in done.stdout.split("\n\n")][:len(lines)]


def test_bash_completes_commands_options_and_mailboxes(facteur):
    assert "mailboxes" in complete_bash(facteur, "facteur mai")
    assert complete_bash(facteur, "facteur show --ra") == ["--raw"]
    assert complete_bash(facteur, "facteur list -m Ar") == [""]  # none runs, and none is started for it
    facteur.count()
    assert complete_bash(facteur, "facteur list -m Ar") == ["Archive"]
    assert complete_bash(facteur, "facteur move e1 Tr") == ["Trash"]
    assert "Mailbox/get" in complete_bash(facteur, "facteur rpc Mailbox/g")
    assert complete_bash(facteur, "facteur account ch") == ["check"]
    assert complete_bash(facteur, "facteur mailbox ren") == ["rename"] and complete_bash(facteur, "facteur mailbox delete Tr") == ["Trash"]


def test_bash_completes_what_it_cuts_at_colons_and_at_signs(facteur):
    facteur.rpc("Account/set", create={"new": {"address": "jane@example.org", "name": "jane", "source": "imaps://localhost:1", "password": "x"}})
    assert complete_bash(facteur, "facteur sync jane@ex", ["facteur", "sync", "jane", "@ex"]) == ["@example.org"]
    assert complete_bash(facteur, "facteur list --mailbox=Ar", ["facteur", "list", "--mailbox", "=", "Ar"]) == ["Archive"]
    assert complete_bash(facteur, "facteur search is:unr", ["facteur", "search", "is", ":", "unr"]) == ["unread"]


def test_bash_and_fish_complete_every_option(facteur):
    mine = [(command, name) for command, _, name, _ in options(facteur) if command not in "*."]
    for command in sorted({command for command, _ in mine}):
        offered = complete_bash(facteur, f"facteur {command} --")
        assert set(offered) == {name for c, name in mine if c == command} | {"--json", "--no-start", "--help"}, command
    lines = [f"facteur {command} {name[:-1]}" for command, name in mine]
    for (command, name), offered in zip(mine, complete_fish(facteur, *lines)):
        assert name in offered, (command, name, offered)


def test_zsh_and_fish_complete(facteur):
    subprocess.run(["zsh", "-n", ROOT / "completion" / "_facteur"], check=True)
    facteur.count()
    mailbox, command, action, deleted = complete_fish(facteur, "facteur list -m Ar", "facteur mailboxe", "facteur account rem", "facteur mailbox delete Ar")
    assert (mailbox, command, action, deleted) == (["Archive"], ["mailboxes"], ["remove"], ["Archive"])


def test_zsh_completes_options_and_mailboxes(facteur, tmp_path):
    """In a terminal of its own, as zsh completes in no other place."""
    facteur.count()
    (tmp_path / ".zshrc").write_text(f"PS1='%# '; fpath=({ROOT}/completion $fpath); autoload -U compinit; compinit -u -d {tmp_path}/dump\n")
    env = {**facteur.env, "PATH": f"{BUILD}/bin:{os.environ['PATH']}", "FACTEUR_PROFILE": str(facteur.profile), "ZDOTDIR": str(tmp_path), "TERM": "dumb"}
    for typed, wanted in (("facteur list --thr", b"--threads"), ("facteur list -m Arc", b"Archive"), ("facteur account add --password-s", b"--password-stdin")):
        leader, follower = pty.openpty()
        shell = subprocess.Popen(["zsh", "-i"], stdin=follower, stdout=follower, stderr=follower, env=env, start_new_session=True)
        os.close(follower)
        out, deadline = b"", time.monotonic() + 30
        os.set_blocking(leader, False)
        sent = False
        while wanted not in out and time.monotonic() < deadline:
            with contextlib.suppress(BlockingIOError):
                out += os.read(leader, 4096)
            if not sent and (b"% " in out or b"# " in out):
                os.write(leader, typed.encode() + b"\t")
                sent = True
            time.sleep(0.02)
        os.close(leader)
        shell.kill()
        shell.wait()
        assert wanted in out, out


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


@pytest.mark.alone
def test_start_to_first_answer_is_quick(facteur):
    facteur.count()
    facteur.run("stop")
    began = time.monotonic()
    facteur.count()
    assert time.monotonic() - began < 2


def test_what_is_answered_while_one_is_away(facteur, tmp_path):
    text = tmp_path / "away.txt"
    text.write_text("Back on Monday. ☀\n")
    assert [v["isEnabled"] for v in facteur.json("vacation")] == [False]
    assert "no account that gets mail" in facteur.run("vacation", "on", status=2).stderr
    facteur.rpc("Account/set", create={"k": {"address": "jane@example.org", "source": "imap://jane@127.0.0.1:1?tls=none", "isEnabled": False}})
    done = facteur.run("vacation", "jane", "on", "--text", text, "--from", "2030-02-01", "--until", "2030-02-15T12:30", "-s", "Away", "--days", "3")
    assert "no server for sending" in done.stderr and "Answers  on" in done.stdout and "Back on Monday. ☀" in done.stdout
    [v] = facteur.json("vacation", "jane")
    assert (v["isEnabled"], v["subject"], v["textBody"], v["days"]) == (True, "Away", "Back on Monday. ☀\n", 3)
    assert v["fromDate"].startswith("2030-0") and v["toDate"].startswith("2030-02-1") and v["accountId"]
    [v] = facteur.json("vacation", "off", "--until", "", "-s", "")     # the only account that gets mail
    assert (v["isEnabled"], v["toDate"], v["subject"], v["days"]) == (False, None, None, 3)
    assert "no time like" in facteur.run("vacation", "jane", "--from", "tomorrow", status=2).stderr
    assert "days" in facteur.run("vacation", "jane", "--days", "900", status=1).stderr
    assert facteur.run("vacation", "nobody", "on", status=1).stderr and facteur.run("vacation", "a", "b", status=2).stderr
