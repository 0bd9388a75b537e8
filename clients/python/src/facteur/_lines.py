"""Bytes and descriptors that come in pieces become lines with the descriptors that belong to them."""

from __future__ import annotations

import array
import os
import socket
from collections import deque
from pathlib import Path
from typing import Iterator

from .errors import ConnectionLost, ProtocolError

LINE_MAX = 256 * 1024 * 1024
FDS_MAX = 16
READ_SIZE = 256 * 1024


def default_profile() -> Path:
    """$FACTEUR_PROFILE, $XDG_DATA_HOME/facteur, or ~/.local/share/facteur."""
    if profile := os.environ.get("FACTEUR_PROFILE"):
        return Path(profile).absolute()
    data = os.environ.get("XDG_DATA_HOME", "")
    return Path(data) / "facteur" if data.startswith("/") else Path.home() / ".local" / "share" / "facteur"


def connect(socket_path: str | os.PathLike[str] | None, profile: str | os.PathLike[str] | None) -> socket.socket:
    path = Path(socket_path) if socket_path else Path(profile or default_profile()) / "rpc.sock"
    shown = path
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    folder = None
    try:
        if len(os.fsencode(path)) > 107:  # of sun_path: reached through its folder's descriptor
            folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
            path = Path(f"/proc/self/fd/{folder}/{path.name}")
        sock.connect(str(path))
    except OSError as e:
        sock.close()
        absent = isinstance(e, (FileNotFoundError, ConnectionRefusedError))
        why = "no facteurd serves it (any command of 'facteur' starts one)" if absent else e.strerror
        raise OSError(e.errno, why, str(shown)) from None
    except BaseException:
        sock.close()
        raise
    finally:
        if folder is not None:
            os.close(folder)
    return sock


class Lines:
    """The kernel ends a read with the bytes that descriptors came with, so they belong to the line that the read ends in."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._scanned = 0
        self._taken = 0
        self._fds: deque[tuple[int, int]] = deque()

    def receive(self, sock: socket.socket) -> bool:
        """Reads once. False: the other side has closed. Raises BlockingIOError where there is nothing."""
        try:
            data, control, _, _ = sock.recvmsg(READ_SIZE, socket.CMSG_SPACE(FDS_MAX * array.array("i").itemsize), socket.MSG_CMSG_CLOEXEC)
        except ConnectionError as e:
            raise ConnectionLost(str(e)) from e
        end = self._taken + len(self._buffer) + len(data)
        for level, kind, payload in control:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds = array.array("i")
                fds.frombytes(payload[:len(payload) - len(payload) % fds.itemsize])
                self._fds.extend((fd, end) for fd in fds)
        self._buffer += data
        return bool(data)

    def lines(self) -> Iterator[tuple[bytes, list[int]]]:
        """The whole lines that are there, each with descriptors that are the caller's."""
        while (at := self._buffer.find(b"\n", self._scanned)) >= 0:
            line = bytes(self._buffer[:at])
            del self._buffer[:at + 1]
            self._scanned = 0
            self._taken += at + 1
            fds = []
            while self._fds and self._fds[0][1] <= self._taken:
                fds.append(self._fds.popleft()[0])
            yield line, fds
        self._scanned = len(self._buffer)
        if self._scanned > LINE_MAX:
            raise ProtocolError(f"a line is longer than {LINE_MAX} bytes")

    def close(self) -> None:
        while self._fds:
            os.close(self._fds.popleft()[0])
        self._buffer.clear()


def close_all(fds: list[int]) -> None:
    for fd in fds:
        os.close(fd)
