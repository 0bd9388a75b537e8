"""Two accounts with everything in them, and a table of calls: every method of the schema, with ids of somebody else's.

For tests of what one who sees one account gets to see of the other: over the socket (test_rpc_isolation.py) and over HTTP
(tests/bridge/test_bridge_isolation.py). A method that is new must be entered in CALLS, or said to take no ids at all in NONE."""
import json
import re

from client import BUILD
from mail import message

MARK = "zyzzyva"  # in everything of the other account
SCOPES = ["read", "triage", "draft", "send", "admin"]

# ---- two accounts with everything in them ---------------------------------------------------------------------------


class Account:
    """Ids of one account's things; `word` is in each of them."""

    def __init__(self, client, word):
        self.word = word
        source = {"address": f"{word}@{word}.example.org", "name": word, "source": f"pop3://{word}@127.0.0.1:1?tls=none",
                  "transport": f"smtp://{word}@127.0.0.1:1?tls=none", "password": f"{word}secret"}
        self.account = client.call("Account/set", create={"k": source})["created"]["k"]["id"]
        a = {"accountId": self.account}
        self.mailbox = client.call("Mailbox/set", **a, create={"k": {"name": f"{word} plans"}})["created"]["k"]["id"]
        raw = message(f"{word} subject", f"{word} body\r\n", f"{word} <{word}@example.org>", id=f"{word}@x",
                      extra=f'Cc: {word} <friend@{word}.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b{word}"\r\n').replace(
                          b"\r\n\r\n", b"\r\n\r\n--b%b\r\n\r\n%b text\r\n--b%b\r\nContent-Disposition: attachment; filename=%b.txt\r\n\r\n%b file\r\n--b%b--\r\n" % ((word.encode(),) * 6), 1)
        up = client.call("Blob/upload", **a, create={"b": {"data": [{"data:asText": raw.decode()}]}, "l": {"data": [{"data:asText": f"{word} loose"}]}})["created"]
        self.blob, self.loose = up["b"]["id"], up["l"]["id"]
        made = client.call("Email/import", **a, emails={"e": {"blobId": self.blob, "mailboxIds": {self.mailbox: True}, "keywords": {word: True}}})
        self.email, self.thread = made["created"]["e"]["id"], made["created"]["e"]["threadId"]
        self.part = self.blob + "_2"
        self.body = "p" + self.email[1:]
        inbox = client.call("Mailbox/query", **a, filter={"role": "inbox"})["ids"][0]
        client.call("Email/set", **a, update={self.email: {f"mailboxIds/{inbox}": True}})
        self.undo = client.call("Undo/query", **a)["ids"][0]
        self.identity = client.call("Identity/get", **a)["list"][0]["id"]
        client.call("Identity/set", **a, update={self.identity: {"name": word, "textSignature": f"-- {word}"}})
        draft = {"mailboxIds": {self.mailbox: True}, "from": [{"email": f"{word}@{word}.example.org"}], "to": [{"email": "a@example.org"}], "subject": f"{word} draft",
                 "bodyStructure": {"type": "text/plain", "partId": "1"}, "bodyValues": {"1": {"value": word}}, "keywords": {"$draft": True}}
        self.draft = client.call("Email/set", **a, create={"k": draft})["created"]["k"]["id"]
        sent = client.call("EmailSubmission/set", **a, create={"k": {"identityId": self.identity, "emailId": self.draft, "envelope": {
            "mailFrom": {"email": f"{word}@{word}.example.org", "parameters": {"HOLDFOR": "86400"}}, "rcptTo": [{"email": f"{word}@example.net", "parameters": None}]}}})
        self.submission = sent["created"]["k"]["id"]
        self.task = client.call("Account/sync", accountIds=[self.account])["taskId"]
        self.push = "w1"  # the owner's
        self.rule = client.call("Rule/set", **a, create={"k": {"name": f"{word} rule", "query": word, "moveTo": self.mailbox}})["created"]["k"]["id"]
        self.token = client.call("Token/set", create={"k": {"name": f"{word} token", "scopes": ["read"], "accountIds": [self.account]}})["created"]["k"]["id"]

    def ids(self):
        return {k: v for k, v in vars(self).items() if k != "word"}


