"""Facteur, the headless mail core, from Python: all of its API, typed, over its Unix socket.

    import facteur

    with facteur.Client() as client:
        with client.batch() as b:
            unread = b.email_query(query="is:unread", limit=10)
            emails = b.email_get(ids=unread.ref("/ids"), properties=["from", "subject"])
        for email in emails.result["list"]:
            print(email["subject"])

Methods are those of docs/api: Email/query is email_query(), with its arguments as keywords in snake_case. What goes in and comes
out is JSON as JMAP has it (facteur.types). AsyncClient is the same for asyncio.
"""

from ._calls import UNSET, Call, Ref
from ._lines import default_profile
from .aio import AsyncBatch, AsyncClient
from .client import Batch, Client, Notification
from .errors import ConnectionLost, Error, ProtocolError

__version__ = "0.1.0"
__all__ = ["UNSET", "AsyncBatch", "AsyncClient", "Batch", "Call", "Client", "ConnectionLost", "Error", "Notification", "ProtocolError", "Ref",
           "default_profile"]
