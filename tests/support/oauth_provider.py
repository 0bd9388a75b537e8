"""An OAuth 2.0 provider for tests, on http://127.0.0.1 at a free port: RFC 6749, 7636 (PKCE, S256 only), 7662, 8628, 9207.

    with Provider() as p:
        p.settings()        what an account's setting "oauth" is for it
        p.browse(url)       what a browser does with an authorization request: consents, and is sent back
        p.dovecot(path)     writes what Dovecot's passdb oauth2 needs to ask it, and gives the passdb

It is strict: a code is good once and with its verifier only, a refresh token is good once (the next one comes with the answer; one
that is used again ends everything that grew from its consent, as RFC 9700 section 2.2.2 has it). `trouble` makes it a bad one.
"""
import base64
import hashlib
import http.server
import json
import secrets
import threading
import time
import urllib.error
import urllib.parse
import urllib.request


class Provider:
    """
    lifetime   seconds of an access token
    public     False: clients have the secret SECRET
    rotate     False: a refresh token stays
    device_trouble   the same of the device endpoint
    trouble    of the token endpoint: None, "huge", "slow", "denied", "text", "redirect", "down", "not an object", "echo", "echo as it came", "no token"
    pending    what the device endpoint's polls are answered with before somebody has consented: a list of errors
    consent    what browse() and devices meet: "given" or "denied"
    """

    CLIENT, SECRET, USER = "test-client", "test-secret", "alice"

    def __init__(self, public=False, lifetime=3600, rotate=True):
        self.public, self.lifetime, self.rotate = public, lifetime, rotate
        self.trouble = self.device_trouble = None
        self.pending = []
        self.consent = "given"
        self.user = self.USER
        self.codes = {}      # code: (challenge, redirect_uri)
        self.devices = {}    # device_code
        self.access = {}     # token: (consent, user, expires)
        self.refresh = {}    # token: consent; used ones too
        self.used = set()
        self.ended = set()   # consents
        self.asked = []      # (path, form) of every question
        self.before_answer = None   # called with a grant's answer when it is decided, and before it goes out
        self.before_code = None     # the same for a device code
        self.lock = threading.Lock()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()

    # ---- for tests -------------------------------------------------------------------------------------------

    def settings(self, **more):
        return {"authorizationEndpoint": f"{self.url}/authorize", "tokenEndpoint": f"{self.url}/token", "deviceEndpoint": f"{self.url}/device",
                "issuer": self.url, "clientId": self.CLIENT, "scope": "mail offline_access", **more}

    def browse(self, url):
        """The page that the browser ends on: (status, text)."""
        try:
            with urllib.request.urlopen(url, timeout=10) as r:
                return r.status, r.read().decode()
        except urllib.error.HTTPError as e:
            return e.code, e.read().decode()

    def grants(self, kind):
        with self.lock:
            return [form for path, form in self.asked if path == "/token" and form.get("grant_type") == kind]

    def revoke(self):
        """The user withdraws every consent."""
        with self.lock:
            self.ended |= {c for c in self.refresh.values()}
            self.access.clear()

    def expire_access(self):
        """What was given is not accepted any more, whatever its lifetime."""
        with self.lock:
            self.access.clear()

    def dovecot(self, path):
        with open(path, "w") as f:
            f.write(f"introspection_mode = post\nintrospection_url = {self.url}/introspect\nactive_attribute = active\nactive_value = true\n"
                    "username_attribute = username\nusername_format = %u\nforce_introspection = yes\ndebug = yes\ntimeout_msecs = 5000\n")
        return f"passdb {{\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = {path}\n}}\n"

    # ---- grants ----------------------------------------------------------------------------------------------

    def _grant(self, consent, refresh=None):
        access = "access-" + secrets.token_urlsafe(24)
        self.access[access] = (consent, self.user, time.time() + self.lifetime)
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": self.lifetime}
        if refresh is None or self.rotate:
            answer["refresh_token"] = "refresh-" + secrets.token_urlsafe(1500)
            self.refresh[answer["refresh_token"]] = consent
        return 200, answer

    @staticmethod
    def _error(error, status=400, description=None):
        return status, {"error": error, **({"error_description": description} if description else {})}

    def _token(self, form):
        if form.get("client_id") != self.CLIENT or (not self.public and form.get("client_secret") != self.SECRET):
            return self._error("invalid_client", 401, "who are you?")
        kind = form.get("grant_type")
        if kind == "authorization_code":
            return self._by_code(form)
        if kind == "refresh_token":
            return self._by_refresh(form)
        if kind == "urn:ietf:params:oauth:grant-type:device_code":
            return self._by_device(form)
        return self._error("unsupported_grant_type")

    def _by_code(self, form):
        challenge, redirect = self.codes.pop(form.get("code"), (None, None))
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if challenge is None or redirect != form.get("redirect_uri") or base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != challenge:
            return self._error("invalid_grant")
        return self._grant(secrets.token_hex(8))

    def _by_refresh(self, form):
        token = form.get("refresh_token")
        consent = self.refresh.get(token)
        if token in self.used:
            self.ended.add(consent)
        if consent is None or consent in self.ended:
            return self._error("invalid_grant", description="Token has been expired or revoked.")
        if self.rotate:
            self.used.add(token)
        return self._grant(consent, token)

    def _by_device(self, form):
        if form.get("device_code") not in self.devices:
            return self._error("expired_token")
        if self.pending:
            return self._error(self.pending.pop(0))
        if self.consent != "given":
            return self._error("access_denied")
        del self.devices[form["device_code"]]
        return self._grant(secrets.token_hex(8))

    def _device(self, form):
        if form.get("client_id") != self.CLIENT:
            return self._error("invalid_client", 401)
        code = secrets.token_urlsafe(24)
        self.devices[code] = True
        return 200, {"device_code": code, "user_code": "WDJB-MJHT", "verification_uri": f"{self.url}/activate",
                     "verification_uri_complete": f"{self.url}/activate?user_code=WDJB-MJHT", "expires_in": 1800, "interval": 1}

    def _introspect(self, form):
        consent, user, expires = self.access.get(form.get("token"), (None, None, 0))
        if consent is None or consent in self.ended or expires < time.time():
            return 200, {"active": False}
        return 200, {"active": True, "username": user, "exp": int(expires), "scope": "mail"}

    def _authorize(self, query):
        redirect = query.get("redirect_uri", "")
        if query.get("client_id") != self.CLIENT or not redirect.startswith(("http://127.0.0.1:", "http://localhost:")):
            return 400, None
        back = {"state": query.get("state", ""), "iss": self.url}
        if query.get("response_type") != "code" or query.get("code_challenge_method") != "S256" or len(query.get("code_challenge", "")) != 43:
            back["error"] = "invalid_request"
        elif self.consent != "given":
            back["error"] = "access_denied"
        else:
            back["code"] = secrets.token_urlsafe(16)
            self.codes[back["code"]] = (query["code_challenge"], redirect)
        return 302, redirect + "?" + urllib.parse.urlencode(back)

    # ---- HTTP ------------------------------------------------------------------------------------------------

    def _handler(self):
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def send(self, status, body, kind="application/json", **headers):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                url = urllib.parse.urlsplit(self.path)
                if url.path != "/authorize":
                    return self.send(404, b"")
                with provider.lock:
                    status, where = provider._authorize(dict(urllib.parse.parse_qsl(url.query)))
                self.send(status, b"", **({"Location": where} if where else {}))

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                form = dict(urllib.parse.parse_qsl(body, strict_parsing=True)) if body else {}
                what = {"/token": provider._token, "/device": provider._device, "/introspect": provider._introspect}.get(self.path)   # looked up now: tests put others there
                if not what:
                    return self.send(404, b"")
                with provider.lock:
                    provider.asked.append((self.path, form))
                    trouble = {"/token": provider.trouble, "/device": provider.device_trouble}.get(self.path)
                    if not trouble:
                        status, answer = what(form)
                if trouble:
                    return self.misbehave(trouble, form)
                hook = {"/token": provider.before_answer, "/device": provider.before_code}.get(self.path)
                if hook:
                    hook(answer)
                self.send(status, json.dumps(answer).encode())

            def misbehave(self, trouble, form):
                if trouble == "huge":
                    self.send(200, b'{"access_token": "' + b"x" * (1 << 20) + b'"}')
                elif trouble == "denied":
                    self.send(400, b'{"error": "access_denied"}')
                elif trouble == "slow":
                    provider.stopping.wait(60)
                elif trouble == "text":
                    self.send(200, b"<html>Sign in to this network</html>", "text/html")
                elif trouble == "redirect":
                    self.send(307, b"", Location=provider.url + "/steal")
                elif trouble == "down":
                    self.send(503, b"try later", "text/plain")
                elif trouble == "not an object":
                    self.send(200, b"[1]")
                elif trouble == "echo":   # what it does not like, secrets and all
                    self.send(400, json.dumps({"error": "invalid_request", "error_description": "bad: " + json.dumps(form)}).encode())
                elif trouble == "echo as it came":
                    self.send(400, json.dumps({"error": "invalid_request", "error_description": "bad: " + urllib.parse.urlencode({"client_secret": form["client_secret"]})}).encode())
                elif trouble == "no token":
                    self.send(200, json.dumps({"access_token": "a b\r\nc", "token_type": "Bearer"}).encode())

        return Handler
