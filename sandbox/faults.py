"""Faults on demand, to test how a client handles them: delays, errors, truncated and missing responses."""

import threading
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, get_args, get_type_hints

from sandbox.errors import HTML, TEXT, ApiError, coded

PAGE = "<!DOCTYPE html>\n<html><head><title>{0}</title></head>\n<body><h1>{0}</h1></body></html>\n"
MESSAGES = {
    429: "Your request rate has exceeded our rate limit.",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout Error",
}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A fault for the next `times` requests (None: until cleared) whose method and path match these patterns."""

    method: str = "*"
    path: str = "*"
    times: int | None = 1
    # Seconds to wait first. Without other fields, the request is only slowed down.
    latency: float = 0
    # Answer with this status instead; the body is JSON of shape A, text or an HTML page.
    status: int | None = None
    body: str = "json"
    retry_after: str | None = None
    # Accept the request and never answer.
    hang: bool = False
    # Answer, but close the connection half way through the body.
    cut_off: bool = False
    # Carry the request out first, then answer with `status` or not at all: the client cannot know that it was done.
    applied: bool = False

    def matches(self, method: str, path: str) -> bool:
        return fnmatchcase(method, self.method) and fnmatchcase(path, self.path)

    def error(self) -> ApiError | None:
        """Return the error to answer with instead of the real response, None if there is none."""
        if self.status is None:
            return None
        message = MESSAGES.get(self.status, f"Error {self.status}")
        if self.body == "text":
            return ApiError(self.status, f"{self.status} {message}", TEXT)
        if self.body == "html":
            return ApiError(self.status, PAGE.format(f"{self.status} {message}"), HTML)
        return coded(self.status, message)


# The types allowed for each field in JSON.
_TYPES = {name: get_args(hint) or (hint,) for name, hint in get_type_hints(Fault).items()} | {"latency": (int, float)}


class Faults:
    """The active faults. Thread-safe: a test may change them while the server is answering."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, **settings: Any) -> None:
        """Add a fault; see Fault for its fields. The first one that matches a request is used."""
        with self._lock:
            self._faults.append(Fault(**settings))

    def add_from_json(self, settings: dict[str, Any]) -> None:
        """Add a fault from settings that came over HTTP. Raises ApiError 400 for an unknown field or a wrong type."""
        for name, value in settings.items():
            if name not in _TYPES or type(value) not in _TYPES[name]:
                raise coded(400, f'"{name}" is not a field of a fault, or its value is of a wrong type', name)
        self.add(**settings)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault for this request and count one use of it; None if there is none."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if fault.matches(method, path):
                    if fault.times == 1:
                        del self._faults[index]
                    elif fault.times:
                        self._faults[index] = replace(fault, times=fault.times - 1)
                    return fault
        return None
