"""The examples of docs/api: run, and held against what is written down of them.

    examples.py            runs all of them; prints what differs
    examples.py --write    and writes down the answers that differ, or are missing (then: apigen.py ... docs docs/api)

api/examples/ has a file for each method:

    about       what is asked there, a sentence
    params      the arguments, as they stand in the page
    answer      the result: never written by hand
    varies      paths of the answer whose values differ from run to run ("/pid", "/created/*/secret"): there only the type counts
    cut         {path: n}: of that list or object the first n only
    own         true: over a connection of its own
    reads       what the descriptor that comes with the answer begins with (Blob/open)
    writes      what is written into the descriptor that came before (Blob/finish)
    first       {method, params, until}: asked until the answer has something at that path, before
    also        [{method, params}]: called over the same connection, afterwards
    then        {method, params, notification}: what somebody else does then, and what is told of it (Push/subscribe)

They are one story, told in the order of api/schema/subjects.json on the profile that profile.json makes: a later example may use
what an earlier one made. Everything in an answer must be as it is written down, but for the names that the core chooses anew in each
run (ids of Emails, blobs of what was written in between, states) and for present dates. Those are learned as they come up: from then on the
written name stands for the real one, in arguments and in answers.
"""
import datetime
import fnmatch
import getpass
import json
import os
import pathlib
import re
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

from client import BUILD, ROOT, Client, Daemon  # noqa: E402
from dovecot import Dovecot  # noqa: E402

DOCUMENT = BUILD / "api" / "gen" / "openrpc.json"
EXAMPLES = ROOT / "api" / "examples"
SUBJECTS = ROOT / "api" / "schema" / "subjects.json"
EMAIL_ID, WRITTEN_EMAIL_ID = re.compile(r"e[0-9a-v]{5,12}"), re.compile(r"e\d{1,3}")
BLOB_ID = re.compile(r"b[0-9a-f]{64}")
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
STATE = re.compile(r".*/(\w+S|s)tate")
PORT = "1143"  # where the Dovecot of the examples is written to be
QUOTA = """
mail_plugins = quota
protocol imap {
  mail_plugins = quota imap_quota
}
plugin {
  quota = maildir:User quota
  quota_rule = *:storage=1G
}
"""


def order():
    return [m for s in json.loads(SUBJECTS.read_text()) for m in s["methods"]]


def path_of(method):
    return EXAMPLES / (method.replace("/", ".") + ".json")


def is_recent(date):
    age = datetime.datetime.now(datetime.timezone.utc) - datetime.datetime.fromisoformat(date.replace("Z", "+00:00"))
    return abs(age) < datetime.timedelta(days=400)


def at(value, path):
    for name in path.strip("/").split("/"):
        value = value[int(name) if isinstance(value, list) else name]
    return value


def has(value, path):
    try:
        return at(value, path) is not None
    except (KeyError, IndexError, TypeError):
        return False


