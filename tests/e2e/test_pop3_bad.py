"""POP3 servers as they should not be: no second copy, no wrong deletion, and a wrong answer costs one message."""
import pytest

from e2e import message_ids, wait_until
from bad_pop3 import BadPop3, cut_in_the_middle


def letter(i, more=""):
    return (f"Message-ID: <b{i}@bad.example>\r\nDate: Mon, 1 Jan 2024 10:{i // 60 % 60:02}:{i % 60:02} +0000\r\nFrom: joe@example.org\r\n"
            f"{more}Subject: letter {i}\r\n\r\nThis is letter {i}.\r\n").encode()


N = 20


@pytest.fixture
def server():
    with BadPop3() as s:
        s.deliver(*(letter(i) for i in range(N)))
        yield s


def add(facteur, server, *more):
    facteur.run("account", "add", "alice@example.org", "--source", server.url, "--password-stdin", "--no-check", "--set", "timeoutSeconds=2", *more,
                input="pass\n")


def sync(facteur, ok=True):
    (outcome,) = facteur.json("sync", timeout=100, status=None)
    assert ok is None or outcome["ok"] == ok, outcome
    return outcome


def expect(facteur, numbers):
    """These letters are here, each once."""
    assert message_ids(facteur).keys() == {f"b{i}@bad.example" for i in numbers}


def on_server(server):
    return [m.data.partition(b"Subject: letter ")[2].split()[0].decode() for m in server.messages]


def relist(facteur):
    """The next sync lists everything, whatever the server counts."""
    account = facteur.json("account", "show", "alice")[0]
    facteur.rpc("Account/set", update={account["id"]: {"sortOrder": (account["sortOrder"] + 1) % 10}})


BAD_UIDLS = {
    "missing": None,
    "empty": lambda number, message: "",
    "all the same": lambda number, message: "same",
    "repeated": lambda number, message: f"r{number // 2}",
    "not printable": lambda number, message: "\x01\x02",
    "too long": lambda number, message: "x" * 300 + str(number),
}


@pytest.mark.parametrize("how", BAD_UIDLS)
@pytest.mark.parametrize("has_top", [True, False], ids=["with TOP", "without TOP"])
def test_useless_uidls(facteur, server, how, has_top):
    server.uidl = BAD_UIDLS[how]
    server.top = has_top
    add(facteur, server, "--set", "leaveOnServer=all")
    sync(facteur)
    expect(facteur, range(N))
    server.deliver(letter(N))
    assert sync(facteur)["newMessages"] == 1
    relist(facteur)
    assert sync(facteur)["newMessages"] == 0
    expect(facteur, range(N + 1))
    if has_top:  # nothing was fetched twice
        assert len(server.asked("RETR")) <= N + 1 + (how == "repeated")


@pytest.mark.parametrize("has_top", [True, False], ids=["with TOP", "without TOP"])
@pytest.mark.parametrize("leave,left", [("all", N), ("5n", 5), ("none", 0)])
def test_all_uidls_change_at_once(facteur, server, has_top, leave, left):
    server.top = has_top
    add(facteur, server, "--set", "leaveOnServer=all")
    sync(facteur)
    doomed = [e["id"] for e in facteur.json("list") if e["subject"] in ("letter 3", "letter 7")]
    facteur.rpc("Email/set", accountId=facteur.json("account", "show", "alice")[0]["id"], destroy=doomed)
    server.uidl = lambda number, message: "new-" + message.uidl
    facteur.run("account", "set", "alice", "--set", f"leaveOnServer={leave}", "--set", "deleteOnServer=false")
    sync(facteur)
    expect(facteur, set(range(N)) - {3, 7})
    sync(facteur)
    wait_until(lambda: sync(facteur) and len(server.messages) == left)
    assert on_server(server) == [str(i) for i in range(N - left, N)]
    expect(facteur, set(range(N)) - {3, 7})
    if has_top and leave == "all":
        assert len(server.asked("RETR")) == N


def test_uidls_that_are_not_told_just_now_are_waited_for(facteur, server):
    server.top = False  # so that what has no UIDL would have to be fetched
    add(facteur, server, "--set", "leaveOnServer=all")
    sync(facteur)
    server.answers["UIDL"] = b"-ERR [SYS/TEMP] the index is being rebuilt\r\n"
    relist(facteur)
    sync(facteur, ok=False)
    del server.answers["UIDL"]
    sync(facteur)
    expect(facteur, range(N))
    assert len(server.asked("RETR")) == N