class Nobody:
    """The same kinds of ids, of which none is anything."""

    def __init__(self):
        self.account, self.mailbox, self.email, self.draft, self.thread = "avv", "mvvv", "evvvvv", "evvvvu", "tvvv"
        self.blob = "b" + "0123456789abcdef" * 4
        self.loose = "b" + "fedcba9876543210" * 4
        self.part, self.body = self.blob + "_2", "pvvvvv"
        self.undo, self.identity, self.submission, self.task, self.token, self.push, self.rule = "zvvv", "ivvv", "svvv", "kvvv", "ovvv", "wvvv", "rvvv"

    ids = Account.ids


# ---- the table ------------------------------------------------------------------------------------------------------


def account_of(*more):
    """Calls in the account `o`, in one's own, and in all, with these arguments that speak of `o`."""
    def calls(o, me):
        for args in more:
            for account in (o.account, me.account, "*"):
                yield {"accountId": account, **args(o, me)}
    return calls


def anywhere(*more):
    def calls(o, me):
        for args in more:
            yield args(o, me)
    return calls


def get(kind):
    return account_of(lambda o, me: {"ids": [getattr(o, kind)]}, lambda o, me: {"ids": None})


def changes():
    return account_of(lambda o, me: {"sinceState": "s0"})


def query(*filters):
    return account_of(lambda o, me: {"calculateTotal": True}, *[(lambda o, me, f=f: {"filter": f(o), "calculateTotal": True}) for f in filters])


def query_changes(*filters):
    return account_of(lambda o, me: {"sinceQueryState": "s0"}, *[(lambda o, me, f=f: {"sinceQueryState": "s0", "filter": f(o), "calculateTotal": True}) for f in filters])


def letter(**more):
    return {"subject": "s", "bodyStructure": {"type": "text/plain", "partId": "1"}, "bodyValues": {"1": {"value": "x"}}, **more}


EMAIL_FILTERS = [lambda o: {"accountId": o.account}, lambda o: {"inMailbox": o.mailbox}, lambda o: {"inMailboxOtherThan": [o.mailbox]}, lambda o: {"text": MARK}, lambda o: {"hasKeyword": MARK},
                 lambda o: {"id": f"{MARK}@x"}, lambda o: {"operator": "NOT", "conditions": [{"inMailbox": o.mailbox}]}, lambda o: {"from": MARK}, lambda o: {"filename": MARK}]
SUBMISSION_FILTERS = [lambda o: {"identityIds": [o.identity]}, lambda o: {"emailIds": [o.draft]}, lambda o: {"threadIds": [o.thread]}]
MAILBOX_FILTERS = [lambda o: {"parentId": o.mailbox}, lambda o: {"name": MARK}]

