"""facteur web: what is needed runs, and the browser is in."""
import html
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.parse

import pytest

from bridge import BUILD, SANITIZED, Bridge, Http
from http2 import make_certificate

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from e2e import Facteur, is_alive, wait_until  # noqa: E402

PAGE = "<!doctype html><title>Facteur</title>"
ANYWHERE = ("--listen", "127.0.0.1:0")
CODE = r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}"


class Installed(Facteur):
    """Programs that find a web application, as where they are installed; a browser that writes down what it was given."""

    def __init__(self, folder, web=True):
        super().__init__(folder)
        (folder / "bin").mkdir()
        for name in ("facteur", "facteurd", "facteur-bridge"):
            shutil.copy2(BUILD / "bin" / name, folder / "bin" / name)
        self.program = folder / "bin" / "facteur"
        self.runtime = folder / "run"
        self.runtime.mkdir(mode=0o700)
        self.given = folder / "given"
        self.browser = folder / "a browser" / "open"
        self.browser.parent.mkdir()
        self.make_browser("exit 0")
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            self.env.pop(name, None)
        self.env.update(FACTEUR_PLUGINS=str(BUILD / "plugins"), XDG_RUNTIME_DIR=str(self.runtime), BROWSER="open", PATH=f"{self.browser.parent}:{os.environ['PATH']}")
        if web:
            self.install_web()

    def install_web(self):
        (self.dir / "web").mkdir()
        (self.dir / "web" / "index.html").write_text(PAGE)

    def make_browser(self, then):
        self.browser.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$@\" >> '{self.given}'\n{then}\n")
        self.browser.chmod(0o755)

    def bridge(self):
        """What the bridge says of itself; None."""
        done = self.run("--json", "bridge", "status", status=None)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def files(self, folder=None):
        return sorted((folder or self.runtime).glob("facteur-web-*.html"))

    def wait_for_files(self):
        """The processes that take them away do it now, as they do at the end of a session."""
        for pid in [int(p.name) for p in pathlib.Path("/proc").iterdir() if p.name.isdigit()]:
            try:
                words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[0] == str(self.program).encode() and b"web" in words:
                os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not self.files() and not self.files(self.profile))

    def close(self):
        self.wait_for_files()
        if self.profile.is_dir():
            self.run("bridge", "stop")
        super().close()
        reports = [p.read_text(errors="replace") for p in self.dir.glob("sanitizer.*")]
        assert not [text for text in reports if "Sanitizer" in text or "runtime error" in text]


@pytest.fixture
def facteur(tmp_path):
    f = Installed(tmp_path)
    yield f
    f.close()


def redeem(url, code):
    """As the page does it."""
    port = urllib.parse.urlsplit(url).port
    with Http(port) as h:
        page = h.get("/")
        assert page.status == 200 and page.body.decode() == PAGE
        return h.ask("POST", "/pair", json.dumps({"code": code}), Content_Type="application/json", Origin=f"http://127.0.0.1:{port}")


def target(page):
    """Where a file leads: (address, code)."""
    text = page.read_text()
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', text)[1]
    assert f'<a href="{found}">' in text
    return re.fullmatch(rf"(http://127\.0\.0\.1:\d+)/#pair=({CODE})", html.unescape(found)).groups()