@pytest.mark.parametrize("has_top", [True, False], ids=["with TOP", "without TOP"])
def test_uidls_that_are_numbers_mean_other_messages_after_a_deletion(facteur, server, has_top):
    server.uidl = lambda number, message: str(number)
    server.top = has_top
    add(facteur, server, "--set", "leaveOnServer=all")
    sync(facteur)
    del server.messages[0:3]
    server.deliver(*(letter(N + i, more=f"X-Long: {'y' * (20 + i)}\r\n") for i in range(5)))
    relist(facteur)
    sync(facteur)
    expect(facteur, range(N + 5))
    # all that stand under a number have to be known before they are deleted
    facteur.run("account", "set", "alice", "--set", "leaveOnServer=2n")
    for _ in range(3):
        sync(facteur)
    expect(facteur, range(N + 5))
    if has_top:
        wait_until(lambda: relist(facteur) or (sync(facteur) and len(server.messages) == 2))
        assert on_server(server) == [str(N + 3), str(N + 4)]
    expect(facteur, range(N + 5))


def test_headers_that_are_refused_later_do_not_delete_what_is_another_message(facteur, server):
    n = 300  # more than are asked about at once
    server.deliver(*(letter(i) for i in range(N, n)))
    add(facteur, server, "--set", "leaveOnServer=all")
    sync(facteur)
    server.messages[0].data = letter(0).replace(b"<b0@", b"<B0@")
    server.answers = {f"TOP {i} 0": b"-ERR not now\r\n" for i in range(257, n + 1)}
    facteur.run("account", "set", "alice", "--set", "leaveOnServer=none")
    sync(facteur)
    server.answers = {}
    wait_until(lambda: sync(facteur) and not server.messages)
    assert len(message_ids(facteur)) == n + 1
    assert "B0@bad.example" in message_ids(facteur)


def test_message_numbers_shift_between_sessions(facteur, server):
    add(facteur, server, "--set", "leaveOnServer=all")
    sync(facteur)
    server.messages.reverse()
    server.messages.insert(5, server.messages.pop())
    server.deliver(letter(N))
    assert sync(facteur)["newMessages"] == 1
    doomed = [e["id"] for e in facteur.json("list") if e["subject"] == "letter 4"]
    facteur.run("delete", *doomed)
    sync(facteur)
    assert "4" not in on_server(server) and len(server.messages) == N
    assert len(server.asked("RETR")) == N + 1


@pytest.mark.parametrize("size", [lambda n, m: 0, lambda n, m: 10 ** 12, lambda n, m: len(m.data) - 7, lambda n, m: n * 1000], ids=["0", "huge", "less", "other"])
def test_sizes_that_lie(facteur, server, size):
    server.size = size
    add(facteur, server, "--set", "leaveOnServer=all")
    sync(facteur)
    expect(facteur, range(N))
    server.deliver(letter(N))
    assert sync(facteur)["newMessages"] == 1
    facteur.run("account", "set", "alice", "--set", "leaveOnServer=none")
    sync(facteur)
    assert server.messages == []
    expect(facteur, range(N + 1))


def test_sizes_that_are_others_each_time(facteur, server):
    count = [0]

    def size(number, message):
        count[0] += 1
        return count[0]
    server.size = size
    add(facteur, server)
    for _ in range(3):
        sync(facteur)
    expect(facteur, range(N))
    assert len(server.messages) == N


# What never ends, or comes in drops: tests/conversation/test_pop3.c.
ONE_BAD = {
    "refused": b"-ERR no such message\r\n",
    "no answer": b"what?\r\n",
    "cut": cut_in_the_middle,
    "silent": lambda session: None,
}


@pytest.mark.parametrize("how", ONE_BAD)
@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "one by one"])
def test_one_bad_message_holds_up_no_other(facteur, server, how, pipelining):
    if not pipelining:
        server.capabilities.remove("PIPELINING")
    bad = server.messages[8]
    server.retr[bad] = ONE_BAD[how]
    add(facteur, server, "--set", "leaveOnServer=none")
    wait_until(lambda: sync(facteur, ok=None) and facteur.count() == N - 1, 90)
    expect(facteur, set(range(N)) - {8})
    assert bad in server.messages
    server.retr.clear()
    for _ in range(3):  # after three tries only once a day; it is still there
        sync(facteur, ok=None)
    assert (bad in server.messages) == (facteur.count() < N)


def test_one_whose_header_breaks_the_session_holds_up_no_other(facteur, server):
    add(facteur, server, "--set", "leaveOnServer=all")
    sync(facteur)
    del server.messages[0]  # so that what is new may be what is missing, and is looked at first
    server.deliver(*(letter(N + i) for i in range(10)))
    bad = N - 1 + 5
    server.answers[f"TOP {bad} 0"] = cut_in_the_middle
    server.retr[server.messages[bad - 1]] = cut_in_the_middle
    wait_until(lambda: sync(facteur, ok=None) and len(message_ids(facteur)) == N + 9)
    expect(facteur, set(range(N + 10)) - {N + 4})
    server.answers.clear()
    server.retr.clear()


