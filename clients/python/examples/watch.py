"""Prints Emails as they arrive, with asyncio: watch.py [HOW MANY]. It misses none, even those that come while it asks."""

import asyncio
import sys

import facteur


async def main() -> None:
    left = int(sys.argv[1]) if len(sys.argv) > 1 else -1
    async with facteur.AsyncClient() as client:
        state = (await client.email_get(account_id="*", ids=[]))["state"]
        await client.push_subscribe(types=["Email"])
        print("watching", flush=True)
        async for _ in client.notifications():  # they carry states: what changed is asked for
            async with client.batch() as b:
                changes = b.email_changes(account_id="*", since_state=state)
                emails = b.email_get(account_id="*", ids=changes.ref("/created"), properties=["subject"])
            state = changes.result["newState"]
            for email in emails.result["list"]:
                print(email.get("subject"), flush=True)
                left -= 1
                if left == 0:
                    return


asyncio.run(main())
