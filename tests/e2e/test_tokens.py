"""Tokens on the command line: made, listed, used, looked after, revoked."""
import json
import socket


def ask(facteur, *calls):
    """One connection's answers to these calls."""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(facteur.profile / "rpc.sock"))
        f = s.makefile("rw")
        answers = []
        for method, params in calls:
            f.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}) + "\n")
            f.flush()
            answers.append(json.loads(f.readline()))
        return answers


def test_a_token_from_its_making_to_its_end(facteur):
    secret = facteur.out("token", "create", "phone", "--scope", "triage", "--account", "a1", "--expires", "30d").strip()
    assert secret.startswith("facteur_o1_") and " " not in secret
    assert facteur.out("token", "create", "my laptop", "--password-stdin", input="correct horse\n") == "my laptop: read, with the password\n"
    [phone, laptop] = facteur.json("token", "list")
    assert phone["scopes"] == ["read", "triage"] and phone["accountIds"] == ["a1"] and phone["expiresAt"] and "secret" not in phone
    assert laptop["accountIds"] is None and laptop["hasPassword"] and laptop["expiresAt"] is None
    made = ask(facteur, ("Session/authenticate", {"token": secret, "remote": "192.0.2.7"}), ("Mailbox/set", {"accountId": "a1", "create": {"k": {"name": "Plans"}}}), ("Token/get", {}))
    assert made[1]["result"]["created"] and made[2]["error"]["data"]["type"] == "forbidden"
    assert "result" in ask(facteur, ("Session/authenticate", {"username": "my laptop", "password": "correct horse"}))[0]
    shown = facteur.out("token", "list")
    assert "192.0.2.7" in shown and secret not in shown and "On this computer" in shown
    [entry] = facteur.json("token", "audit", "phone")
    assert entry["method"] == "Mailbox/set" and entry["objectIds"] == [made[1]["result"]["created"]["k"]["id"]]
    assert "Mailbox/set" in facteur.out("token", "audit", "--account", "a1") and facteur.out("token", "audit", "my laptop") == ""
    assert facteur.out("token", "revoke", "phone", laptop["id"]) == "phone: revoked\nmy laptop: revoked\n"
    assert ask(facteur, ("Session/authenticate", {"token": secret}))[0]["error"]["data"]["type"] == "forbidden"
    assert facteur.json("token", "list") == [] and facteur.json("token", "audit", phone["id"]) == [entry]


def test_what_is_refused(facteur):
    facteur.run("token", "create", "phone")
    for status, said, args in ((1, "there is a token of that name", ["create", "phone"]), (2, "like 12h", ["create", "x", "--expires", "soon"]), (2, "like 12h", ["create", "x", "--expires", "5x"]),
                               (1, "in the future", ["create", "x", "--expires", "2001-01-01"]), (1, "read, triage, draft, send and admin", ["create", "x", "--scope", "everything"]),
                               (1, "no account", ["create", "x", "--account", "nobody"]), (1, "control characters", ["create", "a\x1b[31m"]), (2, "one name", ["create"]),
                               (1, "8 to 1024", ["create", "x", "--password-stdin"]), (1, "there is no token 'nobody'", ["revoke", "phone", "nobody"]), (2, "name or the id", ["revoke"]),
                               (2, "takes no argument", ["list", "x"]), (2, "1 to 1000", ["audit", "-n", "0"])):
        done = facteur.run("token", *args, status=status, input="short\n" if "--password-stdin" in args else None)
        assert said in done.stderr and "\x1b" not in done.stderr, (args, done.stderr)
    assert [t["name"] for t in facteur.json("token", "list")] == ["phone"]  # of two, one of them unknown, none is revoked
