"""The mailboxes of all accounts, and the newest Emails that match a query: inbox.py [QUERY]."""

import sys

import facteur


def main() -> None:
    query = sys.argv[1] if len(sys.argv) > 1 else "in:inbox"
    with facteur.Client() as client:
        for mailbox in client.mailbox_get(account_id="*")["list"]:
            print(f"{mailbox['name']:20} {mailbox['unreadEmails']:6} of {mailbox['totalEmails']}")
        with client.batch() as b:  # one round trip: the second call takes its ids from the first
            found = b.email_query(query=query, limit=5)
            emails = b.email_get(ids=found.ref("/ids"), properties=["from", "subject", "receivedAt"])
        try:
            for email in emails.result["list"]:
                sender = (email.get("from") or [{"email": "nobody"}])[0]
                print(email.get("receivedAt"), sender["email"], "-", email.get("subject"))
        except facteur.Error:
            sys.exit(f"the query is refused: {found.error}")


main()