CALLS = {
    "Address/suggest": account_of(lambda o, me: {}, lambda o, me: {"text": MARK}, lambda o, me: {"text": "", "limit": 50}),
    "Account/authorize": anywhere(lambda o, me: {"accountId": o.account}),
    "Account/changes": anywhere(lambda o, me: {"sinceState": "s0"}),
    "Account/check": anywhere(lambda o, me: {"accountId": o.account}, lambda o, me: {"account": {"address": "x@example.org", "source": "imap://127.0.0.1:1?tls=none"}},
                              lambda o, me: {"accountId": o.account, "account": {"source": "imap://x@127.0.0.1:1?tls=none"}}),
    "Account/get": anywhere(lambda o, me: {"ids": [o.account]}, lambda o, me: {"ids": None}),
    "Account/query": anywhere(lambda o, me: {"calculateTotal": True}, lambda o, me: {"filter": {"text": MARK}}, lambda o, me: {"anchor": o.account}),
    "Account/repair": anywhere(lambda o, me: {"accountId": o.account}),
    "Account/set": anywhere(lambda o, me: {"update": {o.account: {"name": "taken"}}}, lambda o, me: {"destroy": [o.account]}, lambda o, me: {"update": {o.account: {"notices/n1": None}}},
                            lambda o, me: {"create": {"k": {"address": f"x@{MARK}", "source": "imap://x@127.0.0.1:1?tls=none"}}}),
    "Account/sync": anywhere(lambda o, me: {"accountIds": [o.account]}, lambda o, me: {"accountIds": [me.account, o.account]}),
    "Account/verify": anywhere(lambda o, me: {"accountId": o.account}),
    "Blob/get": account_of(*[(lambda o, me, k=k: {"ids": [getattr(o, k)], "properties": ["data", "size", "digest:sha-256"]}) for k in ("blob", "part", "body", "loose")]),
    "Blob/open": account_of(*[(lambda o, me, k=k: {"blobId": getattr(o, k)}) for k in ("blob", "part", "body", "loose")]),
    "Blob/begin": anywhere(lambda o, me: {"accountId": o.account}),
    "Blob/finish": anywhere(lambda o, me: {"accountId": o.account, "uploadId": "0" * 32}),
    "Blob/upload": account_of(lambda o, me: {"create": {"k": {"data": [{"blobId": o.blob}]}}}, lambda o, me: {"create": {"k": {"data": [{"data:asText": "own "}, {"blobId": o.loose, "length": 1}]}}}),
    "Compose/forward": account_of(lambda o, me: {"emailId": o.email}, lambda o, me: {"emailId": me.email, "identityId": o.identity}),
    "Compose/new": account_of(lambda o, me: {"identityId": o.identity}, lambda o, me: {"text": "x"}),
    "Compose/reply": account_of(lambda o, me: {"emailId": o.email}, lambda o, me: {"emailId": me.email, "identityId": o.identity}, lambda o, me: {"emailId": me.email, "all": True}),
    "Compose/resend": account_of(lambda o, me: {"emailId": o.email, "to": [{"email": "a@example.org"}]}, lambda o, me: {"emailId": me.email, "identityId": o.identity, "to": [{"email": "a@example.org"}]}),
    "Compose/template": account_of(lambda o, me: {"emailId": o.draft}, lambda o, me: {"emailId": me.draft, "identityId": o.identity}),
    "Email/changes": changes(),
    "Email/get": account_of(lambda o, me: {"ids": [o.email, o.draft], "properties": ["subject", "bodyValues", "mailboxIds", "blobId"], "fetchAllBodyValues": True}, lambda o, me: {"ids": None}),
    "Email/unsubscribe": account_of(lambda o, me: {"emailId": o.email, "dryRun": True}, lambda o, me: {"emailId": o.email}, lambda o, me: {"emailId": me.email, "dryRun": True}),
    "Email/history": account_of(lambda o, me: {"ids": [o.email]}, lambda o, me: {"ids": [me.email]}),
    "Email/import": account_of(*[(lambda o, me, k=k: {"emails": {"k": {"blobId": getattr(o, k), "mailboxIds": {me.mailbox: True}}}}) for k in ("blob", "part", "body", "loose")],
                               lambda o, me: {"emails": {"k": {"blobId": me.part, "mailboxIds": {o.mailbox: True}}}}),
    "Email/parse": account_of(lambda o, me: {"blobIds": [o.blob, o.part, o.body, o.loose]}),
    "Email/query": query(*EMAIL_FILTERS),
    "Email/queryChanges": query_changes(*EMAIL_FILTERS),
    "Email/set": account_of(lambda o, me: {"update": {o.email: {"keywords/x": True}}}, lambda o, me: {"destroy": [o.email]}, lambda o, me: {"update": {me.draft: {f"mailboxIds/{o.mailbox}": True}}},
                            lambda o, me: {"create": {"k": letter(mailboxIds={o.mailbox: True})}}, lambda o, me: {"create": {"k": letter(mailboxIds={me.mailbox: True}, replaces=o.draft)}},
                            lambda o, me: {"create": {"k": letter(mailboxIds={me.mailbox: True}, attachments=[{"blobId": o.blob, "type": "text/plain"}])}},
                            lambda o, me: {"create": {"k": letter(mailboxIds={me.mailbox: True}, attachments=[{"blobId": o.loose, "type": "text/plain"}])}}),
    "Email/snooze": account_of(lambda o, me: {"ids": [o.email], "until": "2090-01-01T00:00:00Z"}, lambda o, me: {"ids": [o.email], "until": None},
                               lambda o, me: {"ids": [me.email], "until": "2090-01-01T00:00:00Z", "moveToMailboxId": o.mailbox}),
    "Email/statistics": account_of(lambda o, me: {}, *[(lambda o, me, f=f: {"filter": f(o), "groups": ["units", "hours", "senders", "mailboxes", "accounts", "sizes"]}) for f in EMAIL_FILTERS]),
    "EmailSubmission/changes": changes(),
    "EmailSubmission/get": get("submission"),
    "EmailSubmission/query": query(*SUBMISSION_FILTERS),
    "EmailSubmission/queryChanges": query_changes(*SUBMISSION_FILTERS),
    "EmailSubmission/set": account_of(lambda o, me: {"create": {"k": {"identityId": o.identity, "emailId": me.draft}}}, lambda o, me: {"create": {"k": {"identityId": me.identity, "emailId": o.draft}}},
                                      lambda o, me: {"update": {o.submission: {"undoStatus": "canceled"}}}, lambda o, me: {"destroy": [o.submission]},
                                      lambda o, me: {"onSuccessUpdateEmail": {o.submission: {"keywords/x": True}}}, lambda o, me: {"onSuccessDestroyEmail": [o.submission]}),
    "Identity/changes": changes(),
    "Identity/get": get("identity"),
    "Identity/set": account_of(lambda o, me: {"update": {o.identity: {"name": "taken"}}}, lambda o, me: {"destroy": [o.identity]}),
    "MDN/parse": account_of(lambda o, me: {"blobIds": [o.blob, o.part, o.body, o.loose]}),
    "MDN/send": account_of(lambda o, me: {"identityId": o.identity, "send": {}}, lambda o, me: {"identityId": me.identity, "send": {"k": {"forEmailId": o.email, "disposition": {
        "actionMode": "manual-action", "sendingMode": "mdn-sent-manually", "type": "displayed"}}}}),
    "Mailbox/changes": changes(),
    "Mailbox/get": get("mailbox"),
    "Mailbox/query": query(*MAILBOX_FILTERS),
    "Mailbox/queryChanges": query_changes(*MAILBOX_FILTERS),
    "Mailbox/set": account_of(lambda o, me: {"update": {o.mailbox: {"name": "taken"}}}, lambda o, me: {"destroy": [o.mailbox], "onDestroyRemoveEmails": True}, lambda o, me: {"create": {"k": {"name": "n", "parentId": o.mailbox}}},
                              lambda o, me: {"update": {me.mailbox: {"parentId": o.mailbox}}}),
    "Push/subscribe": anywhere(lambda o, me: {"types": ["Email", "Mailbox", "Thread", "Account", "AccountState", "Undo"], "accountIds": [o.account]},
                               lambda o, me: {"types": ["Email", "Mailbox", "Thread", "Account", "AccountState", "Undo"]}, lambda o, me: {"types": []}),
    "Search/parse": account_of(lambda o, me: {"query": f"in:{MARK}"}, lambda o, me: {"query": f'in:"{MARK} plans"'}, lambda o, me: {"query": f"account:{MARK}"}),
    "SearchSnippet/get": account_of(lambda o, me: {"filter": {"text": MARK}, "emailIds": [o.email]}),
    "Task/cancel": anywhere(lambda o, me: {"id": o.task}),
    "Task/get": anywhere(lambda o, me: {"ids": [o.task]}, lambda o, me: {"ids": [o.task], "waitMs": 5}, lambda o, me: {"ids": None}),
    "Thread/changes": changes(),
    "Thread/get": account_of(lambda o, me: {"ids": [o.thread]}),
    "Token/get": anywhere(lambda o, me: {"ids": [o.token]}, lambda o, me: {"ids": None}),
    "Token/invite": anywhere(lambda o, me: {"token": {"name": "x", "scopes": ["read"], "accountIds": [o.account]}}, lambda o, me: {"token": {"name": "x", "scopes": ["read"], "accountIds": [me.account, o.account]}}),
    "Token/set": anywhere(lambda o, me: {"update": {o.token: {"name": "taken"}}}, lambda o, me: {"destroy": [o.token]}, lambda o, me: {"create": {"k": {"name": "mine", "scopes": ["read"], "accountIds": [o.account]}}},
                          lambda o, me: {"create": {"k": {"name": "mine", "scopes": ["read"], "accountIds": [me.account, o.account]}}}),
    "Undo/apply": account_of(lambda o, me: {"id": o.undo}),
    "Undo/changes": changes(),
    "Undo/get": get("undo"),
    "Undo/query": query(),
}
# methods that not every state of the schema has
LATER = {
    "Blob/copy": anywhere(*[(lambda o, me, k=k: {"fromAccountId": o.account, "accountId": me.account, "blobIds": [getattr(o, k)]}) for k in ("blob", "part", "body", "loose")],
                          lambda o, me: {"fromAccountId": me.account, "accountId": o.account, "blobIds": [me.blob]}),
    "Blob/lookup": account_of(lambda o, me: {"typeNames": ["Mailbox", "Thread", "Email"], "ids": [o.blob, o.part, o.body, o.loose]}),
    "Email/copy": anywhere(lambda o, me: {"fromAccountId": o.account, "accountId": me.account, "create": {"k": {"id": o.email, "mailboxIds": {me.mailbox: True}}}},
                           lambda o, me: {"fromAccountId": me.account, "accountId": o.account, "create": {"k": {"id": me.email, "mailboxIds": {o.mailbox: True}}}, "onSuccessDestroyOriginal": True}),
    "PushSubscription/get": anywhere(lambda o, me: {"ids": [o.push]}, lambda o, me: {"ids": None}),
    "PushSubscription/set": anywhere(lambda o, me: {"update": {o.push: {"types": ["Email"]}}}, lambda o, me: {"destroy": [o.push]}),
    "Rule/apply": account_of(lambda o, me: {"ids": [o.rule]}, lambda o, me: {"ids": [me.rule], "filter": {"inMailbox": o.mailbox}}),
    "Rule/changes": changes(),
    "Rule/get": get("rule"),
    "Rule/set": account_of(lambda o, me: {"update": {o.rule: {"name": "taken"}}}, lambda o, me: {"destroy": [o.rule]}, lambda o, me: {"create": {"k": {"name": "x", "query": "", "moveTo": o.mailbox}}},
                            lambda o, me: {"create": {"k": {"name": "x", "query": "", "copyTo": [o.mailbox]}}}, lambda o, me: {"create": {"k": {"name": "x", "query": f"in:{MARK}", "moveTo": me.mailbox}}}),
    "Quota/changes": changes(),
    "Quota/get": account_of(lambda o, me: {"ids": ["q1"]}, lambda o, me: {"ids": None}),
    "Quota/query": query(lambda o: {"name": MARK}),
    "Quota/queryChanges": query_changes(lambda o: {"name": MARK}),
    "VacationResponse/get": account_of(lambda o, me: {"ids": ["singleton"]}, lambda o, me: {"ids": None}),
    "VacationResponse/set": account_of(lambda o, me: {"update": {"singleton": {"isEnabled": True, "textBody": "taken"}}}),
}
DOCUMENT = json.loads((BUILD / "api" / "gen" / "openrpc.json").read_text())
CALLS.update((name, LATER[name]) for name in LATER if name in {m["name"] for m in DOCUMENT["methods"]})
# methods that take no ids: they are called as they are, and their answers searched
NONE = {"Core/echo": {}, "Core/createdIds": {}, "Session/get": {}, "Session/authenticate": {"token": "x"}, "Plugin/get": {}, "rpc.discover": {}, "Token/pair": {"code": "x"}}


def given_ids(text, o):
    """An answer's text with the ids of `o` replaced by what they are of."""
    for value, name in sorted(((v, k) for k, v in o.ids().items()), key=lambda p: -len(p[0])):
        text = re.sub(rf"(?<![0-9A-Za-z]){re.escape(value)}(?![0-9A-Za-z])", f"<{name}>", text)
    return text


def without_chance(text):
    """An answer's text without what differs from one call to the next: states, new ids, dates, scores (they fall with each second), secrets."""
    return re.sub(r'"(?:new|old|query|newQuery|oldQuery)?[sS]tate": "\w+"|"id": "\w+"|"\w*[iI]d": "\w+"|\d{4}-\d\d-\d\dT[\d:]+Z|"score": [\d.e-]+|"secret": "[^"]*"|"alreadyExists"', "", text)
