"""Roundcube as a peer of the web application: Debian's packages, with a configuration, a database and processes of its own.

    with Roundcube(directory, imap_port) as r:
        ... http://127.0.0.1:{r.port}/, any user of that IMAP server

nginx and php-fpm serve it, as they would for somebody who wants it fast: what a browser fetches is compressed, connections stay, opcache keeps
what PHP has compiled. PHP's own web server (php -S) has none of that and would make Roundcube slower than it is. Nothing of the system's
configuration is changed and nothing of it is running: both are processes of this one, ended by stop().
"""
import glob
import os
import re
import secrets
import shutil
import signal
import sqlite3
import subprocess
import time
import urllib.request

import unpacked
from dovecot import free_port

PACKAGES = "php-fpm nginx-light roundcube-sqlite3 roundcube-core"
NGINX = "/usr/sbin/nginx"
PAGES = "/var/lib/roundcube/public_html"
SOURCES = "/usr/share/roundcube"
DEFAULTS = "/etc/roundcube/defaults.inc.php"
EXTENSIONS = ("opcache", "sqlite3", "pdo_sqlite", "mbstring", "intl", "dom")
PROCESSES = 4

CONFIG = """<?php
$config = [];
$config['db_dsnw'] = 'sqlite:///{dir}/roundcube.db?mode=0600';
$config['imap_host'] = '127.0.0.1:{imap_port}';
$config['des_key'] = '{key}';
$config['log_dir'] = '{dir}/logs';
$config['temp_dir'] = '{dir}/temp';
$config['plugins'] = [];
$config['skin'] = 'elastic';
$config['language'] = 'en_GB';
$config['session_lifetime'] = 600;
$config['mail_read_time'] = -1;   // what is looked at does not become read, as in the measurement of ours
$config['refresh_interval'] = {check};
$config['min_refresh_interval'] = {check};
"""

FPM = """[global]
error_log = {dir}/fpm.log
daemonize = no
[roundcube]
listen = {dir}/fpm.sock
pm = static
pm.max_children = {processes}
clear_env = yes
env[ROUNDCUBE_CONFIG_DIR] = {dir}/config
php_admin_value[session.save_path] = {dir}/temp
php_admin_value[upload_tmp_dir] = {dir}/temp
php_admin_value[date.timezone] = UTC
"""

HTTP = """daemon off;
worker_processes 1;
pid {dir}/nginx.pid;
error_log {dir}/nginx.log warn;
events {{ worker_connections 256; }}
http {{
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_timeout 65;
  keepalive_requests 100000;
  client_body_temp_path {dir}/temp/body;
  fastcgi_temp_path {dir}/temp/fastcgi;
  proxy_temp_path {dir}/temp/proxy;
  uwsgi_temp_path {dir}/temp/uwsgi;
  scgi_temp_path {dir}/temp/scgi;
  gzip on;
  gzip_static on;
  gzip_comp_level 6;
  gzip_types text/css application/javascript text/javascript application/json image/svg+xml;
  server {{
    listen 127.0.0.1:{port};
    root {pages};
    index index.php;
    location / {{
      expires 30d;
    }}
    location ~ \\.php$ {{
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
      fastcgi_buffers 16 64k;
      fastcgi_read_timeout 600;
      fastcgi_pass unix:{dir}/fpm.sock;
    }}
  }}
}}
"""


def fpm():
    """The newest php-fpm that is installed, or None."""
    return max(glob.glob("/usr/sbin/php-fpm[0-9]*"), default=None)


def missing():
    """What keeps it from running, or None."""
    for path in (NGINX, os.path.join(PAGES, "index.php"), DEFAULTS, schema()):
        if not path or not os.path.exists(path):
            return f"apt-get install --no-install-recommends {PACKAGES}"
    if not fpm():
        return "no php-fpm is installed"
    loaded = subprocess.run([fpm(), "-m"], stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout.lower().split()
    lacks = [name for name in EXTENSIONS if name not in loaded]
    return f"PHP has no {' '.join(lacks)}" if lacks else None


def schema():
    """The tables of an empty database."""
    return next((p for p in (os.path.join(SOURCES, "SQL", "sqlite.initial.sql"), "/usr/share/dbconfig-common/data/roundcube/install/sqlite3")
                 if os.path.exists(p)), None)


def version():
    with open(os.path.join(SOURCES, "program", "include", "iniset.php")) as f:
        return re.search(r"RCMAIL_VERSION', '([^']*)'", f.read()).group(1)


class Roundcube:
    """directory     where everything of it lives
    imap_port     where Dovecot listens on the loopback
    check         after how many seconds it asks for what is new
    """

    def __init__(self, directory, imap_port, check=60):
        self.dir, self.imap_port, self.check = os.path.abspath(directory), imap_port, check
        self.port = free_port()
        self.user = unpacked.server_user()
        self.processes = []

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        for sub in ("", "config", "logs", "temp"):
            os.makedirs(os.path.join(self.dir, sub), mode=0o755, exist_ok=True)
        words = {"dir": self.dir, "imap_port": self.imap_port, "check": self.check, "port": self.port, "pages": PAGES, "processes": PROCESSES,
                 "key": secrets.token_hex(12)}
        for name, text in (("config/config.inc.php", CONFIG), ("fpm.conf", FPM), ("nginx.conf", HTTP)):
            with open(os.path.join(self.dir, name), "w") as f:
                f.write(text.format(**words))
        for name in ("defaults.inc.php", "mimetypes.php"):
            shutil.copy(os.path.join(os.path.dirname(DEFAULTS), name), os.path.join(self.dir, "config", name))
        with open(schema()) as f, sqlite3.connect(os.path.join(self.dir, "roundcube.db")) as db:
            db.executescript(f.read())
        db.close()
        for top, folders, files in os.walk(self.dir):
            for name in [".", *folders, *files]:
                unpacked.give(os.path.join(top, name), self.user)
        try:
            self._run(fpm(), "--nodaemonize", "--fpm-config", os.path.join(self.dir, "fpm.conf"))
            self._wait_for(lambda: os.path.exists(os.path.join(self.dir, "fpm.sock")))
            self._run(NGINX, "-e", os.path.join(self.dir, "nginx.log"), "-c", os.path.join(self.dir, "nginx.conf"))
            self._wait_for(self._signs_in)
        except Exception:
            self.stop()
            raise

    def _run(self, *args):
        with open(os.path.join(self.dir, "stderr"), "ab") as out:
            self.processes.append(subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=self.dir,
                                                   start_new_session=True, **unpacked.as_user(self.user)))

    def _wait_for(self, ready, timeout=30):
        deadline = time.monotonic() + timeout
        while not ready():
            if time.monotonic() > deadline or any(p.poll() is not None for p in self.processes):
                raise RuntimeError(f"roundcube does not start: {self.log()}")
            time.sleep(0.05)

    def _signs_in(self):
        """Whether its page for signing in is there: then all of it works together."""
        try:
            with urllib.request.urlopen(self.url, timeout=30) as answer:
                return b"_user" in answer.read()
        except OSError:
            return False

    def log(self):
        """What it, PHP and nginx complained of."""
        said = []
        for name in ("stderr", "fpm.log", "nginx.log", "logs/errors.log"):
            try:
                with open(os.path.join(self.dir, name), errors="replace") as f:
                    said.append(f.read())
            except FileNotFoundError:
                pass
        return "".join(said)

    def stop(self):
        # Each is a group of its own with its children; nothing that it has is kept.
        for one in self.processes:
            try:
                os.killpg(one.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            one.wait()
        self.processes = []
