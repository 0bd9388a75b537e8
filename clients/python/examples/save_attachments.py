"""Saves the attachments of the newest Emails that match a query: save_attachments.py QUERY FOLDER."""

import pathlib
import shutil
import sys

import facteur


def main() -> None:
    query, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    with facteur.Client() as client:
        with client.batch() as b:
            found = b.email_query(query=f"({query}) has:attachment", limit=20)
            emails = b.email_get(ids=found.ref("/ids"), properties=["attachments"])
        for email in emails.result["list"]:
            for n, part in enumerate(email.get("attachments", [])):
                name = pathlib.PurePath(part.get("name") or "").name or f"{n + 1}.bin"  # a name from outside is no path
                blob_id = part.get("blobId")
                if not blob_id:
                    continue
                with client.open_blob(blob_id) as source, open(folder / f"{email['id']}-{name}", "xb") as copy:
                    shutil.copyfileobj(source, copy)
                print(copy.name)


main()
