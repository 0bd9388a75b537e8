"""A real OpenSMTPD for tests: it asks nobody (on this machine), and hands what it takes on to another server.

Debian's package is a mail transport agent, and so excludes Postfix's; its paths and its users are compiled in. So it is unpacked
(tests/support/unpack_servers) and runs in a root directory of its own (chroot), with the libraries that it needs and a passwd that
knows its users: only as root.

Without TLS, and so without AUTH, which it offers over TLS only: no handshake of 6.8.0p2 with the OpenSSL 3 of Debian 12 succeeds ("missing
private key", "EVP lib"). Its process that faces the network has the public key only, marked with a name by which another process signs;
in OpenSSL 3 the key that EVP_PKEY_get1_RSA gives to be marked is a copy that nobody signs with, so the mark is lost. It was mended in a
later release (its issue 1171, pull request 1208).
"""
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time

import unpacked
from dovecot import free_port

PROGRAM = "usr/sbin/smtpd"
QUEUE, PRIVSEP = 61001, 61002   # users of the chroot alone
PASSWD = f"""root:x:0:0::/root:/bin/sh
nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin
opensmtpd:x:{PRIVSEP}:{PRIVSEP}::/var/lib/opensmtpd/empty:/bin/false
opensmtpq:x:{QUEUE}:{QUEUE}::/var/lib/opensmtpd/empty:/bin/false
"""
GROUP = f"root:x:0:\nnogroup:x:65534:\nopensmtpd:x:{PRIVSEP}:\nopensmtpq:x:{QUEUE}:\n"
CONFIG = """
listen on 127.0.0.1 port {port}
action "out" relay host "smtp://127.0.0.1:{sink_port}"
match from local for domain "refused.example" reject
match from local for any action "out"
"""


def _libraries(program, environment):
    out = subprocess.run(["ldd", program], stdout=subprocess.PIPE, text=True, env=environment, check=True).stdout
    return {m for m in re.findall(r"(/\S+\.so\S*)", out)}


class OpenSMTPD:
    """`sink_port`: of the server that gets what is sent."""

    @staticmethod
    def is_there():
        return os.getuid() == 0 and unpacked.find("opensmtpd", PROGRAM) is not None

    def __init__(self, sink_port):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="facteur-opensmtpd-"))
        self.dir.chmod(0o755)
        self.port = free_port()
        self._make_root(unpacked.find("opensmtpd", PROGRAM))
        etc = self.dir / "etc"
        (etc / "passwd").write_text(PASSWD)
        (etc / "group").write_text(GROUP)
        (etc / "mailname").write_text("mx.example.net\n")
        (etc / "hosts").write_text("127.0.0.1 localhost\n")
        (etc / "resolv.conf").write_text("nameserver 127.0.0.1\n")
        (etc / "smtpd.conf").write_text(CONFIG.format(port=self.port, sink_port=sink_port))
        (etc / "smtpd.conf").chmod(0o600)
        self.process = None

    def _make_root(self, source):
        for folder in ("etc", "dev", "tmp", "var/run", "run", "var/lib/opensmtpd/empty", "usr/sbin", "var/spool/smtpd/offline", "etc/ssl/certs"):
            (self.dir / folder).mkdir(parents=True, exist_ok=True)
        shutil.copytree(source / "usr/libexec/opensmtpd", self.dir / "usr/libexec/opensmtpd", symlinks=True)
        environment = {**os.environ, "LD_LIBRARY_PATH": unpacked.libraries(source)}
        # The resolver's parts are loaded when they are wanted.
        wanted = _libraries(source / PROGRAM, environment) | {str(p) for p in pathlib.Path("/lib/x86_64-linux-gnu").glob("libnss_files.so.2")}
        for path in wanted:
            below = pathlib.Path(path)
            target = self.dir / (below.relative_to(source) if below.is_relative_to(source) else path.lstrip("/"))
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(os.path.realpath(path), target)
        for name in ("smtpd", "smtpctl"):
            shutil.copy(source / "usr/sbin" / name, self.dir / "usr/sbin" / name)
        for name in ("null", "zero", "random", "urandom"):
            at = os.stat(f"/dev/{name}")
            os.mknod(self.dir / "dev" / name, at.st_mode, at.st_rdev)
            (self.dir / "dev" / name).chmod(0o666)
        (self.dir / "var/lib/opensmtpd/empty").chmod(0o755)
        spool = self.dir / "var/spool/smtpd"
        spool.chmod(0o711)
        os.chown(spool / "offline", 0, QUEUE)
        (spool / "offline").chmod(0o770)

    def __enter__(self):
        with open(self.dir / "log", "ab") as out:
            self.process = subprocess.Popen(["chroot", str(self.dir), "/" + PROGRAM, "-d", "-f", "/etc/smtpd.conf"], stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=out, start_new_session=True)
        end = time.monotonic() + 20
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as s:
                    s.settimeout(10)
                    if s.recv(3) == b"220":
                        return self
            except OSError:
                pass
            if self.process.poll() is not None or time.monotonic() > end:
                log = self.log()
                self.__exit__()
                raise RuntimeError(f"opensmtpd does not start: {log}")
            time.sleep(0.05)

    def __exit__(self, *_):
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, 9)
                self.process.wait()
        self.process = None
        shutil.rmtree(self.dir, ignore_errors=True)

    def log(self):
        path = self.dir / "log"
        return path.read_text(errors="replace") if path.exists() else ""
