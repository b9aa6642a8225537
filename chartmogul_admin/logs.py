"""One line of the log is one event, whatever it quotes; it says which request it belongs to, and quotes no secret."""

import logging
import re
import secrets
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.core.signals import request_finished
from django.dispatch import receiver

LONGEST = 2_048
"""Characters of a line; what is longer is cut, and says so."""
LOOKED_AT = 8 * LONGEST
NO_REQUEST = "-"
HIDDEN = "[hidden]"

_reference: ContextVar[str] = ContextVar("reference", default=NO_REQUEST)

# A value in the repr of a dict or of a call: quoted, or a list of such.
_QUOTED = r"""b?"(?:[^"\\]|\\.)*"|b?'(?:[^'\\]|\\.)*'|\[[^\]]*\]"""
_SECRETS = (
    # Headers, whose value is all that follows.
    (
        rf"""(?i)(\b(?:proxy-)?authorization|\b(?:set-)?cookie|\bx-csrftoken)(["']?\s*[:=,]\s*)(?:{_QUOTED}|[^\r\n]+)""",
        rf"\1\2{HIDDEN}",
    ),
    # Fields and settings.
    (
        r"(?i)(\b(?:[a-z]+[_-])?(?:token|secret[_-]?key|api[_-]?key|password|csrf[a-z]*|session(?:id)?|credential[_-]?keys))"
        rf"""(["']?\s*[:=]\s*)(?:{_QUOTED}|[^\s"'&;,)}}\]]+)""",
        rf"\1\2{HIDDEN}",
    ),
    (r"(?i)\b(Basic|Bearer)\s+[\w+/=.~-]{8,}", rf"\1 {HIDDEN}"),
    # What cryptography.fernet seals begins with its version and the first bytes of a time.
    (r"gAAAA[\w-]{40,}=*", HIDDEN),
    # postgres://user:password@host
    (r"(\w://)[^\s/@]+@", rf"\1{HIDDEN}@"),
)
_PATTERNS = tuple((re.compile(pattern), replacement) for pattern, replacement in _SECRETS)


def reference() -> str:
    """What the error page of the request under way, its header and its lines in the log have in common."""
    return _reference.get()


def begin_request() -> str:
    """A fresh reference for all that is done from here to the end of the request; Django writes lines of its own after
    the last middleware."""
    _reference.set(secrets.token_hex(6))
    return _reference.get()


@receiver(request_finished)
def end_request(**more: Any) -> None:
    _reference.set(NO_REQUEST)


def without_secrets(text: str) -> str:
    """`text` without what looks like a key, a password, a cookie or a sealed text, and without this server's own keys.

    The last net: nothing here logs a secret on purpose, but an exception may quote anything.
    """
    for secret in (settings.SECRET_KEY, *settings.CREDENTIAL_KEYS):
        text = text.replace(secret, HIDDEN)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


class OneLineFormatter(logging.Formatter):
    """Escapes line breaks and other control characters, ANSI sequences among them, and cuts what is endless.

    A traceback keeps its lines: it is ours, and unreadable without them. `{reference}` is that of the request.
    """

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        return without_secrets(text) if record.exc_text or record.stack_info else text

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.reference = reference()
        whole = super().formatMessage(record)
        line = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in whole[:LOOKED_AT])
        # Before it is cut: half a secret has no end to be known by.
        line = without_secrets(line)
        return line if len(line) <= LONGEST else f"{line[:LONGEST]}… ({len(whole)} characters)"
