"""What can go wrong."""

from __future__ import annotations

from typing import Any, Literal


class Error(Exception):
    """facteurd answered an error. What to decide on is `type` (its names never change) and `retry`."""

    def __init__(self, method: str, error: dict[str, Any]) -> None:
        data = error.get("data")
        self.method = method
        self.code: int = error.get("code", 0)
        self.message: str = str(error.get("message", ""))
        self.data: dict[str, Any] = data if isinstance(data, dict) else {}
        super().__init__(f"{method}: {self.description or self.message}")

    @property
    def type(self) -> str:
        """The error's name: "accountNotFound", "stateMismatch", "invalidArguments"; "" where only the code tells."""
        return str(self.data.get("type", ""))

    @property
    def description(self) -> str:
        """What happened, for people."""
        return str(self.data.get("description", ""))

    @property
    def properties(self) -> list[str]:
        """The arguments or properties that are at fault."""
        return list(self.data.get("properties") or [])

    @property
    def retry(self) -> Literal["now", "later", "never"]:
        """Whether the same may work at once, in a while, or not until something changes."""
        retry = self.data.get("retry")
        return retry if retry in ("now", "later") else "never"

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server asked to wait."""
        ms = self.data.get("retryAfterMs")
        return ms / 1000 if isinstance(ms, (int, float)) else None

    @property
    def requires_user_action(self) -> bool:
        """Nothing will change until the user does something."""
        return self.data.get("requiresUserAction") is True

    @property
    def account_id(self) -> str | None:
        return self.data.get("accountId")


class ConnectionLost(ConnectionError):
    """The connection to facteurd is gone. What was being called may have been done, or not: an idempotencyKey tells."""


class ProtocolError(ConnectionLost):
    """What came over the connection is no JSON-RPC."""
