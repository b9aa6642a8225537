"""Log formatting: one event is one line, whatever it quotes; it names its request and contains no secret."""

import logging
import re
import secrets
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.core.signals import request_finished
from django.dispatch import receiver

LONGEST = 2_048
"""Most characters of a line; longer ones are cut and marked."""
LOOKED_AT = 8 * LONGEST
NO_REQUEST = "-"
HIDDEN = "[hidden]"

_reference: ContextVar[str] = ContextVar("reference", default=NO_REQUEST)

# A value in the repr of a dict or a call: quoted, or a list.
_QUOTED = r"""b?"(?:[^"\\]|\\.)*"|b?'(?:[^'\\]|\\.)*'|\[[^\]]*\]"""
_SECRETS = (
    # Headers: their value is the rest of the line.
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
    # Tokens of cryptography.fernet begin with a version and the first bytes of a timestamp.
    (r"gAAAA[\w-]{40,}=*", HIDDEN),
    # postgres://user:password@host
    (r"(\w://)[^\s/@]+@", rf"\1{HIDDEN}@"),
)
_PATTERNS = tuple((re.compile(pattern), replacement) for pattern, replacement in _SECRETS)


def reference() -> str:
    """Return the current request's reference, which is on its error page, in its header and in its log lines."""
    return _reference.get()


def begin_request() -> str:
    """Set and return a new reference, valid until the end of the request: Django still logs after the last
    middleware."""
    _reference.set(secrets.token_hex(6))
    return _reference.get()


@receiver(request_finished)
def end_request(**more: Any) -> None:
    _reference.set(NO_REQUEST)


def without_secrets(text: str) -> str:
    """Return `text` without anything that looks like a key, a password, a cookie or a sealed text, and without this
    server's own keys.

    A last resort: nothing here logs secrets deliberately, but an exception may quote anything.
    """
    for secret in (settings.SECRET_KEY, *settings.CREDENTIAL_KEYS):
        text = text.replace(secret, HIDDEN)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


class OneLineFormatter(logging.Formatter):
    """Escapes line breaks and other control characters, including ANSI sequences, and cuts long lines.

    A traceback keeps its line breaks: it comes from us, and is unreadable without them. `{reference}` is the request's.
    """

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        return without_secrets(text) if record.exc_text or record.stack_info else text

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.reference = reference()
        whole = super().formatMessage(record)
        line = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in whole[:LOOKED_AT])
        # Before the line is cut: a truncated secret would not match the patterns.
        line = without_secrets(line)
        return line if len(line) <= LONGEST else f"{line[:LONGEST]}… ({len(whole)} characters)"
