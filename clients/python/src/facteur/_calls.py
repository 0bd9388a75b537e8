"""What all clients share: arguments, references, calls of a batch, the texts of requests, what an answer means."""

from __future__ import annotations

import json
from typing import Any, Generic, TypeVar

from .errors import Error, ProtocolError

T = TypeVar("T")


class _Unset:
    def __repr__(self) -> str:
        return "UNSET"


UNSET: Any = _Unset()
"""An argument that is not given; facteurd has a default for it."""


class Ref:
    """Stands in a batch for a part of an earlier call's result, as the value of an argument: see Call.ref."""

    def __init__(self, call: Call[Any], path: str) -> None:
        self.call = call
        self.path = path

    def to_json(self) -> dict[str, str]:
        return {"resultOf": self.call.id, "name": self.call.method, "path": self.path}


class Call(Generic[T]):
    """A call of a batch. Its result is there when the batch was sent."""

    def __init__(self, id: str, method: str, params: dict[str, Any]) -> None:
        self.id = id
        self.method = method
        self.params = params
        self._answer: dict[str, Any] | None = None

    @property
    def result(self) -> T:
        """The result. Raises Error where facteurd answered one, RuntimeError before the batch was sent."""
        if self._answer is None:
            raise RuntimeError(f"{self.method}: the batch was not sent")
        return result_of(self.method, self._answer)

    @property
    def error(self) -> Error | None:
        """The error, None where there is a result."""
        return error_of(self.method, self._answer) if self._answer and "error" in self._answer else None

    def ref(self, path: str) -> Ref:
        """A part of the result for an argument of a later call: "/ids", "/list/*/threadId" (RFC 8620 section 3.7)."""
        return Ref(self, path)


def params_of(arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments as they go over the wire: those that were given; references under "#name"."""
    params = {}
    for name, value in arguments.items():
        if isinstance(value, Ref):
            params["#" + name] = value.to_json()
        elif value is not UNSET:
            params[name] = value
    return params


def request(id: int | str, method: str, params: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": id, "method": method, "params": params}


def line(message: Any) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def error_of(method: str, answer: dict[str, Any]) -> Error:
    error = answer.get("error")
    if not isinstance(error, dict):
        raise ProtocolError(f"{method}: neither result nor error")
    return Error(method, error)


def result_of(method: str, answer: Any) -> Any:
    if not isinstance(answer, dict):
        raise ProtocolError(f"{method}: the answer is no object")
    if "result" in answer:
        return answer["result"]
    raise error_of(method, answer)


def settle(calls: list[Call[Any]], answers: Any) -> None:
    """Gives each call of a batch its answer. Raises Error where the batch as a whole was refused."""
    if isinstance(answers, dict):
        raise error_of("batch", answers)
    by_id = {a.get("id"): a for a in answers if isinstance(a, dict)}
    for call in calls:
        if call.id not in by_id:
            raise ProtocolError(f"{call.method}: no answer in the batch")
        call._answer = by_id[call.id]
