"""The client for asyncio."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections import deque
from typing import Any, AsyncIterator, Awaitable, BinaryIO

from . import _calls
from ._lines import Lines, close_all, connect
from .client import NOTIFICATIONS_MAX, Notification, blob_file
from .errors import ConnectionLost, ProtocolError
from .methods import AsyncMethods, BatchMethods


class AsyncBatch(BatchMethods):
    """As facteur.Batch, with `async with` and `await batch.send()`."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client
        self.calls: list[_calls.Call[Any]] = []

    def _call(self, method: str, arguments: dict[str, Any]) -> _calls.Call[Any]:
        return self.call(method, _calls.params_of(arguments))

    def call(self, method: str, params: dict[str, Any]) -> _calls.Call[Any]:
        call: _calls.Call[Any] = _calls.Call(f"c{len(self.calls)}", method, params)
        self.calls.append(call)
        return call

    async def send(self) -> None:
        if not self.calls:
            return
        answers, fds = await self._client._exchange([_calls.request(c.id, c.method, c.params) for c in self.calls])
        close_all(fds)
        _calls.settle(self.calls, answers)

    async def __aenter__(self) -> AsyncBatch:
        return self

    async def __aexit__(self, kind: object, *_: object) -> None:
        if kind is None:
            await self.send()


class AsyncClient(AsyncMethods):
    """A connection to facteurd in an asyncio loop. Many calls may be under way; they are answered in their order.

        async with facteur.AsyncClient() as client:
            mailboxes = await client.mailbox_get(account_id="*")

    A call that is cancelled is carried out all the same; nobody waits for its answer.
    """

    def __init__(self, socket_path: str | os.PathLike[str] | None = None, *, profile: str | os.PathLike[str] | None = None) -> None:
        self._where = (socket_path, profile)
        self._sock: socket.socket | None = None
        self._lines = Lines()
        self._unsent = bytearray()
        self._last_id = 0
        self._waiting: deque[asyncio.Future[tuple[Any, list[int]]]] = deque()
        self._notifications: deque[Notification] = deque(maxlen=NOTIFICATIONS_MAX)
        self._news = asyncio.Event()
        self._lost: ConnectionLost | None = None

    async def connect(self) -> AsyncClient:
        """What `async with` does first."""
        self._sock = await asyncio.to_thread(connect, *self._where)
        self._sock.setblocking(False)
        asyncio.get_running_loop().add_reader(self._sock, self._readable)
        return self

    async def close(self) -> None:
        self._lose(ConnectionLost("the connection is closed"))

    async def __aenter__(self) -> AsyncClient:
        return await self.connect()

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # ---- calls -------------------------------------------------------------------------------------------------------

    async def call(self, method: str, params: dict[str, Any] | None = None) -> Any:
        """Calls any method by name. Raises Error, ConnectionLost."""
        self._last_id += 1
        answer, fds = await self._exchange(_calls.request(self._last_id, method, params or {}))
        close_all(fds)
        return _calls.result_of(method, answer)

    def _call(self, method: str, arguments: dict[str, Any]) -> Awaitable[Any]:
        return self.call(method, _calls.params_of(arguments))

    def batch(self) -> AsyncBatch:
        return AsyncBatch(self)

    async def open_blob(self, blob_id: str, account_id: str = "*") -> BinaryIO:
        """The bytes of a blob as a file; reading it may wait for the disk, as any file's does."""
        self._last_id += 1
        answer, fds = await self._exchange(_calls.request(self._last_id, "Blob/open", {"accountId": account_id, "blobId": blob_id}))
        try:
            result = _calls.result_of("Blob/open", answer)
        except BaseException:
            close_all(fds)
            raise
        return blob_file(result, fds)

    async def _exchange(self, message: Any) -> tuple[Any, list[int]]:
        if self._lost or not self._sock:
            raise self._lost or ConnectionLost("not connected")
        line = _calls.line(message)  # first: what is no JSON is never answered
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self._unsent += line
        self._writable()
        return await future

    # ---- notifications -----------------------------------------------------------------------------------------------

    async def notifications(self) -> AsyncIterator[Notification]:
        """What facteurd tells of after push_subscribe(), as it comes. Raises ConnectionLost at its end."""
        while True:
            while not self._notifications:
                if self._lost:
                    raise self._lost
                self._news.clear()
                await self._news.wait()
            yield self._notifications.popleft()

    # ---- the socket --------------------------------------------------------------------------------------------------

    def _writable(self) -> None:
        if not self._sock:
            return
        loop = asyncio.get_running_loop()
        try:
            del self._unsent[:self._sock.send(self._unsent)]
        except BlockingIOError:
            pass
        except OSError as e:
            return self._lose(ConnectionLost(str(e)))
        if self._unsent:
            loop.add_writer(self._sock, self._writable)
        else:
            loop.remove_writer(self._sock)

    def _readable(self) -> None:
        if not self._sock:
            return
        try:
            if not self._lines.receive(self._sock):
                raise ConnectionLost("facteurd closed the connection")
            for line, fds in self._lines.lines():
                self._take(line, fds)
        except BlockingIOError:
            pass
        except ConnectionLost as e:
            self._lose(e)

    def _take(self, line: bytes, fds: list[int]) -> None:
        try:
            message = json.loads(line)
        except ValueError as e:
            close_all(fds)
            raise ProtocolError(str(e)) from e
        if isinstance(message, dict) and "method" in message:
            close_all(fds)
            self._notifications.append(Notification(message["method"], message.get("params", {})))
            self._news.set()
        elif self._waiting and not (future := self._waiting.popleft()).done():
            future.set_result((message, fds))
        else:
            close_all(fds)

    def _lose(self, why: ConnectionLost) -> None:
        if self._sock:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._sock)
            loop.remove_writer(self._sock)
            self._sock.close()
        self._sock = None
        self._lost = self._lost or why
        self._lines.close()
        self._news.set()
        while self._waiting:
            if not (future := self._waiting.popleft()).done():
                future.set_exception(why)
