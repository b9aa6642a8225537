"""Faults on demand, to see how a client takes them: slowness, refusals, broken and missing answers."""

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
    """What goes wrong with requests of a method and a path, so many times (None: until cleared)."""

    method: str = "*"
    path: str = "*"
    times: int | None = 1
    # Seconds to wait first; alone, it only slows the request down.
    latency: float = 0
    # Answer with this status instead; the body is JSON of shape A, text or an HTML page.
    status: int | None = None
    body: str = "json"
    retry_after: str | None = None
    # Accept the request and never answer.
    hang: bool = False
    # Answer, but close half way through the body.
    cut_off: bool = False
    # Carry the request out before it is answered with `status` or not at all: done, and the client cannot know.
    applied: bool = False

    def matches(self, method: str, path: str) -> bool:
        return fnmatchcase(method, self.method) and fnmatchcase(path, self.path)

    def error(self) -> ApiError | None:
        """The answer that stands in for the real one, if any."""
        if self.status is None:
            return None
        message = MESSAGES.get(self.status, f"Error {self.status}")
        if self.body == "text":
            return ApiError(self.status, f"{self.status} {message}", TEXT)
        if self.body == "html":
            return ApiError(self.status, PAGE.format(f"{self.status} {message}"), HTML)
        return coded(self.status, message)


# What each field may hold when it comes as JSON.
_TYPES = {name: get_args(hint) or (hint,) for name, hint in get_type_hints(Fault).items()} | {"latency": (int, float)}


class Faults:
    """The faults that are set. Safe to use from the test while the server is answering."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, **settings: Any) -> None:
        """Set a fault, see Fault for its fields. The first that matches a request is the one that happens."""
        with self._lock:
            self._faults.append(Fault(**settings))

    def add_from_json(self, settings: dict[str, Any]) -> None:
        """The same for settings that came over HTTP; anything odd is refused with 400."""
        for name, value in settings.items():
            if name not in _TYPES or type(value) not in _TYPES[name]:
                raise coded(400, f'"{name}" is not a field of a fault, or its value is of a wrong type', name)
        self.add(**settings)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for this request, counted as used once."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if fault.matches(method, path):
                    if fault.times == 1:
                        del self._faults[index]
                    elif fault.times:
                        self._faults[index] = replace(fault, times=fault.times - 1)
                    return fault
        return None
