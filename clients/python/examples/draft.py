"""Writes a draft: draft.py TO SUBJECT < TEXT. Run again with the same KEY in the environment, it is written once."""

import os
import sys

import facteur


def main() -> None:
    to, subject = sys.argv[1:3]
    with facteur.Client() as client:
        mailboxes = client.mailbox_get(account_id="*", properties=["role", "accountId"])["list"]
        drafts = next(m for m in mailboxes if m.get("role") == "drafts")
        account_id = drafts.get("accountId", "")
        try:
            made = client.email_set(account_id=account_id, idempotency_key=os.environ.get("KEY"), create={"draft": {
                "mailboxIds": {drafts["id"]: True}, "keywords": {"$draft": True, "$seen": True},
                "to": [{"email": to}], "subject": subject,
                "bodyValues": {"1": {"value": sys.stdin.read()}}, "textBody": [{"partId": "1", "type": "text/plain"}],
            }})
        except facteur.Error as e:
            # What to do is in the error: e.retry says whether the same may work at once or later.
            sys.exit(f"{e} ({e.type}, retry {e.retry}{', the user must act' if e.requires_user_action else ''})")
        if made["notCreated"]:
            sys.exit(f"not written: {made['notCreated']['draft']}")
        print((made["created"] or {})["draft"]["id"])


main()
