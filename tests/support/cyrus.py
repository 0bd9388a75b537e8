"""A real Cyrus imapd in a temporary directory, for tests.

    with Cyrus() as c:
        c.add_user("alice")
        ... connect to c.host, c.imap_port in clear, user "alice", any password

It runs from build/servers/cyrus (tests/support/unpack_servers puts it there: Debian's packages of Cyrus and Dovecot
exclude each other) or from where the package cyrus-imapd has it. As root its processes belong to nobody. There is no TLS: what
is tested with it is how it speaks, not how it is reached.

`Cyrus(jmap=True)` also answers JMAP at c.http_port (/jmap/, Basic authentication), which needs the program httpd of Debian's
package cyrus-caldav: Cyrus.has_jmap().
"""
import imaplib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import unpacked
from dovecot import free_port

JMAP = """httpmodules: jmap
conversations_db: twoskip
httpallowcompress: no
"""


class Cyrus(unpacked.Server):
    """
    directory     where everything lives; made and removed with the object when not given
    suppress      capabilities that it does not announce: ("CONDSTORE", "QRESYNC", ...)
    idle          whether it offers IDLE
    extra         more lines for imapd.conf
    jmap          whether it has conversations and serves JMAP at http_port
    """

    name = "cyrus"
    program = "usr/lib/cyrus/bin/master"
    admin = "cyrus"

    def __init__(self, directory=None, suppress=(), idle=True, extra="", jmap=False):
        super().__init__(directory)
        self.suppress, self.idle, self.extra, self.jmap = suppress, idle, extra, jmap
        self.imap_port = free_port()
        self.http_port = free_port() if jmap else None
        self.process = None

    @classmethod
    def has_jmap(cls):
        return cls.is_there() and unpacked.find(cls.name, "usr/lib/cyrus/bin/httpd") is not None

    # ---- life ------------------------------------------------------------------------------------------------

    def start(self, timeout=20):
        root = self.root()
        self.programs = (root / self.program).parent
        self.env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "LD_LIBRARY_PATH": unpacked.libraries(root),
                    "SASL_PATH": ":".join(str(p) for top in (root, "/") for p in Path(top).glob("usr/lib/*-linux-gnu/sasl2"))}
        for sub in ("conf", "conf/socket", "conf/proc", "conf/lock", "conf/db", "spool", "run"):
            os.makedirs(os.path.join(self.dir, sub), exist_ok=True)
        for name, text in (("imapd.conf", self._imapd_conf()), ("cyrus.conf", self._cyrus_conf())):
            with open(os.path.join(self.dir, name), "w") as f:
                f.write(text)
        for name in ("imapd.conf", "cyrus.conf", "conf", "spool", "run", *(f"conf/{n}" for n in os.listdir(self._path("conf")))):
            unpacked.give(self._path(name), self.user)
        os.chmod(self.dir, 0o755)
        with open(os.path.join(self.dir, "stderr"), "ab") as out:
            self.process = subprocess.Popen([str(self.programs / "master"), "-D", "-C", self._path("imapd.conf"), "-M", self._path("cyrus.conf"),
                                             "-p", self._path("run/master.pid")],
                                            stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=self.dir, env=self.env,
                                            start_new_session=True, **unpacked.as_user(self.user))
        try:
            self._wait_ready(timeout)
        except Exception:
            self.stop()
            raise

    def _path(self, name):
        return os.path.join(self.dir, name)

    def _wait_ready(self, timeout):
        deadline = time.monotonic() + timeout
        while True:
            try:
                with socket.create_connection((self.host, self.imap_port), 1) as s:
                    s.settimeout(5)
                    if s.recv(4) == b"* OK":
                        return
            except OSError:
                pass
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"cyrus does not start: {self.log()}")
            time.sleep(0.02)

    def stop(self):
        if self.process:
            # start_new_session made it a group. Asked nicely it would wait for its clients; nothing it has is kept.
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.process.wait()
        self.process = None
        self.clear()

    # ---- users -----------------------------------------------------------------------------------------------

    def add_user(self, user):
        """Makes the user's inbox."""
        with imaplib.IMAP4(self.host, self.imap_port) as c:
            c.login(self.admin, self.password)
            kind, said = c.create(f"user/{user}")
            if kind != "OK":
                raise RuntimeError(f"CREATE user/{user}: {said}")

    # ---- configuration ---------------------------------------------------------------------------------------

    def _imapd_conf(self):
        suppress = f"suppress_capabilities: {' '.join(self.suppress)}\n" if self.suppress else ""
        return f"""configdirectory: {self.dir}/conf
partition-default: {self.dir}/spool
defaultpartition: default
admins: {self.admin}
cyrus_user: {self.user.pw_name}
servername: localhost
unixhierarchysep: yes
altnamespace: yes
virtdomains: off
allowplaintext: yes
sasl_mech_list: PLAIN
sasl_pwcheck_method: alwaystrue
idlesocket: {self.dir}/conf/socket/idle
lmtpsocket: {self.dir}/conf/socket/lmtp
notifysocket: {self.dir}/conf/socket/notify
master_ready_file: {self.dir}/run/ready
proc_path: {self.dir}/conf/proc
mboxname_lockpath: {self.dir}/conf/lock
duplicate_db_path: {self.dir}/conf/db/deliver.db
autocreate_quota: -1
createonpost: no
expunge_mode: immediate
delete_mode: immediate
conversations: {"yes" if self.jmap else "no"}
syslog_prefix: facteur-test
failedloginpause: 0
maxlogins_per_user: 0
maxlogins_per_host: 0
imapidlepoll: {1 if self.idle else 0}
{JMAP if self.jmap else ""}{suppress}{self.extra}
"""

    def _cyrus_conf(self):
        http = f'  http cmd="{self.programs}/httpd -C {self.dir}/imapd.conf -U 1000" listen="127.0.0.1:{self.http_port}" prefork=4 maxchild=50\n'
        return f"""START {{
  recover cmd="{self.programs}/ctl_cyrusdb -C {self.dir}/imapd.conf -r"
  idled cmd="{self.programs}/idled -C {self.dir}/imapd.conf"
}}
SERVICES {{
  imap cmd="{self.programs}/imapd -C {self.dir}/imapd.conf -U 30" listen="127.0.0.1:{self.imap_port}" prefork=1 maxchild=200
{http if self.jmap else ""}}}
EVENTS {{
}}
"""