class Story:
    def __init__(self, daemon, dovecot):
        self.daemon, self.dovecot = daemon, dovecot
        self.names = {}  # written down -> real
        self.client = daemon.client()
        self.words = set(re.findall(r'"(\w+)"', DOCUMENT.read_text()))  # "emails" is no id of an Email
        self.fixed = set()  # dates that are not today's: they stand in arguments
        # where Jane's servers are here, and where they are written to be: nobody listens at the first two
        self.servers = [("pop3s://jane@localhost:1", "pop3s://jane@pop.example.org"), ("smtps://jane@localhost:1", "smtps://jane@smtp.example.org"),
                        (f"imap://jane@localhost:{dovecot.imap_port}?", f"imap://jane@localhost:{PORT}?")]
        # what is true of this machine only
        self.places = [*self.servers, (str(daemon.profile), "/home/jane/.local/share/facteur"), (str(BUILD / "plugins"), "/usr/lib/facteur/plugins"),
                       (f'"port": {dovecot.imap_port}', f'"port": {PORT}'), (f'"username": "{getpass.getuser()}"', '"username": "jane"')]

    # ---- from what is written to what is real, and back ------------------------------------------------------------

    def real(self, value):
        if isinstance(value, dict):
            return {self.real(k): self.real(v) for k, v in value.items()}
        if isinstance(value, list):
            return [self.real(v) for v in value]
        if isinstance(value, str):
            for here, there in self.servers:
                value = value.replace(there, here)
            return self.names.get(value, value)
        return value

    def neutral(self, result):
        text = json.dumps(result, ensure_ascii=False)
        for here, there in self.places:
            text = text.replace(here, there)
        return json.loads(text)

    def written(self, value):
        """A real answer with the names that are written down; new Emails get short ones."""
        back = {v: k for k, v in self.names.items()}
        if isinstance(value, dict):
            return {self.written(k): self.written(v) for k, v in value.items()}
        if isinstance(value, list):
            return [self.written(v) for v in value]
        if isinstance(value, str):
            if value not in back and self.is_email_id(value):
                back[value] = f"e{1 + sum(1 for k in self.names if WRITTEN_EMAIL_ID.fullmatch(k))}"
                self.names[back[value]] = value
            return back.get(value, value)
        return value

    def is_email_id(self, text):
        return EMAIL_ID.fullmatch(text) is not None and len(text) == len(self.names.get("e1", "")) and text not in self.words

    # ---- comparing ----------------------------------------------------------------------------------------------

    def learn(self, path, written, real):
        if written not in self.names and real in self.names.values() and not STATE.fullmatch(path):
            return [f"{path}: {written} is written down, and {real} came, which was something else before"]
        if self.names.setdefault(written, real) == real:
            return []
        if STATE.fullmatch(path):
            self.names[written] = real
            return []
        return [f"{path}: {written} was {self.names[written]} before, and is {real} now"]

    def compare(self, path, want, got, varies):
        """What differs: lines for people."""
        if any(fnmatch.fnmatchcase(path, p) for p in varies):
            if type(want) is not type(got):
                return [f"{path}: {want!r} is written down, {got!r} came"]
            return self.learn(path, want, got) if isinstance(want, str) else []
        if isinstance(want, dict) and isinstance(got, dict):
            keys = {k: self.names.get(k, k) for k in want}
            if set(keys.values()) != set(got):
                return [f"{path}: has {sorted(got)}, not {sorted(keys.values())}"]
            return [p for k, real in keys.items() for p in self.compare(f"{path}/{k}", want[k], got[real], varies)]
        if isinstance(want, list) and isinstance(got, list):
            if len(want) != len(got):
                return [f"{path}: has {len(got)} elements, not {len(want)}"]
            return [p for i, (a, b) in enumerate(zip(want, got)) for p in self.compare(f"{path}/{i}", a, b, varies)]
        if isinstance(want, str) and isinstance(got, str):
            if self.names.get(want, want) == got:
                return []
            if (STATE.fullmatch(path) and want and got) or (WRITTEN_EMAIL_ID.fullmatch(want) and self.is_email_id(got)) or (BLOB_ID.fullmatch(want) and BLOB_ID.fullmatch(got)):
                return self.learn(path, want, got)
            if DATE.fullmatch(want) and DATE.fullmatch(got) and want not in self.fixed and is_recent(got):
                return []
        return [] if want == got and type(want) is type(got) else [f"{path}: {want!r} is written down, {got!r} came"]

    # ---- telling -------------------------------------------------------------------------------------------------

    @staticmethod
    def cut(value, cuts):
        for path, n in cuts.items():
            node = value
            *folders, last = path.strip("/").split("/")
            for name in folders:
                node = node[name]
            node[last] = node[last][:n] if isinstance(node[last], list) else {k: node[last][k] for k in list(node[last])[:n]}
        return value

    def tell(self, method, example):
        """What differs; with `answer` absent, nothing but a failure does. The present answer is left in example["came"]."""
        client = self.daemon.client() if example.get("own") else self.client
        self.fixed.update(DATE.findall(json.dumps(example["params"])))
        if "first" in example:
            self.wait_for(example["first"])
        if "writes" in example:
            os.write(client.fds.pop(), example["writes"].encode())
        message = client.answer(method, self.real(example["params"]))
        if "error" in message:
            return [f"{method}: {message['error']}"]
        came = self.cut(self.neutral(message["result"]), example.get("cut", {}))
        problems = self.compare("", example["answer"], came, example.get("varies", [])) if "answer" in example else ["no answer is written down"]
        example["came"] = came
        if "reads" in example:
            got = os.read(client.fds.pop(), 4096).decode()
            if not got.startswith(example["reads"]):
                problems.append(f"the descriptor gives {got!r}")
        if "then" in example:
            problems += self.what_is_told(example["then"])
        for call in example.get("also", []):
            client.call(call["method"], **self.real(call["params"]))
        if example.get("own"):
            client.close()
        return problems

    def wait_for(self, first):
        """What goes on by itself: until the answer to a call has something at a path."""
        end = time.monotonic() + 20
        while not has(self.client.call(first["method"], **self.real(first["params"])), first["until"]):
            assert time.monotonic() < end, first
            time.sleep(0.02)

    def what_is_told(self, then):
        with self.daemon.client() as other:
            other.call(then["method"], **self.real(then["params"]))
        came = {"method": then["event"], "params": self.neutral(self.client.notification(then["event"]))}
        problems = self.compare("", then["notification"], came, ["/params/changed/*/*"]) if "notification" in then else ["no notification is written down"]
        then["came"] = came
        return problems


def run(folder, write=False):
    """Method to what differs. With `write` what differs is written down; then what remains are failures."""
    out = {}
    with Dovecot(extra=QUOTA) as dovecot, Daemon(folder / "profile") as daemon:
        dovecot.deliver("jane", b"From: John Smith <john@example.net>\r\nTo: jane@example.com\r\nSubject: Plans\r\nMessage-ID: <plans@example.net>\r\n"
                                b"Date: Mon, 02 Jun 2025 08:00:00 +0000\r\n\r\nHere they are.\r\n")
        story = Story(daemon, dovecot)
        profile = json.loads((EXAMPLES / "profile.json").read_text())
        for step in profile["calls"]:
            answer = story.client.call(step["method"], **story.real(step["params"]))
            for name, path in step.get("names", {}).items():
                story.names[name] = at(answer, path)
            story.fixed.update(DATE.findall(json.dumps(step["params"])))
        for method in order():
            example = json.loads(path_of(method).read_text())
            problems = out[method] = story.tell(method, example)
            if write and problems and "came" in example:
                out[method] = []
                example["answer"] = story.written(example.pop("came"))
                if "then" in example:
                    example["then"]["notification"] = story.written(example["then"].pop("came"))
                path_of(method).write_text(json.dumps(example, indent=2, ensure_ascii=False) + "\n")
        story.client.close()
        daemon.process.wait(20)  # the last one is Core/stop
    return out


def main():
    import tempfile
    Client.observer = None
    with tempfile.TemporaryDirectory() as folder:
        out = run(pathlib.Path(folder), "--write" in sys.argv[1:])
    for method, problems in out.items():
        for p in problems:
            print(f"{method}: {p}")
    return 1 if any(out.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