def test_one_that_cannot_be_looked_at_once_more_is_left_there_for_a_day(facteur, server):
    add(facteur, server, "--set", "leaveOnServer=all")
    sync(facteur)
    server.answers["TOP 6 0"] = cut_in_the_middle
    facteur.run("account", "set", "alice", "--set", "leaveOnServer=none")
    wait_until(lambda: sync(facteur, ok=None) and len(server.messages) == 1)
    assert on_server(server) == ["5"]
    server.deliver(letter(N))
    sync(facteur)
    expect(facteur, range(N + 1))


def test_a_session_dies_between_dele_and_quit(facteur, server):
    server.quit = "cut"
    add(facteur, server, "--set", "leaveOnServer=none")
    sync(facteur, ok=None)
    assert len(server.messages) == N and len(server.asked("DELE")) >= N
    expect(facteur, range(N))
    server.quit = "ok"
    wait_until(lambda: sync(facteur, ok=None) and server.messages == [])
    expect(facteur, range(N))
    assert len(server.asked("RETR")) == N


def test_the_answer_to_quit_is_lost_and_they_are_gone(facteur, server):
    server.quit = "deaf"
    add(facteur, server, "--set", "leaveOnServer=none")
    sync(facteur, ok=None)
    wait_until(lambda: server.messages == [])
    server.deliver(letter(0))  # the same once more is another message
    server.quit = "ok"
    wait_until(lambda: sync(facteur, ok=None) and server.messages == [])
    assert len(server.asked("RETR")) == N + 1


def test_quit_says_that_some_were_not_removed(facteur, server):
    server.quit = "err"
    add(facteur, server, "--set", "leaveOnServer=none")
    assert sync(facteur)["ok"]
    assert len(server.messages) == N
    expect(facteur, range(N))
    server.quit = "ok"
    relist(facteur)
    sync(facteur)
    assert server.messages == []
    assert len(server.asked("RETR")) == N


def test_a_maildrop_that_is_empty_for_a_moment(facteur, server):
    add(facteur, server)
    sync(facteur)
    aside, server.messages = server.messages, []
    sync(facteur)
    expect(facteur, range(N))
    server.messages = aside
    assert sync(facteur)["newMessages"] == 0
    expect(facteur, range(N))
    assert len(server.messages) == N and len(server.asked("RETR")) == N


def test_a_server_without_capa_is_asked_for_one_thing_after_the_other(facteur, server):
    server.capabilities = None
    add(facteur, server)
    sync(facteur)
    expect(facteur, range(N))


def test_status_lines_that_a_server_writes_into_messages_make_no_second_copy(facteur, server):
    server.uidl = None
    add(facteur, server, "--set", "leaveOnServer=all")
    sync(facteur)
    for m in server.messages:
        m.data = b"Status: RO\r\nX-UIDL: abc\r\n" + m.data
    sync(facteur)
    expect(facteur, range(N))


def test_the_same_bytes_twice_are_two_messages(facteur, server):
    server.messages.clear()
    server.deliver(letter(1), letter(1))
    add(facteur, server, "--set", "leaveOnServer=all")
    sync(facteur)
    assert facteur.count("in:inbox") == 2
    server.uidl = None
    relist(facteur)
    sync(facteur)
    sync(facteur)
    assert facteur.count("in:inbox") == 2


def test_verify_tells_what_waits_at_the_server(facteur, server):
    server.retr[server.messages[4]] = b"-ERR no\r\n"
    add(facteur, server, "--set", "leaveOnServer=all")
    sync(facteur)
    server.deliver(letter(N))
    report = facteur.json("account", "verify", "alice", status=None)[-1]
    assert report["mailboxes"] == 1 and report["messagesThere"] == N + 1 and report["messagesHere"] == N - 1 and report["emails"] == N - 1
    assert [(d["type"], d["uid"], d["isNews"]) for d in report["differences"]] == [("emailNotHere", 5, False), ("emailNotHere", N + 1, True)]
    assert "has failed to give it" in report["differences"][0]["description"]
    server.retr.clear()
    facteur.run("account", "repair", "alice")
    expect(facteur, range(N + 1))
    report = facteur.json("account", "verify", "alice")[-1]
    assert report["found"] == 0 and report["messagesHere"] == report["messagesThere"] == N + 1


@pytest.mark.parametrize("command", ["LIST", "UIDL"])
def test_a_listing_without_end_is_left(facteur, server, command):
    def endless(session):
        session.send(b"+OK\r\n")
        while True:  # until facteurd hangs up
            session.send(b"x\r\n" * 50000)

    server.answers[command] = endless
    add(facteur, server)
    assert "lists more than" in str(sync(facteur, ok=False))
    del server.answers[command]
    sync(facteur)
    expect(facteur, range(N))