def test_the_browser_is_signed_in(facteur):
    done = facteur.run("web", *ANYWHERE)
    bridge = facteur.bridge()
    assert done.stdout == "" and f"started facteur-bridge on {bridge['listen']}" in done.stderr and f"open opens {bridge['url']}/" in done.stderr and bridge["hasWeb"]
    [url] = facteur.given.read_text().split()
    [page] = facteur.files()
    assert url == f"file://{page}" and page.stat().st_mode & 0o777 == 0o600
    base, code = target(page)
    assert base == bridge["url"] and code not in done.stderr
    for cmdline in pathlib.Path("/proc").glob("*/cmdline"):  # others on the machine can read these
        try:
            assert code.encode() not in cmdline.read_bytes()
        except OSError:
            pass
    a = redeem(base, code)
    assert a.status == 200 and a.headers["cache-control"] == "no-store" and a.json["sessionUrl"] == f"{base}/.well-known/jmap"
    token = a.json["token"]
    assert token["name"] == "browser" and token["scopes"] == ["read", "triage", "draft", "send", "admin"] and token["accountIds"] is None and token["expiresAt"] is None
    with Http(urllib.parse.urlsplit(base).port, token["secret"]) as h:
        assert h.get("/jmap/session").json["apiUrl"] == f"{base}/jmap/api"
    again = redeem(base, code)
    assert again.status == 403 and "make another one" in again.json["detail"]
    facteur.wait_for_files()


def test_again_it_is_the_same_bridge_and_no_token_is_made_that_nobody_takes(facteur):
    facteur.run("web", *ANYWHERE)
    first = facteur.bridge()
    done = facteur.run("web")
    assert "started" not in done.stderr and facteur.bridge()["pid"] == first["pid"]
    assert facteur.json("token", "list") == []
    one, other = (target(page) for page in facteur.files())
    assert redeem(*one).json["token"]["name"] == "browser"
    assert redeem(*other).status == 409  # both were for the first of its name
    [said] = facteur.json("web", "--print")
    assert redeem(said["bridge"], said["code"]).json["token"]["name"] == "browser 2"
    assert (first["pid"], first["listen"]) == (facteur.bridge()["pid"], facteur.bridge()["listen"])


def test_where_nobody_names_a_port_it_is_one_that_is_free(facteur):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", 8765))
            s.listen()
        except OSError:
            pass  # somebody has it: as good
        done = facteur.run("web", "--print")
    base, code = re.fullmatch(rf"(http://127\.0\.0\.1:(?!8765)\d+)/#pair=({CODE})\n", done.stdout).groups()
    assert redeem(base, code).status == 200 and not facteur.files() and not facteur.given.exists()
    assert (facteur.profile / "bridge.log").stat().st_mode & 0o777 == 0o600 and "serves the web application" in (facteur.profile / "bridge.log").read_text()


def test_without_a_browser_the_address_is_printed(facteur):
    facteur.run("web", "--print", *ANYWHERE)
    facteur.make_browser("exit 3")
    for env, why in (({"BROWSER": ""}, "there is no browser here"), ({"BROWSER": "no-such-browser"}, "there is no browser here"), ({"BROWSER": "open"}, "open did not open the browser"),
                     ({"BROWSER": "no-such-browser:open"}, "open did not open the browser"), ({"BROWSER": "", "DISPLAY": ":77", "PATH": str(facteur.dir)}, "there is no browser here")):
        done = facteur.run("web", env=env)
        assert why in done.stderr and re.fullmatch(rf"http://127\.0\.0\.1:\d+/#pair={CODE}\n", done.stdout), env
        assert not facteur.files()
    [said] = facteur.json("web", env={"BROWSER": ""})
    assert said["url"] == f"{said['bridge']}/#pair={said['code']}" and said["isOpen"] is False and said["isStarted"] is False and said["expiresAt"].endswith("Z")


def test_which_browser(facteur):
    facteur.run("web", "--print", *ANYWHERE)
    xdg_open = facteur.browser.parent / "xdg-open"
    xdg_open.write_text(f"#!/bin/sh\nprintf 'xdg %s\\n' \"$@\" >> '{facteur.given}'\nexec sleep 30\n")
    xdg_open.chmod(0o755)
    for env, given in (({"BROWSER": "open --new %s --then"}, r"--new\n(file://\S+)\n--then\n"), ({"BROWSER": "missing:open -x"}, r"-x\n(file://\S+)\n"), ({"BROWSER": "", "DISPLAY": ":77"}, r"xdg (file://\S+)\n")):
        done = facteur.run("web", env=env)
        assert done.stdout == "" and f"opens {facteur.bridge()['url']}/" in done.stderr
        url = re.fullmatch(given, facteur.given.read_text())[1]
        assert pathlib.Path(urllib.parse.unquote(url[7:])) in facteur.files(), env
        facteur.given.unlink()
        facteur.wait_for_files()
    for pid in [int(p.name) for p in pathlib.Path("/proc").iterdir() if p.name.isdigit()]:  # the one that stayed
        try:
            if pathlib.Path(f"/proc/{pid}/environ").read_bytes().find(str(facteur.runtime).encode()) >= 0 and pathlib.Path(f"/proc/{pid}/comm").read_text() == "sleep\n":
                os.kill(pid, signal.SIGTERM)
        except OSError:
            pass


