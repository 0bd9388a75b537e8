"""The client that waits."""

from __future__ import annotations

import io
import json
import os
import select
import socket
import time
from collections import deque
from typing import Any, BinaryIO, Iterator, NamedTuple

from . import _calls
from ._lines import Lines, close_all, connect
from .errors import ConnectionLost, ProtocolError
from .methods import BatchMethods, Methods

NOTIFICATIONS_MAX = 1000  # that are kept until somebody looks; then the oldest goes


class Notification(NamedTuple):
    """`method` is "StateChange", "AccountState" or "Task/progress"; `params` is of the type with that name (facteur.types)."""

    method: str
    params: dict[str, Any]


def blob_file(result: dict[str, Any], fds: list[int]) -> BinaryIO:
    """The descriptor of a Blob/open as a file; the others are closed."""
    index = result.get("fdIndex")
    if not isinstance(index, int) or not 0 <= index < len(fds):
        close_all(fds)
        raise ProtocolError("Blob/open was answered without a descriptor")
    fd = fds.pop(index)
    close_all(fds)
    return io.BufferedReader(io.FileIO(fd, "rb"))


class Batch(BatchMethods):
    """Calls that are sent together and made one after the other. Later ones may use results of earlier ones (Call.ref).

        with client.batch() as b:
            query = b.email_query(query="is:unread", limit=10)
            get = b.email_get(ids=query.ref("/ids"), properties=["subject"])
        for email in get.result["list"]: ...
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self.calls: list[_calls.Call[Any]] = []

    def _call(self, method: str, arguments: dict[str, Any]) -> _calls.Call[Any]:
        return self.call(method, _calls.params_of(arguments))

    def call(self, method: str, params: dict[str, Any]) -> _calls.Call[Any]:
        """A call of any method, by name."""
        call: _calls.Call[Any] = _calls.Call(f"c{len(self.calls)}", method, params)
        self.calls.append(call)
        return call

    def send(self) -> None:
        """Sends it and waits; each call then has its result. An error of one call is raised where its result is asked for."""
        if not self.calls:
            return
        answers, fds = self._client._exchange([_calls.request(c.id, c.method, c.params) for c in self.calls])
        close_all(fds)
        _calls.settle(self.calls, answers)

    def __enter__(self) -> Batch:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.send()


class Client(Methods):
    """A connection to facteurd. One thread at a time.

        with facteur.Client() as client:
            for mailbox in client.mailbox_get(account_id="*")["list"]:
                print(mailbox["name"], mailbox["unreadEmails"])

    socket_path: facteurd's socket; otherwise rpc.sock of `profile`, otherwise of the user's own profile.
    timeout: seconds that a call may take; then TimeoutError. None: as long as it takes. A call that does not end (a timeout, a
    KeyboardInterrupt) ends the connection.
    """

    def __init__(self, socket_path: str | os.PathLike[str] | None = None, *, profile: str | os.PathLike[str] | None = None,
                 timeout: float | None = None) -> None:
        self._sock: socket.socket | None = connect(socket_path, profile)
        self._lines = Lines()
        self._timeout = timeout
        self._last_id = 0
        self._notifications: deque[Notification] = deque(maxlen=NOTIFICATIONS_MAX)
        self._answers: deque[tuple[Any, list[int]]] = deque()

    def close(self) -> None:
        """Ends the connection."""
        if self._sock:
            self._sock.close()
        self._sock = None
        self._lines.close()
        while self._answers:
            close_all(self._answers.popleft()[1])

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- calls -------------------------------------------------------------------------------------------------------

    def call(self, method: str, params: dict[str, Any] | None = None) -> Any:
        """Calls any method by name. Raises Error, ConnectionLost, TimeoutError."""
        return self._one(method, params or {})[0]

    def _call(self, method: str, arguments: dict[str, Any]) -> Any:
        return self.call(method, _calls.params_of(arguments))

    def batch(self) -> Batch:
        return Batch(self)

    def open_blob(self, blob_id: str, account_id: str = "*") -> BinaryIO:
        """The bytes of a blob as a file that is read where they are stored; nothing of them goes over the socket."""
        result, fds = self._one("Blob/open", {"accountId": account_id, "blobId": blob_id}, keep_fds=True)
        return blob_file(result, fds)

    def _one(self, method: str, params: dict[str, Any], keep_fds: bool = False) -> tuple[Any, list[int]]:
        self._last_id += 1
        answer, fds = self._exchange(_calls.request(self._last_id, method, params))
        try:
            result = _calls.result_of(method, answer)
        except BaseException:
            close_all(fds)
            raise
        if not keep_fds:
            close_all(fds)
        return result, fds

    def _exchange(self, message: Any) -> tuple[Any, list[int]]:
        line = _calls.line(message)
        until = None if self._timeout is None else time.monotonic() + self._timeout
        try:
            self._send(line, until)
            while not self._answers:
                if not self._wait(until):
                    raise TimeoutError(f"no answer within {self._timeout} s")
        except BaseException:  # KeyboardInterrupt, too: the next call would take this one's answer
            self.close()
            raise
        return self._answers.popleft()

    # ---- the socket --------------------------------------------------------------------------------------------------

    def _open(self) -> socket.socket:
        if not self._sock:
            raise ConnectionLost("the connection is closed")
        return self._sock

    def _send(self, data: bytes, until: float | None) -> None:
        sock = self._open()
        sock.settimeout(None if until is None else max(until - time.monotonic(), 0.001))
        try:
            sock.sendall(data)
        except TimeoutError:
            raise
        except OSError as e:
            raise ConnectionLost(str(e)) from e

    def _wait(self, until: float | None) -> bool:
        """Takes what comes. False: nothing did in time."""
        sock = self._open()
        poll = select.poll()  # select.select() takes no descriptor from 1024 on
        poll.register(sock, select.POLLIN)
        if not poll.poll(None if until is None else max((until - time.monotonic()) * 1000, 0)):
            return False
        try:
            if not self._lines.receive(sock):
                raise ConnectionLost("facteurd closed the connection")
            for line, fds in self._lines.lines():
                self._take(line, fds)
        except ConnectionLost:
            self.close()
            raise
        return True

    def _take(self, line: bytes, fds: list[int]) -> None:
        try:
            message = json.loads(line)
        except ValueError as e:
            close_all(fds)
            raise ProtocolError(str(e)) from e
        if isinstance(message, dict) and "method" in message:
            close_all(fds)
            self._notifications.append(Notification(message["method"], message.get("params", {})))
        else:
            self._answers.append((message, fds))

    # ---- notifications -----------------------------------------------------------------------------------------------

    def notifications(self, timeout: float | None = None) -> Iterator[Notification]:
        """What facteurd tells of after push_subscribe(), as it comes; ends when nothing came for `timeout` seconds (None: never)."""
        while True:
            until = None if timeout is None else time.monotonic() + timeout
            while not self._notifications:
                if not self._wait(until):
                    return
            yield self._notifications.popleft()
