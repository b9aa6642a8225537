"""B2: everything logged during a test run, at DEBUG, is searched for every key that tests use (`-p tests.overheard`).

A key is whatever becomes a Credential: each client creates one, and so does each key that is decrypted. Log records are
searched before the filter of chartmogul_admin.logs removes anything: the filter is the last line of defense, not the
proof.
"""

import base64
import logging
import re
import traceback
from collections.abc import Iterator
from functools import lru_cache

import django
import pytest

SHORTEST = 12
"""Minimum length of a key that can be told from ordinary words; the sandbox's key is the word sandbox."""


class Overheard(logging.Handler):
    """Receives everything that is logged in this process, and keeps the texts that contain a key."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.keys: set[str] = set()
        self.found: list[str] = []
        self.heard: dict[str, int] = {}
        """The number of records below INFO by logger."""
        self._pattern: re.Pattern[str] | None = None

    def learn(self, token: str, secret_key: str) -> None:
        known = len(self.keys)
        pair = base64.b64encode(f"{token}:{secret_key}".encode()).decode()
        self.keys |= {key for key in (token, secret_key) if len(key) >= SHORTEST}
        if len(token) >= SHORTEST:
            self.keys.add(pair.rstrip("="))
        if len(self.keys) > known:
            self._pattern = re.compile("|".join(map(re.escape, self.keys)))

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno < logging.INFO:
            self.heard[record.name] = self.heard.get(record.name, 0) + 1
        if self._pattern is None:
            return
        texts = [record.getMessage(), record.stack_info or ""]
        if record.exc_info and record.exc_info[1]:
            texts.append(said_by(record.exc_info[1]))
        self.found += [f"{record.name}: {text[:300]}" for text in texts if self._pattern.search(text)]


def said_by(error: BaseException) -> str:
    """Return the messages and notes of the error and of its causes, without the source lines of a traceback."""
    # Source lines contain no keys of tests, and reading them for thousands of errors takes longer than the tests.
    seen: list[str] = []
    while error is not None and len(seen) < 10:
        seen += [*traceback.format_exception_only(error), *map(str, getattr(error, "__notes__", ()))]
        error = error.__cause__ or error.__context__
    return "".join(seen)


@lru_cache
def listener() -> Overheard:
    return Overheard()


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    # pytest resets the level of the root logger after each of its phases except this one.
    django.setup()
    from connections.models import Credential

    overheard, made = listener(), Credential.__init__

    def learning(self: Credential, token: str, secret_key: str = "") -> None:
        overheard.learn(token, secret_key)
        made(self, token, secret_key)

    Credential.__init__ = learning
    root = logging.getLogger()
    for handler in root.handlers:
        # Do not show more on the console than before.
        handler.setLevel(max(handler.level, root.level))
    root.addHandler(overheard)
    for logger in (root, logging.getLogger("django"), logging.getLogger("django.server")):
        logger.setLevel(logging.DEBUG)
    # At DEBUG it logs each variable that a template does not find, with the whole context, which takes a good part of the
    # time of a test. tests/security/test_B2_logs.py turns it on.
    logging.getLogger("django.template").setLevel(logging.INFO)


@pytest.fixture(autouse=True)
def _no_key_in_any_log() -> Iterator[None]:
    listener().found.clear()
    yield
    assert listener() in logging.getLogger().handlers, "B2: somebody has set logging up anew, and nothing is heard"
    assert listener().found == [], "B2: a key was logged"