def test_the_file_is_where_nobody_else_looks(facteur):
    facteur.run("web", "--print", *ANYWHERE)
    odd = facteur.dir / "a 100% é"
    odd.mkdir(mode=0o700)
    facteur.run("web", env={"XDG_RUNTIME_DIR": str(odd)})
    [url] = facteur.given.read_text().splitlines()
    assert urllib.parse.unquote(url) == f"file://{facteur.files(odd)[0]}" and " " not in url and "%25" in url
    facteur.runtime.chmod(0o755)
    for env in ({}, {"XDG_RUNTIME_DIR": "/nonexistent"}, {"XDG_RUNTIME_DIR": ""}, {"XDG_RUNTIME_DIR": "run"}):
        before = len(facteur.files(facteur.profile))
        facteur.run("web", env=env)
        assert len(facteur.files(facteur.profile)) == before + 1 and not facteur.files(), env


def test_a_bridge_that_the_user_runs_is_taken_as_it_is(facteur, tmp_path):
    facteur.run("token", "list")
    program = str(facteur.dir / "bin" / "facteur-bridge")

    def printed(*args, listen="127.0.0.1:0"):
        b = Bridge(facteur.profile, *args, listen=listen, log=tmp_path / "log")
        b.args[0] = program
        with b:
            return facteur.run("web", "--print", status=None), b.port
    done, _ = printed("--behind-proxy", "--public-url", "https://mail.example.org", listen="0.0.0.0:0")
    assert re.fullmatch(rf"https://mail\.example\.org/#pair={CODE}\n", done.stdout)
    make_certificate(tmp_path, "web")
    for listen, host in (("0.0.0.0:0", "127.0.0.1"), ("127.0.0.1:0", "127.0.0.1")):
        done, port = printed("--tls-cert", tmp_path / "cert.pem", "--tls-key", tmp_path / "key.pem", listen=listen)
        assert re.fullmatch(rf"https://{re.escape(host)}:{port}/#pair={CODE}\n", done.stdout)
    done, _ = printed("--no-web")
    assert done.returncode == 1 and "serves no web application" in done.stderr and "--web FOLDER" in done.stderr and done.stdout == ""


