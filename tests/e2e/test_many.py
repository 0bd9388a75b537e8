"""Forty accounts at once, as `facteur sync` meets them: POP3 and IMAP on one real server; one has a wrong password, one server never
greets, one falls silent in the middle of the mail, one user's quota is used up."""
import json
import re
import subprocess
import time
import types

import pytest

from e2e import BUILD, Dialogue, Facteur, assert_no_crash, fill, wait_until
from dovecot import Dovecot
from silent import Silent

ACCOUNTS, MESSAGES = 40, 20
WRONG, MUTE, STUCK, FULL, HASTY, CALM = "u04", "u06", "u08", "u10", "u01", "u03"
BAD = {WRONG, MUTE, STUCK}
SILENCE = 10          # seconds: SILENT_MS of core/account/sync_task.c
POLL = 10             # the least that pollSeconds may be
QUOTA = """
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:bytes=%{if;%u;eq;u10;100;0}
}
protocol imap {
  mail_plugins = $mail_plugins quota imap_zlib
}
"""

pytestmark = [pytest.mark.skipif(not Dovecot.has_pop3(), reason="dovecot-pop3d is not installed"), pytest.mark.waits]
is_sanitized = b"__asan_init" in (BUILD / "bin" / "facteurd").read_bytes()


def add_all(f, server, mute, stuck):
    """All accounts in one call; their ids by user."""
    create = {}
    for i in range(ACCOUNTS):
        user = f"u{i:02}"
        source = (f"imaps://{user}@localhost:{server.imaps_port}", f"pop3s://{user}@localhost:{server.pop3s_port}")[i % 2]
        source = {MUTE: f"imap://{user}@127.0.0.1:{mute.port}?tls=none", STUCK: f"imap://{user}@127.0.0.1:{stuck.port}?tls=none"}.get(user, source)
        settings = {"caFile": server.ca, **({"pollSeconds": POLL} if user == HASTY else {})}
        create[user] = {"address": f"{user}@example.org", "name": user, "source": source, "settings": settings,
                        "password": "wrong" if user == WRONG else server.password}
    made = f.rpc("Account/set", create=create)["created"]
    return {user: made[user]["id"] for user in create}


def sync(f, ids, and_then):
    """What `facteur --json sync` says of each user's account, and after how many seconds; and how long it took. `and_then` is done when
    all but the silent ones were told."""
    began, told, users = time.monotonic(), {}, {id: user for user, id in ids.items()}
    process = subprocess.Popen(f.command("--json", "sync"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=f.env)
    for line in process.stdout:
        outcome = json.loads(line)
        told[users[outcome["accountId"]]] = outcome, time.monotonic() - began
        if len(told) == len(ids) - 2:
            and_then()
    return process.wait(30), told, time.monotonic() - began


def deliver_late(server):
    for user in (HASTY, CALM):
        server.deliver(user, f"Message-ID: <late-{user}@e2e>\r\nSubject: late {user}\r\n\r\nx\r\n".encode())


@pytest.fixture(scope="module")
def many(certificates, tmp_path_factory):
    """The sync of all of them, and what is to be seen of it."""
    m = types.SimpleNamespace(messages={})
    f = m.facteur = Facteur(tmp_path_factory.mktemp("many"))
    with Dovecot(certs=certificates, pop3=True, extra=QUOTA) as m.server:
        for i in range(ACCOUNTS):
            m.messages.update(fill(m.server, f"u{i:02}", MESSAGES, seed=i + 1))
        mute, stuck = Silent(), Silent(m.server.imap_port, octets=20_000)
        try:
            f.count()
            m.ids = add_all(f, m.server, mute, stuck)
            terminal = Dialogue(f, "sync")
            m.status, m.told, m.took = sync(f, m.ids, lambda: deliver_late(m.server))
            m.shown = terminal.end(), terminal.out
            yield m
            assert_no_crash(f)
        finally:
            f.close()
            mute.close()
            stuck.close()


def test_nobody_waits_for_a_server_that_hangs(many):
    healthy = [user for user in many.ids if user not in BAD]
    assert all(many.told[user][0]["ok"] for user in healthy)
    slowest = max(many.told[user][1] for user in healthy)
    assert slowest < (20 if is_sanitized else SILENCE - 1), many.told
    assert all(many.told[user][1] > slowest for user in (MUTE, STUCK))


def test_a_server_that_hangs_is_named_and_not_waited_for_to_its_end(many):
    assert many.status == 1 and many.took < SILENCE + (20 if is_sanitized else 8)
    for user in (MUTE, STUCK):
        error = many.told[user][0]["error"]
        assert f"the server has not answered for {SILENCE} s" in error["message"] and error["retry"] == "later"


def test_each_account_fails_alone(many):
    assert {user for user, (outcome, _) in many.told.items() if not outcome["ok"]} == BAD
    assert "password" in many.told[WRONG][0]["error"]["message"]
    states = {a["name"]: a["syncState"]["phase"] for a in many.facteur.json("account", "list") if a["name"] in many.ids}
    assert states[WRONG] == "failed" and not {s for user, s in states.items() if user not in BAD} & {"failed", "waiting"}


def test_memory_is_bounded(many):
    with open(f"/proc/{many.facteur.pid()}/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    assert is_sanitized or peak < 150_000


def test_one_inbox_and_one_search_over_all_of_them(many):
    here = len(many.ids) - len(BAD)
    assert here * MESSAGES <= many.facteur.count("in:inbox") < (here + 1) * MESSAGES   # some of the stuck one's came
    found = many.facteur.rpc("Email/query", accountId="*", limit=50 * ACCOUNTS, filter={"text": "number"})["ids"]
    got = many.facteur.rpc("Email/get", accountId="*", ids=found[::MESSAGES // 4], properties=["id", "accountId"])["list"]
    assert {email["accountId"] for email in got} >= {id for user, id in many.ids.items() if user not in BAD}


def test_a_terminal_of_24_lines_shows_them_all_at_once(many):
    status, out = many.shown
    assert status == 1
    assert max(int(n) for n in re.findall(r"\x1b\[(\d+)A", out)) < 24   # the cursor never goes up further than the screen
    assert re.search(r"and \d+ more", out)
    assert f"{HASTY}: " in out and re.search(rf"{MUTE}  connecting", out)


def test_full_on_the_server_is_whole_here(many, tmp_path):
    f = many.facteur
    letter = tmp_path / "kept.eml"
    letter.write_text("Message-ID: <kept@e2e>\r\nFrom: a@example.org\r\nSubject: kept here\r\n\r\nx\r\n")
    f.run("import", letter, "-m", f"{FULL}:Archive")
    (outcome,) = f.json("sync", FULL)
    assert outcome["ok"]
    wait_until(lambda: "cannot be kept on the server: Quota exceeded" in f.log())
    assert f.count("subject:kept") == 1


def test_each_account_has_its_schedule(many):
    f = many.facteur
    wait_until(lambda: f.count(f"subject:{HASTY}") == 1, timeout=POLL + 10)
    assert f.count(f"subject:{CALM}") == 0
