"""Account/discover: each step against servers of the tests' own, honest ones and hostile ones."""
import pathlib
import socket
import sys
import time

import pytest

from client import Daemon, RpcError

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import discovery  # noqa: E402
from discovery import Authority, Net, config, redirect  # noqa: E402

D = "example.test"
WELL_KNOWN = "/.well-known/autoconfig/mail/config-v1.1.xml"
MAIL = "/mail/config-v1.1.xml"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def net(authority):
    with Net(authority) as n:
        yield n


@pytest.fixture
def find(net, tmp_path):
    """Account/discover of jane@example.test, with everything that the test has set up until then."""
    daemons = []

    def call(address=f"jane@{D}", **more):
        if not daemons:
            daemons.append(Daemon(tmp_path / "profile", env=net.env).start())
        with daemons[0].client() as c:
            return c.call("Account/discover", address=address, **more)
    yield call
    for d in daemons:
        d.stop()


def steps(r):
    return {s["step"]: s["result"] for s in r["steps"]}


def step(r, name):
    return next(s for s in r["steps"] if s["step"] == name)


def host_here(net, *names):
    for name in names:
        net.dns.add(name, "A", "127.0.0.1")


def wait_until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


# ---- the table ----------------------------------------------------------------------------------------------------


def test_a_known_domain_needs_no_network(net, find):
    r = find("jane.doe@gmail.com")
    assert r["source"]["url"] == "imaps://jane.doe%40gmail.com@imap.gmail.com:993" and r["source"]["from"] == "table"
    assert r["transport"]["url"] == "smtps://jane.doe%40gmail.com@smtp.gmail.com:465"
    assert r["provider"]["id"] == "gmail" and r["provider"]["oauth"] == "google"
    assert [n["kind"] for n in r["provider"]["needs"]] == ["appPassword"] and r["provider"]["needs"][0]["url"].startswith("https://")
    assert [(s["step"], s["result"]) for s in r["steps"]] == [("table", "found"), ("mx", "notNeeded"), ("autoconfig", "notNeeded"), ("database", "notNeeded"),
                                                              ("srv", "notNeeded"), ("guess", "notNeeded")]
    assert net.dns.asked == [] and net.https.asked == []


def test_the_hosts_that_take_a_domains_mail_tell_its_provider(net, find):
    net.dns.add(D, "MX", (20, "mx.backup.example"), (10, "Alt1.ASPMX.l.google.com"))
    r = find()
    assert r["provider"]["id"] == "google-workspace" and r["source"]["host"] == "imap.gmail.com" and r["source"]["user"] == f"jane@{D}"
    assert steps(r)["table"] == "nothing" and steps(r)["mx"] == "found" and "aspmx.l.google.com" in step(r, "mx")["description"]


def test_a_domain_in_letters_of_any_script_is_asked_for_in_ascii(net, find):
    net.dns.add("xn--mller-kva.test", "MX", (10, "spool.mail.gandi.net"))
    r = find("jane@Müller.test")
    assert r["domain"] == "xn--mller-kva.test" and r["provider"]["id"] == "gandi" and r["source"]["user"] == "jane@Müller.test"


def test_what_is_no_address_is_refused(find):
    for address in ("jane", "jane@localhost", "jane@127.0.0.1", "jane@exa mple.test", "jane\r\n@example.test", "@example.test"):
        with pytest.raises(RpcError) as e:
            find(address)
        assert e.value.type == "invalidArguments", address


# ---- autoconfig ---------------------------------------------------------------------------------------------------


def test_the_provider_says_it_at_its_own_host(net, find):
    host_here(net, f"autoconfig.{D}", D)
    net.https.documents[f"autoconfig.{D}", MAIL] = config(D)
    r = find("jane+x@" + D)
    assert r["source"]["url"] == f"imaps://jane%2Bx%40{D}@imap.{D}:993" and r["source"]["from"] == "autoconfig" and not r["source"]["needsConfirmation"]
    assert r["transport"]["host"] == f"smtp.{D}" and r["provider"]["name"] == f"Mail of {D}" and r["provider"]["sasl"] == ["PLAIN"]
    assert net.https.asked == [(f"autoconfig.{D}", MAIL + "?emailaddress=jane%2Bx%40" + D)]
    assert step(r, "autoconfig")["source"].startswith(f"https://autoconfig.{D}/mail/")
    assert not {"Authorization", "Cookie", "Referer"} & {k.title() for h in net.https.headers for k in h}