def test_what_cannot_be(facteur, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as s:
        taken = f"127.0.0.1:{s.getsockname()[1]}"
        done = facteur.run("web", "--print", "--listen", taken, status=1)
        assert "facteur-bridge ended at once (status 1); it said:" in done.stderr and "Address already in use" in done.stderr and "--listen" in done.stderr and done.stdout == ""
    assert "ADDR:PORT" in facteur.run("web", "--listen", "here", status=1).stderr
    assert "--tls-cert" in facteur.run("web", "--listen", "0.0.0.0:0", status=1).stderr
    assert "no argument" in facteur.run("web", "x", status=2).stderr
    done = facteur.run("--no-start", "web", status=1)
    assert "no facteur-bridge runs" in done.stderr and "'facteur web' starts one" in done.stderr
    facteur.run("web", "--print", *ANYWHERE)
    listen = facteur.bridge()["listen"]
    done = facteur.run("web", "--print", "--listen", "127.0.0.1:1", status=1)
    assert f"runs already, on {listen}" in done.stderr and "facteur bridge stop" in done.stderr
    assert facteur.run("web", "--print", "--listen", listen).stdout


def test_where_it_listens_already_it_just_opens(facteur):
    facteur.run("web", "--print", *ANYWHERE)
    bridge = facteur.bridge()
    host, port = bridge["listen"].split(":")
    assert host == "127.0.0.1"
    for same in (f"localhost:{port}", f"127.0.0.1:{port}", f"127.0.0.1:0{port}", "127.0.0.1:0", "localhost:0"):
        assert re.fullmatch(rf"{re.escape(bridge['url'])}/#pair={CODE}\n", facteur.run("web", "--print", "--listen", same).stdout), same
    for other in (f"127.0.0.2:{port}", f"[::1]:{port}", f"localhost:{int(port) - 1}", f"127.0.0.1:{port}x", "localhost:", port):
        assert "runs already" in facteur.run("web", "--print", "--listen", other, status=1).stderr, other
    assert facteur.bridge()["pid"] == bridge["pid"]


@pytest.mark.skipif(SANITIZED, reason="a sanitizer's runtime must be the first library")
def test_no_file_is_left_where_no_process_can_be_made_to_take_it_away(facteur):
    facteur.run("web", "--print", *ANYWHERE)
    preload = str(BUILD / "tests" / "preload" / "few_processes.so")
    begin = time.monotonic()
    done = facteur.run("web", env={"LD_PRELOAD": preload, "PROCESSES": "1"})  # that one is the browser
    assert "opens" in done.stderr and time.monotonic() - begin > 3  # it had time to read it
    assert facteur.given.read_text().startswith("file://") and facteur.files() == []


def test_where_the_application_is_not_installed(tmp_path):
    f = Installed(tmp_path, web=False)
    done = f.run("web", *ANYWHERE, status=1)
    assert "not installed where facteur-bridge looks for it" in done.stderr and "bridge.log" in done.stderr and done.stdout == ""
    assert f.bridge() is None and not f.given.exists()
    f.install_web()
    assert f.run("web", "--print", *ANYWHERE).stdout
    f.close()


def test_stop_ends_the_bridge_and_not_the_core(facteur):
    facteur.run("web", "--print", *ANYWHERE)
    core, bridge = facteur.pid(), facteur.bridge()["pid"]
    assert facteur.run("bridge", "stop").stderr == ""
    assert not is_alive(bridge) and facteur.bridge() is None and facteur.pid() == core
    assert "no facteur-bridge runs" in facteur.run("bridge", "stop").stderr
    assert "no argument" in facteur.run("bridge", "stop", "now", status=2).stderr
    assert facteur.run("web", "--print", *ANYWHERE).stdout


def test_a_core_that_was_stopped_is_not_started_by_a_look_at_the_bridge(facteur):
    facteur.run("web", "--print", *ANYWHERE)
    assert "'facteur bridge stop' ends it" in facteur.run("stop").stderr
    bridge = facteur.bridge()
    assert bridge["hasCore"] is False and bridge["startsCore"] is True and facteur.pid() is None
    assert facteur.run("bridge", "stop").stderr == "" and facteur.run("stop").stderr.startswith("facteur: no facteurd runs")


def test_several_at_once_start_one_bridge(facteur):
    facteur.run("token", "list")
    started = [subprocess.Popen(facteur.command("web", "--print"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=facteur.env) for _ in range(4)]
    said = [p.communicate(timeout=60) for p in started]
    assert [p.returncode for p in started] == [0] * 4, said
    bases = {out.partition("/#")[0] for out, _ in said}
    assert bases == {facteur.bridge()["url"]}

    def bridges():
        found = []
        for p in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = p.read_bytes().split(b"\0")
            except OSError:
                continue
            if words[0].endswith(b"/facteur-bridge") and str(facteur.profile).encode() in words:
                found.append(p)
        return len(found)
    deadline = time.monotonic() + 10
    while bridges() > 1:
        assert time.monotonic() < deadline
        time.sleep(0.02)
