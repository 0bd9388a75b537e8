"""A real Courier IMAP in a temporary directory, for tests.

    with Courier() as c:
        c.add_user("alice")
        ... connect to c.host, c.imap_port in clear, user "alice", password "pass"

Courier is three programs: couriertcpd listens, imaplogin greets and asks authdaemond who somebody is, imapd serves the
Maildir of who has signed in. The paths of the second (a socket in /run, modules in /usr/lib) are compiled in, so only
the third can be run from build/servers/courier (tests/support/unpack_servers: the packages of Courier and Dovecot
exclude each other). What comes before it is spoken here, word for word as imaplogin does; everything after the password is
Courier's own imapd, which is told by its environment who it is for.
"""
import os
import re
import signal
import socket
import subprocess
import threading

import unpacked

CAPABILITY = "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE"  # its imapd.dist


class Courier(unpacked.Server):
    """
    directory     where everything lives; made and removed with the object when not given
    capability    what it announces (IMAP_CAPABILITY of its configuration)
    """

    name = "courier"
    program = "usr/bin/imapd"

    def __init__(self, directory=None, capability=CAPABILITY):
        super().__init__(directory)
        self.capability = capability
        self.listener, self.processes, self.lock = None, [], threading.Lock()

    # ---- life ------------------------------------------------------------------------------------------------

    def start(self):
        root = self.root()
        os.makedirs(os.path.join(self.dir, "mail"), exist_ok=True)
        os.chmod(self.dir, 0o755)
        unpacked.give(os.path.join(self.dir, "mail"), self.user)
        self.imapd = root / self.program
        self.listener = socket.create_server((self.host, 0), backlog=100)
        self.imap_port = self.listener.getsockname()[1]
        # Locks and IDLE ask a monitor of files, which is one for each user and name and would be started by a compiled-in path.
        self.base_env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "LD_LIBRARY_PATH": unpacked.libraries(root),
                         "GAM_CLIENT_ID": f"facteur-{os.getpid()}-{self.imap_port}"}
        with open(os.path.join(self.dir, "stderr"), "ab") as err:
            self.monitor = subprocess.Popen([root / "usr/libexec/gam_server", "--notimeout", self.base_env["GAM_CLIENT_ID"]], stdin=subprocess.DEVNULL,
                                            stdout=err, stderr=err, cwd=self.dir, env=self.base_env, **unpacked.as_user(self.user))
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def stop(self):
        if self.listener:
            self.listener.close()
            self.listener = None
        with self.lock:
            processes, self.processes = self.processes + [self.monitor], []
        for p in processes:
            if p.poll() is None:
                p.send_signal(signal.SIGKILL)
            p.wait()
        self.clear()

    # ---- users -----------------------------------------------------------------------------------------------

    def maildir(self, user):
        return os.path.join(self.dir, "mail", user, "Maildir")

    def add_user(self, user):
        """An empty Maildir, as maildirmake makes it."""
        for sub in ("tmp", "new", "cur"):
            os.makedirs(os.path.join(self.maildir(user), sub), exist_ok=True)
        for path, folders, _ in os.walk(os.path.join(self.dir, "mail", user)):
            os.chmod(path, 0o700)
            unpacked.give(path, self.user)

    # ---- what imaplogin does ---------------------------------------------------------------------------------

    def _accept(self, listener):
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._login, args=(sock,), daemon=True).start()

    def _login(self, sock):
        with sock:
            try:
                sock.sendall(f"* OK [CAPABILITY {self.capability}] Courier-IMAP ready. See COPYING for distribution information.\r\n".encode())
                user, tag = self._dialogue(sock)
            except (OSError, EOFError):
                return
            if user:
                self._serve(sock, user, tag)

    @staticmethod
    def _line(sock):
        """One line, read byte by byte: what follows it is for imapd."""
        line = b""
        while not line.endswith(b"\n"):
            byte = sock.recv(1)
            if not byte or len(line) > 8000:
                raise EOFError
            line += byte
        return line.rstrip(b"\r\n").decode("latin-1")

    def _dialogue(self, sock):
        while True:
            tag, _, rest = self._line(sock).partition(" ")
            verb = rest.split(" ")[0].upper()
            if verb == "CAPABILITY":
                sock.sendall(f"* CAPABILITY {self.capability}\r\n{tag} OK CAPABILITY completed\r\n".encode())
            elif verb == "NOOP":
                sock.sendall(f"{tag} OK NOOP completed\r\n".encode())
            elif verb == "LOGOUT":
                sock.sendall(f"* BYE Courier-IMAP server shutting down\r\n{tag} OK LOGOUT completed\r\n".encode())
                return None, None
            elif verb == "LOGIN":
                words = [self._word(w) for w in re.findall(r'"(?:[^"\\]|\\.)*"|\S+', rest)[1:3]]
                if len(words) == 2 and words[1] == self.password and os.path.isdir(self.maildir(words[0])) and "/" not in words[0]:
                    return words[0], tag
                sock.sendall(f"{tag} NO Login failed.\r\n".encode())
            else:
                sock.sendall(f"{tag} NO Error in IMAP command received by server.\r\n".encode())

    @staticmethod
    def _word(word):
        return re.sub(r"\\(.)", r"\1", word[1:-1]) if word.startswith('"') else word

    def _serve(self, sock, user, tag):
        env = {**self.base_env, "HOME": os.path.join(self.dir, "mail", user),
               "AUTHENTICATED": user, "AUTHADDR": user, "IMAPLOGINTAG": tag, "PROTOCOL": "IMAP", "TCPREMOTEIP": "127.0.0.1", "TCPREMOTEPORT": "1",
               "IMAP_CAPABILITY": self.capability, "IMAP_KEYWORDS": "1", "IMAP_ACL": "1", "IMAP_IDLE_TIMEOUT": "1", "IMAP_USELOCKS": "1",
               "IMAP_ENHANCEDIDLE": "0", "IMAP_CHECK_ALL_FOLDERS": "0", "IMAP_OBSOLETE_CLIENT": "0", "IMAP_DISABLETHREADSORT": "0",
               "IMAP_MOVE_EXPUNGE_TO_TRASH": "0", "IMAP_TRASHFOLDERNAME": "Trash", "IMAP_EMPTYTRASH": "Trash:7",
               "IMAP_MAILBOX_SANITY_CHECK": "1", "IMAP_UMASK": "022", "IMAP_SHAREDINDEXFILE": "/nonexistent"}
        with open(os.path.join(self.dir, "stderr"), "ab") as err, self.lock:
            if not self.listener:
                return
            process = subprocess.Popen([self.imapd, "Maildir"], stdin=sock, stdout=sock, stderr=err, cwd=env["HOME"], env=env, **unpacked.as_user(self.user))
            self.processes = [p for p in self.processes if p.poll() is None] + [process]