def test_then_at_its_well_known_place_which_is_not_told_the_address(net, find):
    host_here(net, D)
    net.https.documents[D, WELL_KNOWN] = config(D)
    r = find()
    assert r["source"]["from"] == "autoconfig" and net.https.asked == [(D, WELL_KNOWN)]


def test_then_in_the_public_database_which_is_told_the_domain_only(net, find):
    host_here(net, "autoconfig.thunderbird.net")
    net.https.documents["autoconfig.thunderbird.net", f"/v1.1/{D}"] = config(D)
    r = find()
    assert r["source"]["from"] == "database" and net.https.asked == [("autoconfig.thunderbird.net", f"/v1.1/{D}")]
    assert step(r, "autoconfig")["result"] == "nothing"


def test_the_database_is_asked_for_the_hoster_of_the_domain_as_well(net, find):
    net.dns.add(D, "MX", (10, "mx1.eu.hoster.test"), (20, "mx.other.test"))
    host_here(net, "autoconfig.thunderbird.net")
    net.https.documents["autoconfig.thunderbird.net", "/v1.1/hoster.test"] = config("hoster.test", imap="imap.hoster.test")
    r = find()
    assert r["source"]["url"] == f"imaps://jane%40{D}@imap.hoster.test:993" and r["source"]["from"] == "database" and not r["source"]["needsConfirmation"]
    assert [path for _, path in net.https.asked] == [f"/v1.1/{D}", "/v1.1/eu.hoster.test", "/v1.1/hoster.test"]
    assert step(r, "database")["source"] == "https://autoconfig.thunderbird.net/v1.1/hoster.test"


def test_a_mail_host_of_the_domains_own_tells_the_database_nothing_more(net, find):
    net.dns.add(D, "MX", (10, f"mx1.{D}"))
    host_here(net, "autoconfig.thunderbird.net")
    find(skip=["guess"])
    assert [path for _, path in net.https.asked] == [f"/v1.1/{D}"]


def test_a_redirect_to_https_is_followed(net, find):
    host_here(net, f"autoconfig.{D}", "config.hoster.test")
    net.https.documents[f"autoconfig.{D}", MAIL] = redirect("https://config.hoster.test/x.xml")
    net.https.documents["config.hoster.test", "/x.xml"] = config(D)
    r = find()
    assert r["source"]["from"] == "autoconfig" and step(r, "autoconfig")["source"] == "https://config.hoster.test/x.xml"


@pytest.mark.parametrize("to, why", [
    (f"http://autoconfig.{D}{MAIL}", "only https"),
    ("file:///etc/passwd", "only https"),
    ("ftp://autoconfig.example.test/", "only https"),
    (f"https://autoconfig.{D}:22/", "only port 443"),
    ("https://127.0.0.1/", "no name"),
    ("https://[::1]/", "no name"),
    (f"https://jane:secret@autoconfig.{D}/x", "not a URL"),
    (f"https://autoconfig.{D}{MAIL}", "redirects"),
])
def test_a_redirect_to_anywhere_else_is_refused(net, find, to, why):
    host_here(net, f"autoconfig.{D}")
    net.https.documents[f"autoconfig.{D}", MAIL] = redirect(to)
    r = find(skip=["guess", "database"])
    assert r["source"] is None and step(r, "autoconfig")["result"] == "failed" and why in step(r, "autoconfig")["description"]
    assert len(net.https.asked) <= 4


@pytest.mark.parametrize("xml, why", [
    (discovery.endless, "larger than"),
    (b" " * 300_000, "larger than"),
    (b'<!DOCTYPE x [<!ENTITY a "' + b"A" * 1000 + b'"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><clientConfig>&b;</clientConfig>', "document type"),
    (b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><clientConfig>&f;</clientConfig>', "document type"),
    (b"<a>" * 50_000, "no clientConfig"),
    (b"<clientConfig>" + b"<a>" * 50_000, "nested too deeply"),
    (b"<html>Welcome!</html>", "no clientConfig"),
    (b"\x00\x01\x02", "no XML"),
], ids=["endless", "large", "entities", "external-entity", "tags", "depth", "html", "binary"])
def test_a_hostile_document_ends_in_a_named_error(net, find, xml, why):
    host_here(net, f"autoconfig.{D}")
    net.https.documents[f"autoconfig.{D}", MAIL] = xml
    r = find(skip=["guess", "database"])
    assert r["source"] is None and step(r, "autoconfig")["result"] == "failed" and why in step(r, "autoconfig")["description"], r["steps"]


@pytest.mark.parametrize("answer", [discovery.hang, discovery.trickle], ids=["hangs", "trickles"])
def test_a_server_that_is_not_done_is_left_within_the_time(net, find, answer):
    host_here(net, f"autoconfig.{D}", D)
    net.https.documents[f"autoconfig.{D}", MAIL] = net.https.documents[D, WELL_KNOWN] = answer
    find(skip=["table", "mx", "autoconfig", "database", "srv", "guess"])  # facteurd is there
    began = time.monotonic()
    r = find(timeoutSeconds=2)
    assert time.monotonic() - began < 7
    assert r["source"] is None and step(r, "autoconfig")["result"] == "failed" and "in time" in step(r, "autoconfig")["description"]
    assert steps(r)["database"] == steps(r)["srv"] == steps(r)["guess"] == "noTime"


def test_a_port_that_is_deaf_is_left_within_the_time(net, find):
    host_here(net, f"autoconfig.{D}", f"imap.{D}")
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(50)
        net.ports.update({port: deaf.getsockname()[1] for port in ("443", "993", "143")})
        find(skip=["table", "mx", "autoconfig", "database", "srv", "guess"])
        for skip, name in ((["guess"], "autoconfig"), (["autoconfig"], "guess")):
            began = time.monotonic()
            r = find(skip=["database", *skip], timeoutSeconds=1)
            assert time.monotonic() - began < 6 and r["source"] is None
            assert step(r, name)["result"] == ("failed" if name == "autoconfig" else "nothing")


def test_nobody_else_waits_meanwhile_and_a_client_that_goes_ends_it(net, find, tmp_path):
    host_here(net, f"autoconfig.{D}", D)
    net.https.documents[f"autoconfig.{D}", MAIL] = net.https.documents[D, WELL_KNOWN] = discovery.hang
    find(skip=["autoconfig", "database", "srv", "guess"])
    d = Daemon(tmp_path / "profile")
    with d.client() as other:
        with d.client() as c:
            c.send(c.request("Account/discover", {"address": f"jane@{D}"}))
            wait_until(lambda: len(net.https.asked) == 1)
            slowest = 0
            for _ in range(50):
                began = time.monotonic()
                other.call("Core/echo", hello=1)
                slowest = max(slowest, time.monotonic() - began)
            assert slowest < 1.5  # a step takes eight seconds
            clients = [d.client() for _ in range(3)]
            for x in clients:
                x.send(x.request("Account/discover", {"address": f"jane@{D}"}))
            wait_until(lambda: len(net.https.asked) >= 4)
            with pytest.raises(RpcError) as e:
                other.call("Account/discover", address=f"jane@{D}")
            assert e.value.type == "busy"
            for x in clients:
                x.close()
        end = time.monotonic() + 3
        while True:  # their places are free again long before the eight seconds of the step
            try:
                other.call("Account/discover", address="jane@gmail.com")
                break
            except RpcError:
                assert time.monotonic() < end
                time.sleep(0.05)


def test_a_certificate_for_another_host_is_not_believed(net, find):
    host_here(net, f"autoconfig.{D}")
    net.https.certificate[f"autoconfig.{D}"] = "mail.other.test"
    net.https.documents[f"autoconfig.{D}", MAIL] = config(D)
    r = find(skip=["guess", "database"])
    assert r["source"] is None and "TLS" in step(r, "autoconfig")["description"] and net.https.asked == []


def test_private_addresses_are_not_asked(net, find):
    net.allow_private = False
    host_here(net, f"autoconfig.{D}")
    net.https.documents[f"autoconfig.{D}", MAIL] = config(D)
    net.dns.add(D, "A", "10.0.0.1", "169.254.169.254")
    net.dns.add(D, "AAAA", "::1", "fd00::1")
    r = find(skip=["guess", "database"])
    assert r["source"] is None and "private network" in step(r, "autoconfig")["description"] and net.https.asked == []


def test_servers_in_clear_are_left_out(net, find):
    host_here(net, f"autoconfig.{D}")
    net.https.documents[f"autoconfig.{D}", MAIL] = config(D, port=143, socket_type="plain")
    r = find(skip=["guess", "database"])
    assert r["source"] is None and r["transport"]["host"] == f"smtp.{D}" and "1 without TLS" in step(r, "autoconfig")["description"]


# ---- SRV ----------------------------------------------------------------------------------------------------------


def test_srv_records_are_taken_by_priority_and_tls_first(net, find):
    net.dns.add(f"_imap._tcp.{D}", "SRV", (0, 1, 143, f"old.{D}"))
    net.dns.add(f"_imaps._tcp.{D}", "SRV", (20, 1, 993, f"second.{D}"), (10, 1, 993, f"light.{D}"), (10, 9, 1993, f"heavy.{D}"))
    net.dns.add(f"_submissions._tcp.{D}", "SRV", (0, 1, 465, f"send.{D}"))
    r = find(skip=["guess"])
    assert [s["host"] for s in r["servers"]] == [f"heavy.{D}", f"light.{D}", f"second.{D}", f"old.{D}", f"send.{D}"]
    assert r["source"]["url"] == f"imaps://jane%40{D}@heavy.{D}:1993" and r["source"]["from"] == "srv"
    assert not any(s["needsConfirmation"] for s in r["servers"]) and r["servers"][3]["tls"] == "starttls"


def test_a_target_outside_of_the_domain_wants_the_users_word(net, find):
    net.dns.add(f"_imaps._tcp.{D}", "SRV", (0, 1, 993, "imap.evil.example"))
    net.dns.add(f"_submission._tcp.{D}", "SRV", (0, 1, 587, f"smtp.not{D}"))
    r = find(skip=["guess"])
    assert r["source"]["needsConfirmation"] and r["transport"]["needsConfirmation"]


def test_a_dot_means_that_the_service_is_not_offered(net, find):
    for service in ("_imaps", "_imap"):
        net.dns.add(f"{service}._tcp.{D}", "SRV", (0, 0, 0, "."))
    net.dns.add(f"_pop3s._tcp.{D}", "SRV", (0, 1, 995, f"pop.{D}"))
    net.dns.add(f"_submissions._tcp.{D}", "SRV", (0, 1, 465, f"send.{D}"))
    r = find(skip=["guess"])
    assert r["source"]["url"] == f"pop3s://jane%40{D}@pop.{D}:995" and len(r["servers"]) == 2 and "not to be offered" in step(r, "srv")["description"]


def test_names_that_are_none_and_port_0_are_left_out(net, find):
    net.dns.add(f"_imaps._tcp.{D}", "SRV", (0, 1, 0, f"imap.{D}"), (0, 1, 993, "a b.example.test"), (0, 1, 993, "x/y.test"), (0, 1, 993, "10.0.0.1"))
    r = find(skip=["guess"])
    assert r["servers"] == [] and steps(r)["srv"] == "nothing"


def test_a_name_server_that_is_silent_costs_no_more_than_the_time(net, find):
    net.dns.silent |= {D, f"autoconfig.{D}", "autoconfig.thunderbird.net", *(f"{s}._tcp.{D}" for s in ("_imaps", "_imap", "_pop3s", "_pop3", "_submissions", "_submission"))}
    find("jane@gmail.com")
    began = time.monotonic()
    r = find(timeoutSeconds=2)
    assert time.monotonic() - began < 7 and step(r, "mx")["result"] == "failed" and "in time" in step(r, "mx")["description"]


@pytest.mark.parametrize("garbage", [
    b"", b"\x81\x80", b"\xff" * 500, b"\x81\x80\xff\xff\xff\xff\xff\xff\xff\xff" + b"\xc0\x0c" * 200,
    b"\x81\x80\0\1\0\1\0\0\0\0\7example\4test\0\0\x0f\0\1\xc0\x1e\0\x0f\0\1\0\0\0\1\0\4\0\1\xc0\x2a",
], ids=["nothing", "short", "ones", "pointers", "circle"])
def test_nonsense_from_a_name_server_does_no_harm(net, find, garbage):
    for name in (D, f"autoconfig.{D}", f"imap.{D}", f"mail.{D}", f"_imaps._tcp.{D}"):
        net.dns.garbage[name] = garbage
    r = find(timeoutSeconds=3)
    assert r["source"] is None and step(r, "mx")["result"] == "failed"
    assert find("jane@gmail.com")["source"]["host"] == "imap.gmail.com"


def test_a_name_server_that_fails_is_told(net, find):
    net.dns.broken |= {D}
    r = find(skip=["guess", "database", "autoconfig"])
    assert step(r, "mx")["result"] == "failed" and step(r, "mx")["description"]


# ---- guesses ------------------------------------------------------------------------------------------------------


def test_guesses_are_tried_and_nothing_is_sent_to_them(net, find):
    host_here(net, f"imap.{D}", f"smtp.{D}")
    imap = net.greeter(993, b"* OK here I am\r\n")
    smtp = net.greeter(587, b"220-hello\r\n220 there\r\n", tls="starttls", answers={b"EHLO [127.0.0.1]\r\n": b"250-x\r\n250 STARTTLS\r\n", b"STARTTLS\r\n": b"220 go\r\n"})
    r = find(skip=["database"])
    assert r["source"]["url"] == f"imaps://jane%40{D}@imap.{D}:993" and r["source"]["from"] == "guess"
    assert r["transport"]["url"] == f"smtp://jane%40{D}@smtp.{D}:587?tls=starttls"
    assert imap.heard == [] and smtp.heard == [b"EHLO [127.0.0.1]\r\n", b"STARTTLS\r\n"]


@pytest.mark.parametrize("greeting, more", [
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", {}),
    (b"* BYE not now\r\n", {}),
    (b"* PREAUTH welcome\r\n", {}),
    (b"* OK hi\r\n", {"certificate": {f"imap.{D}": "other.test"}}),
    (b"x" * 100_000, {}),
    (b"* OK hi\r\n", {"tls": "starttls"}),
], ids=["http", "bye", "preauth", "certificate", "long", "clear"])
def test_something_else_on_the_port_is_no_mail_server(net, find, greeting, more):
    host_here(net, f"imap.{D}")
    net.greeter(993, greeting, **more)
    r = find(skip=["database"], timeoutSeconds=3)
    assert r["source"] is None and steps(r)["guess"] == "nothing"


def test_a_server_that_refuses_starttls_is_none(net, find):
    host_here(net, f"imap.{D}")
    net.greeter(143, b"* OK hi\r\n", tls="starttls", answers={b"a STARTTLS\r\n": b"a BAD what?\r\n"})
    r = find(skip=["database"])
    assert r["source"] is None


def test_bytes_after_the_answer_to_starttls_are_an_attack(net, find):
    host_here(net, f"imap.{D}")
    net.greeter(143, b"* OK hi\r\n", tls="starttls", answers={b"a STARTTLS\r\n": b"a OK go\r\n* CAPABILITY evil\r\n"})
    r = find(skip=["database"])
    assert r["source"] is None


# ---- the whole ----------------------------------------------------------------------------------------------------


def test_what_an_early_step_lacks_comes_from_a_later_one(net, find):
    host_here(net, f"autoconfig.{D}")
    net.https.documents[f"autoconfig.{D}", MAIL] = config(D, socket_type="plain")  # only sending is of use
    net.dns.add(f"_imaps._tcp.{D}", "SRV", (0, 1, 993, f"imap.{D}"))
    net.dns.add(f"_submissions._tcp.{D}", "SRV", (0, 1, 465, f"not-this.{D}"))
    r = find(skip=["database"])
    assert r["source"]["from"] == "srv" and r["transport"]["from"] == "autoconfig" and steps(r)["guess"] == "notNeeded"


def test_each_step_can_be_switched_off(net, find):
    all_steps = ["table", "mx", "autoconfig", "database", "srv", "guess"]
    r = find("jane@gmail.com", skip=all_steps)
    assert set(steps(r).values()) == {"skipped"} and r["source"] is None and net.dns.asked == [] and net.https.asked == []
    with pytest.raises(RpcError) as e:
        find(skip=["everything"])
    assert e.value.type == "invalidArguments"
